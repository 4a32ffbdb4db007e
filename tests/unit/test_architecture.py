"""The architecture is checked, not hoped for: who imports whom, and that errors are drawn."""

import pathlib
import subprocess
import sys

import pytest

from maestro import errors
from maestro.errors import MaestroError

ROOT = pathlib.Path(__file__).parents[2]


def test_imports_point_inward() -> None:
    command = pathlib.Path(sys.executable).with_name("lint-imports")

    answer = subprocess.run(
        [command, "--config", "setup.cfg", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_who_does_not_serve_grpc_does_not_load_it() -> None:
    program = """
import sys
import api.management.wsgi, api.modules, api.rooms.wsgi, maestro.cli.dev, maestro.cli.start
sys.exit(str({"grpc", "google.protobuf", "protos"} & set(sys.modules) or ""))
"""

    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert answer.stderr.strip() == ""


def every(kind: type[MaestroError]) -> list[type[MaestroError]]:
    """The error and all below it."""
    return [kind, *(each for child in kind.__subclasses__() for each in every(child))]


@pytest.mark.parametrize("kind", every(MaestroError), ids=lambda kind: kind.__name__)
def test_every_error_is_drawn_and_explained(kind: type[MaestroError]) -> None:
    drawing = errors.__doc__ or ""

    assert kind.__module__ == "maestro.errors"
    assert kind.__name__ in drawing
    assert kind.__doc__


def test_errors_are_drawn_below_what_they_derive_from() -> None:
    lines = (errors.__doc__ or "").splitlines()
    indents = {
        kind: next(line.index(kind.__name__) for line in lines if kind.__name__ in line.split())
        for kind in every(MaestroError)
    }

    for kind in every(MaestroError)[1:]:
        assert indents[kind] > indents[kind.__mro__[1]]
