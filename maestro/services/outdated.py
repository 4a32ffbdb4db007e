"""Which rooms of a fleet are of a version that the active one replaces."""

from collections.abc import Iterable

from maestro import errors
from maestro.domain import versions
from maestro.domain.schedulers import Scheduler
from maestro.ports.storage import SchedulerRepository

#: Versions that a process remembers; they never change, but there are always more of them.
_REMEMBERED = 2_000


class Outdated:
    """Compares versions with the active one. Reads each version once per process."""

    def __init__(self, schedulers: SchedulerRepository) -> None:
        self._schedulers = schedulers
        self._known: dict[tuple[str, str], Scheduler] = {}

    def among(self, active: Scheduler, names: Iterable[str]) -> frozenset[str]:
        """Those of these versions whose rooms must be replaced; unknown ones are left alone."""
        others = {name for name in names if name != active.version}
        return frozenset(name for name in others if self._differs(active, name))

    def _differs(self, active: Scheduler, name: str) -> bool:
        try:
            other = self._version(active, name)
        except errors.NotFound:
            return False
        return other.uid == active.uid and versions.is_major(other, active)

    def _version(self, active: Scheduler, name: str) -> Scheduler:
        key = active.uid, name
        found = self._known.get(key)
        if found is None:
            found = self._schedulers.get(active.name, version=name)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            if found.uid == active.uid:
                self._known[key] = found
        return found
