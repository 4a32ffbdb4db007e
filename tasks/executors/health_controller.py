"""
Compare the fleet with what is wanted, and enqueue the difference.

Level-triggered: it looks at how things are, not at what happened, so one run too many or too few
does no harm.
"""

import dataclasses
import datetime
import uuid
from collections.abc import Sequence
from typing import Any

import structlog

from maestro.domain import documents, health
from maestro.domain.operations import (
    AddRooms,
    Definition,
    HealthController,
    RemovalReason,
    RemoveRooms,
)
from maestro.domain.schedulers import Scheduler, SchedulerState
from maestro.ports.clock import Clock
from maestro.ports.storage import Fleet, OperationStore, RoomStore, SchedulerRepository
from maestro.services.execution import Done, Run

log = structlog.get_logger(__name__)

#: While one of these is open the number of rooms is about to change.
_CHANGE_ROOMS = (AddRooms.NAME, RemoveRooms.NAME)

#: Changes of rooms have a fleet checked at once, but not more often than this.
MOST_OFTEN_S = 1.0
#: So long after a fleet was found forgotten its rooms may not be found yet: what seems to be
#: missing is not added meanwhile.
REBUILDING = datetime.timedelta(seconds=20)
#: Intervals after which nobody waits for beat any more.
LATE = 2


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CrashLimit:
    """How many rooms of a version may crash within how many seconds."""

    amount: int
    window_s: float


class ChecksHealth:
    """Reads the fleet in one round trip, judges each room, and decides."""

    def __init__(
        self,
        *,
        schedulers: SchedulerRepository,
        rooms: RoomStore,
        operations: OperationStore,
        clock: Clock,
        timeouts: health.Timeouts,
        caution: health.Caution,
        crashes: CrashLimit,
        interval_s: float,
    ) -> None:
        self._schedulers = schedulers
        self._rooms = rooms
        self._operations = operations
        self._clock = clock
        self._timeouts = timeouts
        self._caution = caution
        self._crashes = crashes
        self._check_due_s = LATE * interval_s

    def execute(self, run: Run, definition: HealthController) -> Done:
        began = self._clock.monotonic()
        decision = run.written("decision")
        if decision is None:
            decision, memory = self._decide(run)
            run.write("decision", decision)
            took_s = self._clock.monotonic() - began
            self._rooms.remember(
                run.grant,
                memory,
                check_again_s=max(MOST_OFTEN_S, 10 * took_s),
                check_due_s=self._check_due_s,
            )
        for follow_up in decision["follow_ups"]:
            run.enqueue(
                documents.definition_from(follow_up["definition"], follow_up["input"]),
                operation_id=follow_up["id"],
            )
        for event in decision["events"]:
            run.note(event)
        return Done(
            definition=dataclasses.replace(definition, took_action=bool(decision["events"]))
        )

    def rollback(self, run: Run, definition: HealthController) -> None:
        """What was enqueued is right or will be corrected by the next check."""

    def _decide(self, run: Run) -> tuple[dict[str, Any], health.Memory]:
        scheduler, now = self._schedulers.get(run.scheduler), self._clock.now()
        fleet = self._rooms.fleet(
            run.scheduler, crashes_since=now - datetime.timedelta(seconds=self._crashes.window_s)
        )
        is_rebuilding = fleet.rebuilt_at is not None and now - fleet.rebuilt_at < REBUILDING
        may_change_rooms = not is_rebuilding and self._may_change_rooms(run, scheduler)
        examination = health.examine(
            fleet.rooms,
            now=now,
            timeouts=self._timeouts,
            caution=self._caution,
            grace_period_s=scheduler.grace_period_s,
            outages=self._rooms.outages(),
            memory=fleet.memory,
            may_expire=may_change_rooms,
        )
        memory = health.with_crashes(
            examination.memory,
            version=scheduler.version,
            crashes=fleet.crashes.get(scheduler.version, 0),
            limit=self._crashes.amount,
            window_s=self._crashes.window_s,
            resumed_at=fleet.resumed_at,
            now=now,
        )
        follow_ups = []
        if may_change_rooms:
            follow_ups = _remove_expired(examination.expired)
            follow_ups += _remove_left_behind(self._left_behind(run, scheduler, fleet, now))
            follow_ups += _reach(
                scheduler.rooms_replicas,
                available=examination.available,
                may_add=not memory.crash_loop_reason,
            )
        events = [follow_up["event"] for follow_up in follow_ups]
        return {"follow_ups": follow_ups, "events": events + _news(fleet.memory, memory)}, memory

    def _left_behind(
        self, run: Run, scheduler: Scheduler, fleet: Fleet, now: datetime.datetime
    ) -> Sequence[str]:
        if not fleet.validation_rooms:
            return []
        return health.left_behind(
            fleet.validation_rooms,
            open_operations=self._operations.open_kinds(run.scheduler),
            now=now,
            timeouts=self._timeouts,
            grace_period_s=scheduler.grace_period_s,
        )

    def _may_change_rooms(self, run: Run, scheduler: Scheduler) -> bool:
        if scheduler.paused or scheduler.state is SchedulerState.TERMINATING:
            return False
        open_kinds = self._operations.open_kinds(run.scheduler).values()
        return not set(open_kinds) & set(_CHANGE_ROOMS)


def _news(before: health.Memory, after: health.Memory) -> list[str]:
    """What operators are told when it begins."""
    news = []
    if after.crash_loop_reason and after.crash_loop_since != before.crash_loop_since:
        news.append(after.crash_loop_reason)
    if after.frozen_reason and before.frozen_since is None:
        news.append(after.frozen_reason)
    for reason in news:
        log.warning("fleet_in_trouble", reason=reason)
    return news


def _remove_expired(rooms: Sequence[str]) -> list[dict[str, Any]]:
    if not rooms:
        return []
    definition = RemoveRooms(rooms_ids=tuple(rooms), reason=RemovalReason.EXPIRED_ROOM)
    return [_follow_up(definition, f"remove expired {len(rooms)} rooms")]


def _remove_left_behind(rooms: Sequence[str]) -> list[dict[str, Any]]:
    if not rooms:
        return []
    reason = RemovalReason.NEW_VERSION_VALIDATION_FINISHED
    definition = RemoveRooms(rooms_ids=tuple(rooms), reason=reason)
    return [_follow_up(definition, f"remove {len(rooms)} validation rooms that were left behind")]


def _reach(desired: int, *, available: int, may_add: bool) -> list[dict[str, Any]]:
    if available < desired and may_add:
        amount = desired - available
        return [_follow_up(AddRooms(amount=amount), f"add {amount} rooms")]
    if available > desired:
        amount = available - desired
        definition = RemoveRooms(amount=amount, reason=RemovalReason.SCALE_DOWN)
        return [_follow_up(definition, f"remove {amount} rooms")]
    return []


def _follow_up(definition: Definition, what: str) -> dict[str, Any]:
    operation_id = str(uuid.uuid4())
    return {
        "id": operation_id,
        "definition": definition.NAME,
        "input": documents.operation_input(definition),
        "event": f"created operation (id: {operation_id}) to {what}.",
    }
