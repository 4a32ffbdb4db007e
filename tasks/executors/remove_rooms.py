"""Remove the rooms named, then as many more as asked for that nobody plays in."""

import datetime
from collections.abc import Collection, Sequence

import structlog

from maestro.domain import removal as choice
from maestro.domain.operations import RemovalReason, RemoveRooms
from maestro.domain.rooms import REMOVABLE, SPENT, Room, RoomStatus
from maestro.domain.schedulers import Scheduler
from maestro.ports.clock import Clock
from maestro.ports.storage import RoomStore, SchedulerRepository
from maestro.services.execution import Run
from maestro.services.outdated import Outdated
from maestro.services.removal import Removal

log = structlog.get_logger(__name__)

#: Rooms that a line of the log names.
MOST_NAMED = 100

#: Nobody ever plays in a room that was to validate a version; and a match in a room of an older
#: version was waited for.
WHATEVER_THEY_DO = {
    RemovalReason.NEW_VERSION_VALIDATION_FINISHED: frozenset(RoomStatus),
    RemovalReason.ROLLING_UPDATE_REPLACE: frozenset(RoomStatus),
}


class RemovesRooms:
    """Chooses once, writes the choice down, and removes by claim."""

    def __init__(
        self,
        *,
        schedulers: SchedulerRepository,
        rooms: RoomStore,
        removal: Removal,
        outdated: Outdated,
        clock: Clock,
        limit: int,
        ping_timeout_s: float,
    ) -> None:
        self._schedulers = schedulers
        self._rooms = rooms
        self._removal = removal
        self._outdated = outdated
        self._clock = clock
        self._limit = limit
        self._silence = datetime.timedelta(seconds=ping_timeout_s)

    def execute(self, run: Run, definition: RemoveRooms) -> None:
        if definition.rooms_ids:
            removed = self._remove(
                run,
                definition,
                self._named(run, definition),
                # They were judged: by their end, which lasts, or by silence, which may not.
                WHATEVER_THEY_DO.get(definition.reason, SPENT),
                allowed_if_silent=frozenset(RoomStatus),
            )
            run.note(f"removed rooms: [{' '.join(removed)}]")
        amount = min(definition.amount, self._limit)
        if amount > 0:
            chosen = run.choose("rooms", lambda: self._choose(run, definition, amount))
            removed = self._remove(run, definition, chosen, REMOVABLE)
            run.note(f"removed {len(removed)} rooms")

    def rollback(self, run: Run, definition: RemoveRooms) -> None:
        """What is removed stays removed; what is missing, a health check adds."""

    def _named(self, run: Run, definition: RemoveRooms) -> Sequence[str]:
        """The rooms named; of those to be replaced, the ones that still are when it comes to it."""
        if definition.reason is not RemovalReason.ROLLING_UPDATE_REPLACE:
            return definition.rooms_ids
        active = self._schedulers.get(run.scheduler)
        old = {room.id for room in self._old(active, self._fleet(run))}
        return [room for room in definition.rooms_ids if room in old][: self._limit]

    def _choose(self, run: Run, definition: RemoveRooms, amount: int) -> list[str]:
        rooms, active = self._fleet(run), self._schedulers.get(run.scheduler)
        if definition.reason is RemovalReason.ROLLING_UPDATE_REPLACE:
            rooms = self._old(active, rooms)
        now = self._clock.now()
        return choice.first_to_go(
            rooms,
            amount=amount,
            active_version=active.version,
            silent_since=now - self._silence,
            now=now,
        )

    def _fleet(self, run: Run) -> list[Room]:
        return [room for room in self._rooms.all(run.scheduler) if not room.is_validation]

    def _old(self, active: Scheduler, rooms: list[Room]) -> list[Room]:
        old = self._outdated.among(active, {room.version for room in rooms})
        return [room for room in rooms if room.version in old]

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
        log.info(
            "rooms_removed",
            amount=len(removed.rooms),
            reason=definition.reason,
            rooms=removed.rooms[:MOST_NAMED],
        )
        return removed.rooms
