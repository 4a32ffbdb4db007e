"""The image: what is sent to the engine, what it is made of, and what is asked when it runs."""

import pathlib
import shutil
import sys
import zipfile
from typing import Any

import dockerfile_parse
import pytest
from docker.utils import build

from maestro.config import Settings
from tests.deployment.places import DOCKER, PROGRAMS, ROOT, run

FILE = DOCKER / "Dockerfile"
PACKAGES = ("api", "maestro", "protos", "tasks")
#: What must never reach an engine, as it lies around in checkouts.
LITTER = (
    ".env",
    ".git/config",
    ".maestro/rooms/demo/secrets",
    ".venv/bin/python",
    "docker/.env",
    "docker/kubeconfig",
    "maestro/.env",
    "maestro/__pycache__/errors.cpython-311.pyc",
    "maestro/storage/.errors.py.swp",
    "tests/unit/test_errors.py",
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """What is under version control or about to be, and litter."""
    place = tmp_path_factory.mktemp("checkout")
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    copy(ROOT, {path for path in listed if path and (ROOT / path).is_file()}, place)
    for path in LITTER:
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).touch()
    return place


@pytest.fixture(scope="module")
def context(checkout: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """What the engine gets."""
    place = tmp_path_factory.mktemp("context")
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    sent = set(build.exclude_paths(str(checkout), patterns)) - {".dockerignore"}
    copy(checkout, {path for path in sent if (checkout / path).is_file()}, place)
    return place


def copy(source: pathlib.Path, paths: set[str], target: pathlib.Path) -> None:
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / path, target / path)


def files(folder: pathlib.Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def instructions() -> list[dict[str, Any]]:
    return list(dockerfile_parse.DockerfileParser(str(FILE)).structure)


def values(name: str) -> list[str]:
    return [each["value"] for each in instructions() if each["instruction"] == name]


def test_the_engine_gets_the_packages_and_what_builds_them(context: pathlib.Path) -> None:
    beside = {path for path in files(context) if path.partition("/")[0] not in PACKAGES}

    allowed = {"CHANGELOG.md", "LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", "setup.cfg"}
    assert beside == allowed | {"docker/requirements.txt", "docs/licences.md"}


def test_nothing_that_lies_around_reaches_the_engine(context: pathlib.Path) -> None:
    assert files(context).isdisjoint(LITTER)


def test_the_wheel_has_all_that_is_under_version_control_and_no_more(
    context: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    source = tmp_path / "source"
    shutil.copytree(context, source)
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", str(tmp_path)]

    run(sys.executable, "-m", "pip", "wheel", *options, source)

    (wheel,) = tmp_path.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert inside == {path for path in files(context) if path.partition("/")[0] in PACKAGES}


def test_the_linter_has_no_complaint() -> None:
    run(PROGRAMS / "hadolint", "--no-color", FILE)


def test_nobody_in_the_image_is_root() -> None:
    assert values("USER") == ["10001:10001"]


def test_all_that_runs_later_needs_no_shell() -> None:
    for name in ("CMD", "ENTRYPOINT"):
        assert all(value.startswith("[") for value in values(name)), name
    (check,) = values("HEALTHCHECK")
    assert 'CMD ["maestro", "healthcheck"]' in check


def test_dependencies_are_those_that_were_pinned() -> None:
    (install,) = [value for value in values("RUN") if "--requirement" in value]

    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(install.split())


def test_it_says_where_it_listens() -> None:
    settings = Settings()
    ports = (
        settings.rooms_api_port,
        settings.rooms_api_grpc_port,
        settings.management_api_port,
        settings.management_api_grpc_port,
    )

    assert values("EXPOSE") == [" ".join(map(str, ports))]
