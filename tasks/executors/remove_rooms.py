"""Remove the rooms named, then as many more as asked for that nobody plays in."""

from collections.abc import Collection, Sequence

import structlog

from maestro.domain import removal as choice
from maestro.domain.operations import RemoveRooms
from maestro.domain.rooms import REMOVABLE, RoomStatus
from maestro.ports.storage import RoomStore, SchedulerRepository
from maestro.services.execution import Run
from maestro.services.removal import Removal

log = structlog.get_logger(__name__)

#: A room that is named was judged by its silence or its end; one that is allocated since is not.
ANY_BUT_ALLOCATED = frozenset(RoomStatus) - {RoomStatus.ALLOCATED}


class RemovesRooms:
    """Chooses once, writes the choice down, and removes by claim."""

    def __init__(
        self,
        *,
        schedulers: SchedulerRepository,
        rooms: RoomStore,
        removal: Removal,
        limit: int,
    ) -> None:
        self._schedulers = schedulers
        self._rooms = rooms
        self._removal = removal
        self._limit = limit

    def execute(self, run: Run, definition: RemoveRooms) -> None:
        if definition.rooms_ids:
            removed = self._remove(run, definition, definition.rooms_ids, ANY_BUT_ALLOCATED)
            run.note(f"removed rooms: [{' '.join(removed)}]")
        amount = min(definition.amount, self._limit)
        if amount > 0:
            chosen = run.choose("rooms", lambda: self._choose(run, amount))
            removed = self._remove(run, definition, chosen, REMOVABLE)
            run.note(f"removed {len(removed)} rooms")

    def rollback(self, run: Run, definition: RemoveRooms) -> None:
        """What is removed stays removed; what is missing, a health check adds."""

    def _choose(self, run: Run, amount: int) -> list[str]:
        active = self._schedulers.get(run.scheduler).version
        rooms = [room for room in self._rooms.all(run.scheduler) if not room.is_validation]
        return choice.first_to_go(rooms, amount=amount, active_version=active)

    def _remove(
        self,
        run: Run,
        definition: RemoveRooms,
        rooms: Sequence[str],
        allowed: Collection[RoomStatus],
    ) -> Sequence[str]:
        removed = self._removal.remove(
            run,
            rooms,
            allowed=allowed,
            grace_period_s=self._schedulers.get(run.scheduler).grace_period_s,
            reason=definition.reason,
        )
        for room, reason in removed.failures.items():
            run.note(f'error removing room "{room}". Reason => {reason}')
        log.info("rooms_removed", amount=len(removed.rooms), reason=definition.reason)
        return removed.rooms
