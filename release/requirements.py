"""What Maestro depends on: as `setup.cfg` declares it, and as `docker/requirements.txt` pins it."""

import configparser
import importlib.metadata
import pathlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = pathlib.Path(__file__).parents[1]
LOCK = ROOT / "docker" / "requirements.txt"


class Pin(NamedTuple):
    """One package of the lock file."""

    version: Version
    hashes: tuple[str, ...]
    #: Because Maestro asks for it, and not only another package.
    direct: bool
    #: Wherever Maestro runs, and not only on some systems or versions of Python.
    everywhere: bool


def declared(*extras: str) -> dict[str, Requirement]:
    """The direct dependencies by name, with those of some extras."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    texts = [config["options"]["install_requires"]]
    texts += [config["options.extras_require"][extra] for extra in extras]
    lines = [line for text in texts for line in text.split("\n") if line]
    return {canonicalize_name(each.name): each for each in map(Requirement, lines)}


def installed(*extras: str) -> Mapping[str, importlib.metadata.Distribution]:
    """The distributions that Maestro and some extras need, and all that those need, by name."""
    found = dict(_needed("maestro", frozenset(extras), set()))
    del found["maestro"]
    return dict(sorted(found.items()))


def _needed(
    name: str, extras: frozenset[str], seen: set[tuple[str, frozenset[str]]]
) -> Iterator[tuple[str, importlib.metadata.Distribution]]:
    if (name, extras) in seen:
        return
    seen.add((name, extras))
    distribution = importlib.metadata.distribution(name)
    yield name, distribution
    for requirement in map(Requirement, distribution.requires or ()):
        marker = requirement.marker
        if not marker or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield from _needed(
                canonicalize_name(requirement.name), frozenset(requirement.extras), seen
            )


def locked(text: str) -> dict[str, Pin]:
    """The packages of a lock file as `make lock` writes it, by name."""
    return dict(_pin(entry) for entry in _entries(text))


def _entries(text: str) -> Iterator[list[str]]:
    """The lines of each package: name and version, then hashes and why it is there."""
    entry: list[str] = []
    for line in text.splitlines():
        if line.startswith(" "):
            entry.append(line.strip())
        elif line and not line.startswith("#"):
            if entry:
                yield entry
            entry = [line]
    yield entry


def _pin(entry: list[str]) -> tuple[str, Pin]:
    head, *rest = (line.removesuffix("\\").strip() for line in entry)
    requirement = Requirement(head)
    [pinned] = requirement.specifier
    return canonicalize_name(requirement.name), Pin(
        version=Version(pinned.version),
        hashes=tuple(line.removeprefix("--hash=") for line in rest if line.startswith("--hash=")),
        direct=any("maestro" in line for line in rest if line.startswith("#")),
        everywhere=requirement.marker is None,
    )
