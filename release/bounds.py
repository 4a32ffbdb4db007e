"""
Says which lower bounds of `setup.cfg` this installation does not have: they are not tested.

Another dependency that wants something newer is the usual reason; the cure is to raise the bound.
"""

import importlib.metadata
import sys
from collections.abc import Iterator

from packaging.version import Version

from release import requirements


def untested() -> Iterator[str]:
    """A sentence for each bound that something newer stands in for."""
    for name, requirement in requirements.declared("embedded").items():
        version = Version(importlib.metadata.version(name))
        bounds = [Version(each.version) for each in requirement.specifier]
        if not any(version.release[: len(bound.release)] == bound.release for bound in bounds):
            yield f"{requirement}: {version} is the oldest that could be installed"


if __name__ == "__main__":
    sys.exit("\n".join(untested()) or 0)
