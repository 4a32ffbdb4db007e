"""
Instances that nobody asked for: of a scheduler or a version that does not exist.

They are ours by label, so something of ours made them; and yet a mistake here would end matches.
So one is deleted only when PostgreSQL answered that it should not be, on two full lists in a row,
and only a few at a time; the others are reported (contract, decision 21).
"""

from collections.abc import Sequence

import structlog

from maestro import errors
from maestro.domain.rooms import Instance
from maestro.ports.runtime import Runtime
from maestro.ports.storage import SchedulerRepository

log = structlog.get_logger(__name__)

#: Lists on which an instance must be a stray before it is deleted.
LISTS = 2


class Strays:
    """Looks at full lists of instances."""

    def __init__(self, schedulers: SchedulerRepository, runtime: Runtime, *, limit: int) -> None:
        self._schedulers = schedulers
        self._runtime = runtime
        self._limit = limit
        self._seen: dict[tuple[str, str], int] = {}

    def consider(self, instances: Sequence[Instance]) -> int:
        """Note the strays of a list and delete those noted before; returns how many are left."""
        try:
            strays = self._among(instances)
        except errors.Unavailable as error:
            # No answer says nothing; and the next list begins to count anew.
            log.warning("strays_not_looked_for", reason=str(error))
            strays = []
        self._seen = {_key(each): self._seen.get(_key(each), 0) + 1 for each in strays}
        due = [each for each in strays if self._seen[_key(each)] >= LISTS]
        for stray in strays:
            log.warning("unknown_room", scheduler=stray.scheduler, room=stray.room)
        return len(strays) - sum(map(self._delete, due[: self._limit]))

    def _among(self, instances: Sequence[Instance]) -> list[Instance]:
        """A version that is being validated need not exist, but its scheduler has to."""
        known = {name: self._versions(name) for name in {each.scheduler for each in instances}}

        def is_stray(instance: Instance) -> bool:
            versions = known[instance.scheduler]
            return not versions if instance.is_validation else instance.version not in versions

        return list(filter(is_stray, instances))

    def _versions(self, scheduler: str) -> list[str]:
        try:
            return [each.version for each in self._schedulers.versions(scheduler)]
        except errors.NotFound:
            return []

    def _delete(self, stray: Instance) -> bool:
        try:
            self._runtime.delete_room(
                stray.scheduler,
                stray.room,
                uid=stray.uid,
                grace_period_s=0,
                reason="its scheduler or version does not exist",
            )
        except errors.MaestroError as error:
            log.warning("unknown_room_not_deleted", room=stray.room, reason=str(error))
            return False
        log.warning("unknown_room_deleted", scheduler=stray.scheduler, room=stray.room)
        return True


def _key(instance: Instance) -> tuple[str, str]:
    return instance.room, instance.uid
