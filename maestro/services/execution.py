"""
Executes operations: one at a time per scheduler, whoever dies.

An executor does the work of one kind of operation. It gets a `Run`, may be called twice for the
same operation, and therefore acts only on choices that were written down before.
"""

import contextlib
import dataclasses
import datetime
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar, cast

import structlog

from maestro import errors, request_ids
from maestro.domain.operations import (
    Definition,
    EventText,
    NotKnown,
    Operation,
    OperationStatus,
)
from maestro.ports.clock import Clock
from maestro.ports.storage import OperationStore, Taken
from maestro.services.dispatch import Dispatch
from maestro.services.leases import Lease, Leases

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """The operation is over; its definition may tell more than before."""

    definition: Definition


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Park:
    """Call me again at a time, or when a room changes."""

    until: datetime.datetime
    wake_on_rooms: bool = True


Outcome = Done | Park | None


#: An outage that follows another one this soon is the same one.
_SAME_OUTAGE_S = 30

#: How long an operation that this worker cannot read is left to others.
_HANDED_BACK_S = 10

#: Under which name it is written down why an operation failed, once it did.
_FAILURE = "failure"


class Run:
    """What an executor may know and do about the operation it executes."""

    def __init__(
        self,
        operation: Operation,
        lease: Lease,
        *,
        store: OperationStore,
        dispatch: Dispatch,
        stopping: threading.Event,
    ) -> None:
        self.operation = operation
        self.scheduler = operation.scheduler
        self.grant = lease.grant
        self._lease = lease
        self._store = store
        self._dispatch = dispatch
        self._stopping = stopping
        self._choices = dict(operation.choices)
        lease.cancelled = operation.cancel_requested
        #: Set once it is being rolled back: that cannot be cancelled.
        self.undoing = False

    def check(self, *, needed_s: float = 0) -> None:
        """
        Call between steps, and with the longest time a step may take before it.

        Asks nobody. Raises LeaseLost, Stopping when this worker shuts down, or Cancelled when the
        last thing written or the last renewal of the lease told so.
        """
        self.check_lease(needed_s=needed_s)
        if self._lease.cancelled and not self.undoing:
            raise errors.Cancelled(f"operation {self.operation.id} was cancelled")

    def check_lease(self, *, needed_s: float = 0) -> None:
        """As `check`, for what goes on even when the operation was cancelled."""
        self._lease.check(needed_s=needed_s)
        if self._stopping.is_set():
            raise errors.Stopping

    def commit(self) -> None:
        """
        Call before the first step that cannot be undone: from here on nobody can cancel it.

        Raises Cancelled when somebody did before.
        """
        self.check()
        try:
            self._store.commit(self.grant)
        except errors.Cancelled:
            self._lease.cancelled = True
            raise

    @property
    def cancelled(self) -> bool:
        """Whether somebody is known to have cancelled it; never once it was committed."""
        return self._lease.cancelled

    def choose(self, name: str, make: Callable[[], T]) -> T:
        """What was chosen before under this name; else make it, and write it down first."""
        if name not in self._choices:
            self.write(name, make())
        return cast(T, self._choices[name])

    def written(self, name: str) -> Any:
        """What was written under this name; None when nothing was."""
        return self._choices.get(name)

    def write(self, name: str, value: object, *, event: str = "") -> None:
        """
        Keep a value (of JSON's types) for the next time this operation is executed.

        A line of history that is given with it is there when the value is; once, unless the store
        wrote both and its answer was lost.
        """
        choices = self._choices | {name: value}
        cancelled = self._store.choose(self.grant, choices, event=event)
        self._choices = choices
        self._lease.cancelled = self._lease.cancelled or cancelled

    def note(self, event: str) -> None:
        """Add a line to the operation's history."""
        cancelled = self._store.note(self.grant, event)
        self._lease.cancelled = self._lease.cancelled or cancelled

    def note_once(self, name: str, event: str) -> None:
        """Add a line to the history, however often this is executed."""
        if name not in self._choices:
            self.write(name, True, event=event)

    def follow_up(self, definition: Definition, *, operation_id: str) -> Operation:
        """An operation that is to follow; the id must have been chosen."""
        new = self._dispatch.new(self.scheduler, self.operation.scheduler_uid, definition)
        return dataclasses.replace(new, id=operation_id, request_id=self.operation.request_id)

    def enqueue(self, definition: Definition, *, operation_id: str) -> None:
        """Let a follow-up happen, once; an edit may follow this one while it is still open."""
        follow_up = self.follow_up(definition, operation_id=operation_id)
        self._dispatch.enqueue(follow_up, follows=self.operation.id)


class Executor(Protocol):
    """Does the work of one kind of operation."""

    def execute(self, run: Run, definition: Any) -> Outcome:
        """Do it, or continue it. Any MaestroError but Unavailable ends it as `error`."""

    def rollback(self, run: Run, definition: Any) -> None:
        """
        Undo what `execute` did, however far it came. May run twice.

        It also runs for an operation that was cancelled before `execute` was ever called.
        """


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much trouble is tolerated."""

    attempts: int
    unavailable_deadline_s: float
    retry_s: float = 1.0


class Execution:
    """Takes operations and has them executed."""

    def __init__(
        self,
        *,
        store: OperationStore,
        executors: Mapping[type[Definition], Executor],
        leases: Leases,
        dispatch: Dispatch,
        clock: Clock,
        worker: str,
        limits: Limits,
        on_end: Callable[[Operation, OperationStatus], object] = lambda *_: None,
    ) -> None:
        """`on_end` is told of each operation that is over."""
        self._store = store
        self._executors = executors
        self._leases = leases
        self._dispatch = dispatch
        self._clock = clock
        self._worker = worker
        self._limits = limits
        self._on_end = on_end
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Take nothing more, and let what runs end at its next step."""
        self._stopping.set()

    def run_next(self, scheduler: str) -> bool:
        """Execute the operation whose turn it is; False when there was nothing to do."""
        self._store.hint_taken(scheduler)
        if self._stopping.is_set():
            # Whoever does not stop is to hear of it.
            self._dispatch.hint(scheduler)
            return False
        asked_at = self._clock.monotonic()
        taken = self._store.take(
            scheduler,
            worker=self._worker,
            lease_ttl_s=self._leases.ttl_s,
            may_recover=self._leases.may_recover(),
        )
        if taken is None:
            return False
        if isinstance(taken.operation.definition, NotKnown):
            self._hand_back(taken)
            return False
        with (
            self._leases.held(taken.grant, asked_at=asked_at) as lease,
            request_ids.bound(taken.operation.request_id),
            structlog.contextvars.bound_contextvars(
                scheduler=scheduler, operation=taken.operation.id
            ),
        ):
            self._execute(taken, lease)
        return True

    def _hand_back(self, taken: Taken) -> None:
        """A newer worker wrote what this one cannot read: leave time for a newer one to take it."""
        log.warning("operation_not_understood", definition=taken.operation.definition.NAME)
        until = self._clock.now() + datetime.timedelta(seconds=_HANDED_BACK_S)
        with contextlib.suppress(errors.LeaseLost):
            self._store.park(taken.grant, until=until, wake_on_rooms=False)

    def _execute(self, taken: Taken, lease: Lease) -> None:
        operation = taken.operation
        run = Run(
            operation, lease, store=self._store, dispatch=self._dispatch, stopping=self._stopping
        )
        log.log(
            logging.DEBUG if operation.definition.DEDUPLICATED else logging.INFO,
            "operation_resumed" if taken.resumed else "operation_started",
            definition=operation.definition.NAME,
            attempt=operation.attempt,
        )
        try:
            self._conclude(run, self._outcome(run))
        except errors.LeaseLost:
            log.warning("lease_lost", definition=operation.definition.NAME)
        except errors.Stopping:
            # In the middle of a rollback, which another worker begins anew.
            with contextlib.suppress(errors.LeaseLost, errors.Unavailable):
                self._store.release(run.grant)
        except errors.Unavailable as error:
            # Nothing can be written: the lease expires and a sweep has it recovered.
            log.warning("operation_interrupted", reason=str(error))

    def _outcome(self, run: Run) -> Callable[[], None]:
        """Execute, and say what is to be written about it."""
        definition = run.operation.definition
        executor = self._executors.get(type(definition))
        if executor is None:
            return lambda: self._finish(run, OperationStatus.EVICTED, EventText.EVICTED)
        if instead := self._instead_of_executing(run, executor):
            return instead
        try:
            outcome = executor.execute(run, definition)
        except errors.Stopping:
            return lambda: self._store.release(run.grant)
        except errors.LeaseLost:
            raise
        except errors.Cancelled:
            return lambda: self._cancel(run, executor)
        except errors.Unavailable as error:
            reason = str(error)
            return lambda: self._postpone(run, executor, reason)
        except errors.MaestroError as error:
            reason = str(error)
            return lambda: self._fail(run, executor, reason)
        except Exception as error:
            log.exception("operation_defect", definition=definition.NAME)
            reason = f"unexpected {type(error).__name__}: {error}"
            return lambda: self._fail(run, executor, reason)
        return lambda: self._settle(run, executor, outcome)

    def _instead_of_executing(self, run: Run, executor: Executor) -> Callable[[], None] | None:
        """What is to be done about an operation that shall not go on."""
        operation, failure = run.operation, run.written(_FAILURE)
        if failure is not None:
            return lambda: self._fail(run, executor, failure)
        if operation.cancel_requested:
            return lambda: self._cancel(run, executor)
        if operation.attempt > self._limits.attempts:
            reason = f"given up after {self._limits.attempts} attempts"
            return lambda: self._fail(run, executor, reason)
        return None

    def _conclude(self, run: Run, write: Callable[[], None]) -> None:
        """Write the outcome down, and try again while the store is away and the lease is ours."""
        while True:
            try:
                return write()
            except errors.Unavailable:
                if self._stopping.wait(self._limits.retry_s):
                    raise
                run.check_lease()

    def _postpone(self, run: Run, executor: Executor, reason: str) -> None:
        if not self._waits(run, reason, outage_of="outage"):
            self._fail(run, executor, reason)

    def _waits(self, run: Run, reason: str, *, outage_of: str) -> bool:
        """A store or the runtime is away: wait without a thread; False when it is too long."""
        now = self._clock.now()
        outage = run.written(outage_of)
        if not outage or (now - _moment(outage["until"])).total_seconds() > _SAME_OUTAGE_S:
            outage = {"since": now.isoformat()}
        waited_s = (now - _moment(outage["since"])).total_seconds()
        if waited_s > self._limits.unavailable_deadline_s:
            return False
        until = now + datetime.timedelta(seconds=max(self._limits.retry_s, waited_s / 2))
        run.write(outage_of, outage | {"until": until.isoformat()})
        self._store.park(run.grant, until=until, wake_on_rooms=False)
        log.warning("operation_postponed", reason=reason, waited_s=round(waited_s, 1))
        return True

    def _settle(self, run: Run, executor: Executor, outcome: Outcome) -> None:
        if isinstance(outcome, Park):
            self._store.park(run.grant, until=outcome.until, wake_on_rooms=outcome.wake_on_rooms)
            log.info("operation_parked", definition=run.operation.definition.NAME)
            return
        definition = outcome.definition if outcome else run.operation.definition
        try:
            self._finish(run, OperationStatus.FINISHED, EventText.FINISHED, definition)
        except errors.Cancelled:
            # The store decides which of the two came first.
            self._cancel(run, executor)

    def _fail(self, run: Run, executor: Executor, reason: str) -> None:
        if run.written(_FAILURE) is None:
            log.warning("operation_failed", definition=run.operation.definition.NAME, reason=reason)
            run.write(_FAILURE, reason, event=reason)
        run.note_once("told_failure", EventText.FAILED)
        self._roll_back(run, executor, OperationStatus.ERROR)

    def _cancel(self, run: Run, executor: Executor) -> None:
        log.info("operation_cancelled", definition=run.operation.definition.NAME)
        run.note_once("told_cancellation", EventText.CANCELED)
        self._roll_back(run, executor, OperationStatus.CANCELED)

    def _roll_back(self, run: Run, executor: Executor, status: OperationStatus) -> None:
        """Undo and end; begun anew when it was interrupted, as what it is for is written down."""
        run.undoing = True
        run.note_once("told_rollback", EventText.ROLLING_BACK)
        definition = run.operation.definition
        try:
            executor.rollback(run, definition)
        except errors.Interrupted:
            raise
        except errors.Unavailable as error:
            if self._waits(run, str(error), outage_of="outage_of_rollback"):
                return
            self._note_failed_rollback(run, error)
        except Exception as error:
            self._note_failed_rollback(run, error)
        else:
            run.note(EventText.ROLLED_BACK)
        self._finish(run, status, EventText.FINISHED)

    def _note_failed_rollback(self, run: Run, error: Exception) -> None:
        log.error("rollback_failed", definition=run.operation.definition.NAME, exc_info=error)
        run.note(EventText.ROLLBACK_FAILED.format(reason=error))

    def _finish(
        self, run: Run, status: OperationStatus, event: str, definition: Definition | None = None
    ) -> None:
        definition = definition or run.operation.definition
        self._store.finish(run.grant, status, definition, event=event)
        self._on_end(run.operation, status)
        is_routine = status is OperationStatus.FINISHED and not definition.leaves_record
        level = logging.DEBUG if is_routine else logging.INFO
        log.log(level, "operation_ended", definition=definition.NAME, status=status)


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)
