"""Remove the rooms named, then as many more as asked for that nobody plays in."""

import datetime
from collections.abc import Collection, Sequence

import structlog

from maestro.domain import removal as choice
from maestro.domain.operations import RemovalReason, RemoveRooms
from maestro.domain.rooms import REMOVABLE, RoomStatus
from maestro.ports.clock import Clock
from maestro.ports.storage import RoomStore, SchedulerRepository
from maestro.services.execution import Run
from maestro.services.removal import Removal

log = structlog.get_logger(__name__)

#: A room that is named was judged: by its end, which lasts, or by its silence, which may not.
OVER = frozenset({RoomStatus.ERROR, RoomStatus.TERMINATING, RoomStatus.TERMINATED})
#: Nobody ever plays in a room that was to validate a version.
WHATEVER_THEY_DO = {RemovalReason.NEW_VERSION_VALIDATION_FINISHED: frozenset(RoomStatus)}


class RemovesRooms:
    """Chooses once, writes the choice down, and removes by claim."""

    def __init__(
        self,
        *,
        schedulers: SchedulerRepository,
        rooms: RoomStore,
        removal: Removal,
        clock: Clock,
        limit: int,
        ping_timeout_s: float,
    ) -> None:
        self._schedulers = schedulers
        self._rooms = rooms
        self._removal = removal
        self._clock = clock
        self._limit = limit
        self._silence = datetime.timedelta(seconds=ping_timeout_s)

    def execute(self, run: Run, definition: RemoveRooms) -> None:
        if definition.rooms_ids:
            allowed = WHATEVER_THEY_DO.get(definition.reason, OVER)
            removed = self._remove(
                run,
                definition,
                definition.rooms_ids,
                allowed,
                allowed_if_silent=frozenset(RoomStatus),
            )
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
        return choice.first_to_go(
            rooms, amount=amount, active_version=active, now=self._clock.now()
        )

    def _remove(
        self,
        run: Run,
        definition: RemoveRooms,
        rooms: Sequence[str],
        allowed: Collection[RoomStatus],
        allowed_if_silent: Collection[RoomStatus] = (),
    ) -> Sequence[str]:
        removed = self._removal.remove(
            run,
            rooms,
            allowed=allowed,
            allowed_if_silent=allowed_if_silent,
            # It was silent for the whole timeout: whoever pinged in its second half is not.
            silent_since=run.operation.created_at - self._silence / 2,
            grace_period_s=self._schedulers.get(run.scheduler).grace_period_s,
            reason=definition.reason,
        )
        for room, reason in removed.failures.items():
            run.note(f'error removing room "{room}". Reason => {reason}')
        log.info("rooms_removed", amount=len(removed.rooms), reason=definition.reason)
        return removed.rooms
