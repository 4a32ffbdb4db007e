"""Which workers execute the operations of which schedulers. Pure."""

import dataclasses
import fnmatch
import re
from collections.abc import Iterable

#: What the name of a scheduler may consist of, and what stands for any of it.
_PATTERN = re.compile(r"^[a-z0-9*?-]+$")


@dataclasses.dataclass(frozen=True, slots=True)
class Served:
    """The schedulers of some workers: those with one of these names or patterns, or all if none."""

    patterns: tuple[str, ...] = ()

    def includes(self, scheduler: str) -> bool:
        """Whether a scheduler is among them."""
        named = any(fnmatch.fnmatchcase(scheduler, pattern) for pattern in self.patterns)
        return named or not self.patterns


EVERYTHING = Served()


def unserved(schedulers: Iterable[str], workers: Iterable[Served]) -> list[str]:
    """The schedulers that no worker serves, in order."""
    there = list(workers)
    return sorted(name for name in schedulers if not any(served.includes(name) for served in there))


def malformed(patterns: Iterable[str]) -> list[str]:
    """Patterns that no scheduler's name can match."""
    return [pattern for pattern in patterns if not _PATTERN.match(pattern)]
