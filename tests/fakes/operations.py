"""Operations in memory."""

import dataclasses
import datetime
from collections.abc import Collection, Mapping, Sequence

from maestro import errors
from maestro.domain import operations as domain
from maestro.domain.operations import (
    Definition,
    EventText,
    NotKnown,
    Operation,
    OperationEvent,
    OperationStatus,
)
from maestro.domain.serving import Served
from maestro.ports.storage import Doing, Ended, Grant, Renewal, Stage, Standing, Taken, Work
from tests.fakes.world import Fleet, Parked, Running, World

_AT_ONCE = datetime.datetime.min.replace(tzinfo=datetime.UTC)


class FakeOperations:
    """The OperationStore of tests."""

    def __init__(self, world: World) -> None:
        self._world = world

    # The queue

    def enqueue(self, operation: Operation, *, follows: str = "") -> str:
        with self._world.fleet(operation.scheduler) as fleet:
            self._world.schedulers.add(operation.scheduler)
            if operation.id in fleet.operations:
                return operation.id
            if operation.definition.RUNS_BESIDE_PARKED and fleet.settings is None:
                raise errors.NotFound(f"scheduler {operation.scheduler} not found")
            if operation.definition.CHECKS_FLEET:
                fleet.checked = fleet.generation
            twin = _twin(fleet, operation.definition)
            if twin:
                return twin
            _refuse_second_edit(fleet, operation, follows)
            known = fleet.settings.uid if fleet.settings else ""
            fleet.operations[operation.id] = dataclasses.replace(
                operation,
                scheduler_uid=operation.scheduler_uid or known,
                status=OperationStatus.PENDING,
                attempt=0,
                history=(),
            )
            fleet.waiting.append(operation.id)
            self._note(fleet, operation.id, EventText.CREATED)
            return operation.id

    def schedulers(self) -> list[str]:
        with self._world.reached():
            return sorted(self._world.schedulers)

    def retire(self, scheduler: str) -> None:
        with self._world.reached():
            self._world.schedulers.discard(scheduler)

    def attend(self, served: Served, *, ttl_s: float) -> list[Served]:
        with self._world.reached():
            until = self._world.clock.now() + datetime.timedelta(seconds=ttl_s)
            self._world.attended[served] = until
            return self.attended()

    def attended(self) -> list[Served]:
        with self._world.reached():
            now = self._world.clock.now()
            return [served for served, until in self._world.attended.items() if until > now]

    def open_kinds(self, scheduler: str) -> Mapping[str, str]:
        with self._world.fleet(scheduler) as fleet:
            return {
                operation.id: operation.definition.NAME
                for operation in fleet.operations.values()
                if operation.status in domain.OPEN
            }

    def knows(self, scheduler: str, operations: Sequence[str]) -> list[bool]:
        with self._world.fleet(scheduler) as fleet:
            return [operation in fleet.operations for operation in operations]

    def cancel(self, scheduler: str, operation: str) -> bool:
        with self._world.fleet(scheduler) as fleet:
            stored = fleet.operations.get(operation)
            if stored is None:
                raise errors.NotFound(f"operation {operation} not found in scheduler {scheduler}")
            if stored.status not in domain.OPEN:
                raise errors.NotCancellable(domain.final_text(stored.status))
            if operation in fleet.committed:
                raise errors.NotCancellable(domain.NO_WAY_BACK)
            _change(fleet, operation, cancel_requested=True)
            if operation in fleet.parked:
                fleet.parked[operation].until = _AT_ONCE
            if operation not in fleet.waiting:
                return False
            fleet.waiting.remove(operation)
            _change(fleet, operation, status=OperationStatus.CANCELED)
            self._note(fleet, operation, EventText.CANCELED)
            self._note(fleet, operation, EventText.FINISHED)
            return True

    def fail(self, scheduler: str, operation: str, *, events: Sequence[str]) -> None:
        with self._world.fleet(scheduler) as fleet:
            stored = fleet.operations.get(operation)
            if stored is None:
                raise errors.NotFound(f"operation {operation} not found in scheduler {scheduler}")
            if stored.status not in domain.OPEN:
                raise errors.NotCancellable(domain.ended_text(operation, stored.status))
            if fleet.running and fleet.running.operation == operation:
                fleet.running = None
            fleet.waiting = [each for each in fleet.waiting if each != operation]
            fleet.parked.pop(operation, None)
            _change(fleet, operation, status=OperationStatus.ERROR)
            for event in events:
                self._note(fleet, operation, event)

    def standing(self, schedulers: Sequence[str]) -> list[Standing]:
        found = []
        for scheduler in schedulers:
            with self._world.fleet(scheduler) as fleet:
                ordered = sorted(
                    fleet.operations.values(), key=lambda each: (each.created_at, each.id)
                )
                found += [
                    self._stands(fleet, each) for each in ordered if each.status in domain.OPEN
                ]
        return found

    def _stands(self, fleet: Fleet, operation: Operation) -> Standing:
        shown = dataclasses.replace(operation, history=operation.history[-1:])
        running = fleet.running
        if running and running.operation == operation.id:
            is_leased = running.until > self._world.clock.now()
            return Standing(
                operation=shown,
                doing=Doing.RUNNING if is_leased else Doing.SILENT,
                worker=running.worker,
                since=running.since,
            )
        if operation.id in fleet.parked:
            until = fleet.parked[operation.id].until
            return Standing(operation=shown, doing=Doing.PARKED, until=until)
        return Standing(operation=shown, doing=Doing.WAITING)

    def cancel_waiting(self, scheduler: str, *, besides: Grant) -> list[str]:
        with self._world.granted(besides) as fleet:
            cancelled = [*fleet.waiting, *fleet.parked]
            fleet.waiting.clear()
            fleet.parked.clear()
            for operation in cancelled:
                _change(fleet, operation, status=OperationStatus.CANCELED)
                self._note(fleet, operation, EventText.FINISHED)
            return cancelled

    # The lease

    def take(
        self, scheduler: str, *, worker: str, lease_ttl_s: float, may_recover: bool
    ) -> Taken | None:
        now = self._world.clock.now()
        with self._world.fleet(scheduler) as fleet:
            silent = fleet.running
            if silent and (silent.until > now or not may_recover):
                return None
            if silent and isinstance(_definition(fleet, silent.operation), NotKnown):
                fleet.parked[silent.operation] = Parked(until=_AT_ONCE, wake_on_rooms=False)
                fleet.running = silent = None
            if silent:
                self._recover(fleet, silent, now)
            parked = set(fleet.parked)
            operation = silent.operation if silent else self._next(fleet, now)
            if operation is None:
                return None
            _change(fleet, operation, status=OperationStatus.IN_PROGRESS)
            fleet.running = Running(
                operation=operation,
                token=f"{self._world.next_number()}:fake",
                worker=worker,
                since=now,
                until=now + datetime.timedelta(seconds=lease_ttl_s),
                generation=fleet.generation,
            )
            return Taken(
                operation=fleet.operations[operation],
                grant=Grant(scheduler=scheduler, operation=operation, token=fleet.running.token),
                recovered=silent is not None,
                resumed=silent is None and operation in parked,
            )

    def renew(self, grants: Sequence[Grant], *, lease_ttl_s: float) -> list[Renewal]:
        return [self._renew(grant, lease_ttl_s) for grant in grants]

    def release(self, grant: Grant) -> None:
        with self._world.granted(grant) as fleet:
            fleet.running = None
            fleet.parked[grant.operation] = Parked(until=_AT_ONCE, wake_on_rooms=False)

    # The running operation

    def note(self, grant: Grant, event: str) -> bool:
        with self._world.granted(grant) as fleet:
            self._note(fleet, grant.operation, event)
            return _is_cancelled(fleet, grant.operation)

    def choose(self, grant: Grant, choices: Mapping[str, object], *, event: str = "") -> bool:
        with self._world.granted(grant) as fleet:
            _change(fleet, grant.operation, choices=dict(choices))
            if event:
                self._note(fleet, grant.operation, event)
            return _is_cancelled(fleet, grant.operation)

    def commit(self, grant: Grant) -> None:
        with self._world.granted(grant) as fleet:
            if _is_cancelled(fleet, grant.operation):
                raise errors.Cancelled(f"operation {grant.operation} was cancelled")
            fleet.committed.add(grant.operation)

    def park(self, grant: Grant, *, until: datetime.datetime, wake_on_rooms: bool) -> None:
        with self._world.granted(grant) as fleet:
            assert fleet.running is not None
            missed = wake_on_rooms and fleet.generation != fleet.running.generation
            missed = missed or _is_cancelled(fleet, grant.operation)
            fleet.running = None
            fleet.parked[grant.operation] = Parked(
                until=_AT_ONCE if missed else until, wake_on_rooms=wake_on_rooms
            )

    def finish(
        self, grant: Grant, status: OperationStatus, definition: Definition, *, event: str
    ) -> None:
        is_finished = status is OperationStatus.FINISHED
        with self._world.granted(grant) as fleet:
            if is_finished and _is_cancelled(fleet, grant.operation):
                raise errors.Cancelled(f"operation {grant.operation} was cancelled")
            fleet.running = None
            keeps = definition.leaves_record or not is_finished
            if not keeps or grant.operation not in fleet.operations:
                fleet.operations.pop(grant.operation, None)
                return
            _change(fleet, grant.operation, status=status, definition=definition)
            self._note(fleet, grant.operation, event)

    # Reading

    def get(self, scheduler: str, operation: str) -> Operation:
        with self._world.fleet(scheduler) as fleet:
            if operation not in fleet.operations:
                raise errors.NotFound(f"operation {operation} not found in scheduler {scheduler}")
            return fleet.operations[operation]

    def page(
        self, scheduler: str, stage: Stage, *, descending: bool, offset: int = 0, limit: int
    ) -> tuple[list[Operation], int]:
        with self._world.fleet(scheduler) as fleet:
            found = [
                dataclasses.replace(each, history=(), lease_until=self._lease(fleet, each))
                for each in fleet.operations.values()
                if _stage(each) is stage
            ]
        found.sort(key=lambda each: (each.created_at, each.id), reverse=descending)
        return found[offset : offset + limit], len(found)

    # What ended

    def some(self, scheduler: str, operations: Sequence[str]) -> list[Operation]:
        with self._world.fleet(scheduler) as fleet:
            return [
                dataclasses.replace(fleet.operations[each], history=())
                for each in operations
                if each in fleet.operations
            ]

    def ended(
        self,
        scheduler: str,
        *,
        after: datetime.datetime | None,
        descending: bool,
        offset: int,
        limit: int,
    ) -> Ended:
        ended = [dataclasses.replace(each, history=()) for each in self._ended(scheduler)]
        newer = [each for each in ended if after is None or each.created_at > after]
        older = [(each.id, each.created_at) for each in ended if each not in newer]
        if descending:
            newer.reverse()
        surplus = 0 if descending else len(older)
        first = max(0, offset - surplus)
        return Ended(
            page=newer[first : first + limit + surplus],
            first=first,
            newer=len(newer),
            older=older,
        )

    def settled(
        self, scheduler: str, *, keep: int, before: datetime.datetime, limit: int
    ) -> list[Operation]:
        ended = self._ended(scheduler)
        old = ended[: max(0, len(ended) - keep)]
        return [each for each in old if each.ended_at and each.ended_at < before][:limit]

    def drop(self, scheduler: str, operations: Sequence[str]) -> None:
        ended = {each.id for each in self._ended(scheduler)}
        with self._world.fleet(scheduler) as fleet:
            for operation in ended.intersection(operations):
                del fleet.operations[operation]

    def prune(self, scheduler: str) -> int:
        with self._world.fleet(scheduler) as fleet:
            lost = [each for each in fleet.waiting if each not in fleet.operations]
            lost += [each for each in fleet.parked if each not in fleet.operations]
            fleet.waiting = [each for each in fleet.waiting if each not in lost]
            fleet.parked = {each: how for each, how in fleet.parked.items() if each not in lost}
            return len(lost)

    def amounts_ended(self, schedulers: Sequence[str]) -> list[int]:
        return [len(self._ended(scheduler)) for scheduler in schedulers]

    def _ended(self, scheduler: str) -> list[Operation]:
        with self._world.fleet(scheduler) as fleet:
            ended = [each for each in fleet.operations.values() if each.status not in domain.OPEN]
        return sorted(ended, key=lambda each: (each.created_at, each.id))

    # The sweep

    def work(self, schedulers: Sequence[str]) -> list[Work]:
        return [self._work(scheduler) for scheduler in schedulers]

    def may_hint(self, scheduler: str, *, ttl_s: float) -> bool:
        now = self._world.clock.now()
        with self._world.fleet(scheduler) as fleet:
            if fleet.hinted_until and fleet.hinted_until > now:
                return False
            fleet.hinted_until = now + datetime.timedelta(seconds=ttl_s)
            return True

    def hint_taken(self, scheduler: str) -> None:
        with self._world.fleet(scheduler) as fleet:
            fleet.hinted_until = None

    def forget(self, scheduler: str, *, keep: Collection[str] = ()) -> None:
        with self._world.fleet(scheduler) as fleet:
            kept = {each: fleet.operations[each] for each in keep if each in fleet.operations}
            self._world.forget(scheduler, operations=kept)

    # Within

    def _next(self, fleet: Fleet, now: datetime.datetime) -> str | None:
        due = _due(fleet, now)
        if due:
            first = min(due, key=lambda each: (fleet.parked[each].until, each))
            del fleet.parked[first]
            return first
        ready = _may_begin(fleet)
        if not ready:
            return None
        # min() keeps the first of equals: in order of arrival within each list.
        first = min(ready, key=lambda each: not fleet.operations[each].definition.PRIORITY)
        fleet.waiting.remove(first)
        _change(fleet, first, attempt=1)
        self._note(fleet, first, EventText.STARTING)
        return first

    def _recover(self, fleet: Fleet, silent: Running, now: datetime.datetime) -> None:
        attempt = fleet.operations[silent.operation].attempt + 1
        _change(fleet, silent.operation, attempt=attempt)
        text = EventText.RECOVERED
        for placeholder, value in (
            ("%w", silent.worker),
            ("%s", round((now - silent.since).total_seconds())),
            ("%a", attempt),
        ):
            text = text.replace(placeholder, str(value))
        self._note(fleet, silent.operation, text)

    def _renew(self, grant: Grant, lease_ttl_s: float) -> Renewal:
        try:
            with self._world.granted(grant) as fleet:
                assert fleet.running is not None
                ttl = datetime.timedelta(seconds=lease_ttl_s)
                fleet.running.until = self._world.clock.now() + ttl
                cancelled = _is_cancelled(fleet, grant.operation)
                return Renewal.CANCELLED if cancelled else Renewal.OURS
        except errors.LeaseLost:
            return Renewal.LOST

    def _work(self, scheduler: str) -> Work:
        now = self._world.clock.now()
        with self._world.fleet(scheduler) as fleet:
            leased = fleet.running is not None and fleet.running.until > now
            due = bool(_due(fleet, now))
            return Work(
                scheduler=scheduler,
                operations=not leased and bool(fleet.running or due or _may_begin(fleet)),
                changes=bool(fleet.changes),
                generation=fleet.generation,
                check_due=fleet.settings is not None and fleet.check_due(now),
            )

    def _lease(self, fleet: Fleet, operation: Operation) -> datetime.datetime | None:
        running = fleet.running
        if running is None or running.operation != operation.id:
            return None
        return running.until if running.until > self._world.clock.now() else None

    def _note(self, fleet: Fleet, operation: str, text: str) -> None:
        event = OperationEvent(created_at=self._world.clock.now(), event=text)
        _change(fleet, operation, history=(*fleet.operations[operation].history, event))


def _change(fleet: Fleet, operation: str, **changes: object) -> None:
    changed = dataclasses.replace(fleet.operations[operation], **changes)  # type: ignore[arg-type]
    fleet.operations[operation] = changed


def _is_cancelled(fleet: Fleet, operation: str) -> bool:
    stored = fleet.operations.get(operation)
    return stored is not None and stored.cancel_requested


def _twin(fleet: Fleet, definition: Definition) -> str | None:
    """The waiting operation that will do the same."""
    if not definition.DEDUPLICATED:
        return None
    for waiting in fleet.waiting:
        if fleet.operations[waiting].definition.NAME == definition.NAME:
            return waiting
    return None


def _refuse_second_edit(fleet: Fleet, operation: Operation, follows: str) -> None:
    if not operation.definition.EDITS_VERSION:
        return
    for other in fleet.operations.values():
        is_open = other.status in domain.OPEN and other.id != follows
        if other.definition.EDITS_VERSION and is_open:
            raise errors.EditInProgress(domain.edit_text(other.id, operation.scheduler))


def _may_begin(fleet: Fleet) -> list[str]:
    """What waits and does not have to go on waiting for what is parked."""
    blocked, ready = bool(fleet.parked), []
    for waiting in sorted(fleet.waiting, key=lambda each: not _definition(fleet, each).PRIORITY):
        definition = _definition(fleet, waiting)
        if isinstance(definition, NotKnown):
            blocked = True
        elif not blocked or definition.RUNS_BESIDE_PARKED:
            ready.append(waiting)
    return ready


def _due(fleet: Fleet, now: datetime.datetime) -> list[str]:
    """Parked ones whose time came."""
    return [
        each
        for each, parked in fleet.parked.items()
        if parked.until <= now and not isinstance(_definition(fleet, each), NotKnown)
    ]


def _definition(fleet: Fleet, operation: str) -> Definition:
    return fleet.operations[operation].definition


def _stage(operation: Operation) -> Stage:
    if operation.status is OperationStatus.PENDING:
        return Stage.PENDING
    return Stage.ACTIVE if operation.status in domain.OPEN else Stage.FINAL
