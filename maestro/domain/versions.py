"""
Versions of a scheduler: which change is major, and which number comes next.

A major change needs new rooms; a minor one does not touch those that run.
"""

import dataclasses
import re
from collections.abc import Iterable
from typing import Self

from maestro.domain.schedulers import MatchAllocation, Scheduler, SchedulerState

FIRST = "v1.0.0"

#: Lenient, as v10: `v` and trailing numbers may be missing, and a pre-release may follow.
_PATTERN = re.compile(r"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:[-+][0-9A-Za-z.+-]+)?")


@dataclasses.dataclass(frozen=True, order=True, slots=True)
class Version:
    """A number such as `v1.2.0`; orders by its parts."""

    major: int
    minor: int
    patch: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `v1.2.0`; raises ValueError for anything that is no version."""
        match = _PATTERN.fullmatch(text)
        if not match:
            raise ValueError(f"not a version: {text!r}")
        major, minor, patch = (int(part or 0) for part in match.groups())
        return cls(major, minor, patch)

    def __str__(self) -> str:
        return f"v{self.major}.{self.minor}.{self.patch}"


def is_major(active: Scheduler, new: Scheduler) -> bool:
    """Whether rooms of `active` must be replaced by rooms of `new`."""
    return _what_rooms_are_made_of(active) != _what_rooms_are_made_of(new)


def next_version(active: str, existing: Iterable[str], *, major: bool) -> str:
    """
    The number of the version after `active`.

    Major: one above the greatest major there is. Minor: one above the greatest minor that
    shares the active version's major.
    """
    current = Version.parse(active)
    known = [current, *map(Version.parse, existing)]
    if major:
        return str(Version(max(version.major for version in known) + 1, 0))
    minors = [version.minor for version in known if version.major == current.major]
    return str(Version(current.major, max(minors) + 1))


def _what_rooms_are_made_of(scheduler: Scheduler) -> Scheduler:
    """The scheduler with everything blanked that a running room does not depend on."""
    containers = tuple(
        dataclasses.replace(
            container,
            ports=tuple(dataclasses.replace(port, host_port=0) for port in container.ports),
        )
        for container in scheduler.spec.containers
    )
    return dataclasses.replace(
        scheduler,
        name="",
        game="",
        uid="",
        paused=False,
        state=SchedulerState.IN_SYNC,
        rollback_version="",
        created_at=None,
        last_downscale_at=None,
        max_surge="",
        rooms_replicas=0,
        autoscaling=None,
        match_allocation=MatchAllocation(),
        spec=dataclasses.replace(scheduler.spec, version="", containers=containers),
    )
