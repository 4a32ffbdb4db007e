"""What is built once for all tests of this folder."""

import pathlib
import shutil
import tempfile
from collections.abc import Iterator

import pytest

from tests.deployment import installation


@pytest.fixture(scope="session")
def place() -> Iterator[pathlib.Path]:
    """A folder that other accounts may pass through, unlike pytest's own."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="maestro-image-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="session")
def wheel(place: pathlib.Path) -> pathlib.Path:
    """Built from nothing but what the engine gets to see."""
    tree = installation.copy_of_the_repository(place / "repository")
    context = place / "context"
    installation.copy(tree, installation.sent_to_the_engine(tree), context)
    return installation.build_wheel(context, place / "wheels")


@pytest.fixture(scope="session")
def programs(wheel: pathlib.Path, place: pathlib.Path) -> pathlib.Path:
    """The programs of an environment into which the wheel was installed."""
    return installation.install(wheel, place / "opt")
