"""
Remove all rooms of a scheduler, then the scheduler; its name is free when this ends.

What forwarders are still to be told gets some time; what they do not take in it is a dead letter.
"""

import datetime

from maestro.domain.operations import DeleteScheduler
from maestro.domain.schedulers import SchedulerState
from maestro.ports.clock import Clock
from maestro.ports.events import DeadLetter, Outbox
from maestro.ports.runtime import Runtime
from maestro.ports.storage import OperationStore, RoomStore, SchedulerRepository
from maestro.services.archiving import Archiving
from maestro.services.execution import Park, Run

#: How often to look even when nobody told of a room that is gone.
LOOK_AGAIN = datetime.timedelta(seconds=5)
#: How often to look whether forwarders were told of everything.
DRAINED_YET = datetime.timedelta(seconds=1)


class DeletesSchedulers:
    """Asks all rooms to end, waits for them without holding a thread, then removes the records."""

    def __init__(
        self,
        *,
        schedulers: SchedulerRepository,
        rooms: RoomStore,
        operations: OperationStore,
        archiving: Archiving,
        runtime: Runtime,
        clock: Clock,
        outbox: Outbox,
        deletion_timeout_s: float,
        call_timeout_s: float,
        drain_timeout_s: float,
    ) -> None:
        self._schedulers = schedulers
        self._rooms = rooms
        self._operations = operations
        self._archiving = archiving
        self._runtime = runtime
        self._clock = clock
        self._deletion_timeout_s = deletion_timeout_s
        self._call_timeout_s = call_timeout_s
        self._outbox = outbox
        self._drain_timeout = datetime.timedelta(seconds=drain_timeout_s)

    def execute(self, run: Run, definition: DeleteScheduler) -> Park | None:
        uid = run.operation.scheduler_uid
        if self._schedulers.is_another(run.scheduler, uid=uid):
            # Ours is gone, and what bears its name now is none of our business.
            return None
        deadline = run.choose("deadline", lambda: self._begin(run, uid))
        run.check(needed_s=self._call_timeout_s)
        self._runtime.delete_scheduler(run.scheduler, uid=uid)
        rooms = [room.id for room in self._rooms.all(run.scheduler)]
        left = len(rooms)
        now = self._clock.now()
        if left and now < datetime.datetime.fromisoformat(deadline):
            if left != run.written("left"):
                run.note(f"Waiting for instances to be deleted: {left}")
                run.write("left", left)
            return Park(until=now + LOOK_AGAIN)
        if rooms:
            # Nobody waits for them any more, and forwarders are told so.
            self._rooms.gone(run.grant, rooms)
        if not self._is_drained(run, now):
            return Park(until=now + DRAINED_YET, wake_on_rooms=False)
        self._archiving.copy(run.scheduler)
        self._operations.forget(run.scheduler, keep=[run.operation.id])
        self._schedulers.delete(uid)
        return None

    def _is_drained(self, run: Run, now: datetime.datetime) -> bool:
        """Whether nothing waits for forwarders any more, or has waited long enough."""
        (outbox,) = self._outbox.states([run.scheduler])
        if not outbox.length:
            return True
        drained_by = run.choose("drained_by", lambda: (now + self._drain_timeout).isoformat())
        if now < datetime.datetime.fromisoformat(drained_by):
            return False
        run.check(needed_s=self._call_timeout_s)
        self._bury_rest(run, now)
        return True

    def _bury_rest(self, run: Run, now: datetime.datetime) -> None:
        letters = [
            DeadLetter(
                scheduler=run.scheduler,
                forwarder=forwarder,
                event=entry.event,
                number=entry.ref.number,
                reason="its scheduler was deleted",
                attempts=0,
                at=now,
            )
            for entry in self._outbox.waiting(run.scheduler)
            for forwarder in entry.left
        ]
        self._outbox.bury(letters)
        run.note(f"Events that no forwarder took: {len(letters)}")

    def _begin(self, run: Run, uid: str) -> str:
        """Nothing else happens to the scheduler from now on; returns when to stop waiting."""
        run.commit()
        self._schedulers.mark(uid, SchedulerState.TERMINATING)
        self._operations.cancel_waiting(run.scheduler, besides=run.grant)
        grace_period_s = max(
            (s.grace_period_s for s in self._schedulers.find(name=run.scheduler)), default=0
        )
        limit = datetime.timedelta(seconds=grace_period_s + self._deletion_timeout_s)
        return (self._clock.now() + limit).isoformat()

    def rollback(self, run: Run, definition: DeleteScheduler) -> None:
        """
        A deletion that failed has no way back; asked again, it continues.

        One that was cancelled had not begun, and leaves the scheduler as it was.
        """
        if run.cancelled:
            self._schedulers.withdraw(run.operation)
            return
        self._schedulers.close(
            run.operation.scheduler_uid, run.operation.id, state=SchedulerState.ON_ERROR
        )
