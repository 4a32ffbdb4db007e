"""
Compare the fleet with what is wanted, and enqueue the difference.

Level-triggered: it looks at how things are, not at what happened, so one run too many or too few
does no harm.
"""

import dataclasses
import datetime
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog

from maestro import errors
from maestro.domain import documents, health, shortage, sizing
from maestro.domain.decisions import Decision
from maestro.domain.figures import Figures, figures_of
from maestro.domain.operations import (
    CHANGE_ROOMS,
    OPEN,
    AddRooms,
    Definition,
    HealthController,
    OperationStatus,
    RemovalReason,
    RemoveRooms,
)
from maestro.domain.schedulers import Scheduler, SchedulerState
from maestro.domain.shortage import Asked
from maestro.domain.sizing import Plan
from maestro.ports.clock import Clock
from maestro.ports.storage import Fleet, OperationStore, RoomStore, SchedulerRepository
from maestro.services.execution import Done, Run
from maestro.services.plans import Plans

log = structlog.get_logger(__name__)

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


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What one check leaves behind."""

    #: Written into the operation, so that a second run does the same.
    choice: dict[str, Any]
    memory: health.Memory
    #: About the size of the fleet; None when nothing could be decided.
    decision: Decision | None
    figures: Figures


class ChecksHealth:
    """Reads the fleet in one round trip, judges each room, and decides."""

    def __init__(
        self,
        *,
        schedulers: SchedulerRepository,
        rooms: RoomStore,
        operations: OperationStore,
        plans: Plans,
        clock: Clock,
        timeouts: health.Timeouts,
        caution: health.Caution,
        crashes: CrashLimit,
        interval_s: float,
    ) -> None:
        self._schedulers = schedulers
        self._rooms = rooms
        self._operations = operations
        self._plans = plans
        self._clock = clock
        self._timeouts = timeouts
        self._caution = caution
        self._crashes = crashes
        self._check_due_s = LATE * interval_s

    def execute(self, run: Run, definition: HealthController) -> Done:
        choice = run.written("decision") or self._choose(run)
        for follow_up in choice["follow_ups"]:
            run.enqueue(
                documents.definition_from(follow_up["definition"], follow_up["input"]),
                operation_id=follow_up["id"],
            )
        if choice.get("downscale_at"):
            at = datetime.datetime.fromisoformat(choice["downscale_at"])
            self._schedulers.note_downscale(choice["uid"], at)
        for event in choice["events"]:
            run.note(event)
        return Done(definition=dataclasses.replace(definition, took_action=bool(choice["events"])))

    def rollback(self, run: Run, definition: HealthController) -> None:
        """What was enqueued is right or will be corrected by the next check."""

    def _choose(self, run: Run) -> dict[str, Any]:
        began = self._clock.monotonic()
        found = self._decide(run)
        run.write("decision", found.choice)
        took_s = self._clock.monotonic() - began
        self._rooms.remember(
            run.grant,
            found.memory,
            decision=found.decision,
            figures=found.figures,
            check_again_s=max(MOST_OFTEN_S, 10 * took_s),
            check_due_s=self._check_due_s,
        )
        return found.choice

    def _decide(self, run: Run) -> Findings:
        scheduler, now = self._schedulers.get(run.scheduler), self._clock.now()
        open_kinds = self._operations.open_kinds(run.scheduler)
        self._rooms.expire_claims(run.scheduler)
        fleet = self._rooms.fleet(
            run.scheduler, crashes_since=now - datetime.timedelta(seconds=self._crashes.window_s)
        )
        is_rebuilding = fleet.rebuilt_at is not None and now - fleet.rebuilt_at < REBUILDING
        may_change_rooms = not is_rebuilding and _may_change_rooms(scheduler, open_kinds.values())
        examination, memory = self._examine(scheduler, fleet, now, may_expire=may_change_rooms)
        news = _news(fleet.memory, memory)

        def findings(
            choice: dict[str, Any], memory: health.Memory, decision: Decision | None
        ) -> Findings:
            seen = figures_of(scheduler, fleet.rooms, examination.verdicts, decision)
            return Findings(choice=choice, memory=memory, decision=decision, figures=seen)

        if may_change_rooms:
            memory = self._with_outcome(memory, scheduler, now)
        elif not scheduler.paused:
            return findings(_choice(scheduler, [], news), memory, None)
        view = self._plans.view(
            scheduler,
            memory,
            examination.available(fleet.rooms),
            silent=examination.silent,
            now=now,
        )
        if not may_change_rooms:
            decision = sizing.while_paused(view)
            return findings(_choice(scheduler, [], news), memory, decision)
        left_behind = self._left_behind(open_kinds, scheduler, fleet, now)
        follow_ups = _remove_expired(examination.expired) + _remove_left_behind(left_behind)
        plan = sizing.plan(view, resumed_at=fleet.resumed_at)
        resizing = _resizing(plan)
        reasons = [plan.decision.line] if resizing else []
        events = [each["event"] for each in (*follow_ups, *resizing)] + reasons + news
        return findings(
            _choice(
                scheduler,
                follow_ups + resizing,
                events,
                downscale_at=now if plan.is_downscale else None,
            ),
            _with_plan(memory, plan, resizing),
            _with_operation(plan.decision, resizing),
        )

    def _examine(
        self, scheduler: Scheduler, fleet: Fleet, now: datetime.datetime, *, may_expire: bool
    ) -> tuple[health.Examination, health.Memory]:
        examination = health.examine(
            fleet.rooms,
            now=now,
            timeouts=self._timeouts,
            caution=self._caution,
            grace_period_s=scheduler.grace_period_s,
            outages=self._rooms.outages(),
            memory=fleet.memory,
            may_expire=may_expire,
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
        return examination, memory

    def _with_outcome(
        self, memory: health.Memory, scheduler: Scheduler, now: datetime.datetime
    ) -> health.Memory:
        """Learn what became of the rooms that were to be created last."""
        asked = memory.asked
        if asked is None:
            return memory
        memory = dataclasses.replace(memory, asked=None)
        try:
            operation = self._operations.get(scheduler.name, asked.operation)
        except errors.NotFound:
            return memory
        if operation.status in OPEN or operation.status is OperationStatus.CANCELED:
            return memory
        failed, reason = shortage.failures(operation)
        known = shortage.after(
            memory.shortage,
            asked,
            failed=failed,
            reason=reason,
            version=scheduler.version,
            now=now,
        )
        return dataclasses.replace(memory, shortage=known)

    def _left_behind(
        self,
        open_kinds: Mapping[str, str],
        scheduler: Scheduler,
        fleet: Fleet,
        now: datetime.datetime,
    ) -> Sequence[str]:
        if not fleet.validation_rooms:
            return []
        return health.left_behind(
            fleet.validation_rooms,
            open_operations=open_kinds,
            now=now,
            timeouts=self._timeouts,
            grace_period_s=scheduler.grace_period_s,
        )


def _may_change_rooms(scheduler: Scheduler, open_kinds: Iterable[str]) -> bool:
    if scheduler.paused or scheduler.state is SchedulerState.TERMINATING:
        return False
    return CHANGE_ROOMS.isdisjoint(open_kinds)


def _choice(
    scheduler: Scheduler,
    follow_ups: list[dict[str, Any]],
    events: list[str],
    *,
    downscale_at: datetime.datetime | None = None,
) -> dict[str, Any]:
    return {
        "uid": scheduler.uid,
        "follow_ups": follow_ups,
        "events": events,
        "downscale_at": downscale_at.isoformat() if downscale_at else "",
    }


def _with_operation(decision: Decision, follow_ups: Sequence[dict[str, Any]]) -> Decision:
    operation = follow_ups[0]["id"] if follow_ups else ""
    return dataclasses.replace(decision, operation_id=operation)


def _with_plan(
    memory: health.Memory, plan: Plan, follow_ups: Sequence[dict[str, Any]]
) -> health.Memory:
    asked = None
    if plan.add:
        asked = Asked(operation=follow_ups[0]["id"], amount=plan.add, held_back=plan.held_back)
    return dataclasses.replace(memory, rollout=plan.progress, shortage=plan.shortage, asked=asked)


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


def _resizing(plan: Plan) -> list[dict[str, Any]]:
    if plan.add:
        return [_follow_up(AddRooms(amount=plan.add), f"add {plan.add} rooms")]
    amount = plan.remove or len(plan.evict)
    if not amount:
        return []
    definition = RemoveRooms(amount=plan.remove, rooms_ids=plan.evict, reason=plan.reason)
    return [_follow_up(definition, f"remove {amount} rooms")]


def _follow_up(definition: Definition, what: str) -> dict[str, Any]:
    operation_id = str(uuid.uuid4())
    return {
        "id": operation_id,
        "definition": definition.NAME,
        "input": documents.operation_input(definition),
        "event": f"created operation (id: {operation_id}) to {what}.",
    }
