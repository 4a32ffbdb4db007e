"""
Compare the fleet with what is wanted, and enqueue the difference.

Level-triggered: it looks at how things are, not at what happened, so one run too many or too few
does no harm.
"""

import dataclasses
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
from maestro.domain.rooms import Room
from maestro.domain.schedulers import Scheduler, SchedulerState
from maestro.ports.clock import Clock
from maestro.ports.storage import OperationStore, RoomStore, SchedulerRepository
from maestro.services.execution import Done, Run

log = structlog.get_logger(__name__)

#: While one of these is open the number of rooms is about to change.
_CHANGE_ROOMS = (AddRooms.NAME, RemoveRooms.NAME)


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
    ) -> None:
        self._schedulers = schedulers
        self._rooms = rooms
        self._operations = operations
        self._clock = clock
        self._timeouts = timeouts

    def execute(self, run: Run, definition: HealthController) -> Done:
        follow_ups = run.choose("follow_ups", lambda: self._decide(run))
        for follow_up in follow_ups:
            run.enqueue(
                documents.definition_from(follow_up["definition"], follow_up["input"]),
                operation_id=follow_up["id"],
            )
            run.note(follow_up["event"])
        return Done(definition=dataclasses.replace(definition, took_action=bool(follow_ups)))

    def rollback(self, run: Run, definition: HealthController) -> None:
        """What was enqueued is right or will be corrected by the next check."""

    def _decide(self, run: Run) -> list[dict[str, Any]]:
        scheduler = self._schedulers.get(run.scheduler)
        open_kinds = self._operations.open_kinds(run.scheduler).values()
        if scheduler.state is SchedulerState.TERMINATING or set(open_kinds) & set(_CHANGE_ROOMS):
            return []
        rooms = [room for room in self._rooms.all(run.scheduler) if not room.is_validation]
        verdicts = self._judge(scheduler, rooms)
        expired = [room for room, verdict in verdicts.items() if verdict in health.EXPIRED]
        available = list(verdicts.values()).count(health.Verdict.AVAILABLE)
        return [
            *_remove_expired(expired),
            *_reach(scheduler.rooms_replicas, available=available),
        ]

    def _judge(self, scheduler: Scheduler, rooms: Sequence[Room]) -> dict[str, health.Verdict]:
        now = self._clock.now()
        return {
            room.id: health.judge(
                room,
                now=now,
                timeouts=self._timeouts,
                grace_period_s=scheduler.grace_period_s,
            )
            for room in rooms
        }


def _remove_expired(rooms: Sequence[str]) -> list[dict[str, Any]]:
    if not rooms:
        return []
    definition = RemoveRooms(rooms_ids=tuple(rooms), reason=RemovalReason.EXPIRED_ROOM)
    return [_follow_up(definition, f"remove expired {len(rooms)} rooms")]


def _reach(desired: int, *, available: int) -> list[dict[str, Any]]:
    if available < desired:
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
