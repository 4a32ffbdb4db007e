"""Prepare the runtime for a new scheduler."""

import uuid

from maestro import errors
from maestro.domain.operations import CreateScheduler, HealthController
from maestro.domain.schedulers import SchedulerState
from maestro.ports.runtime import Runtime
from maestro.ports.storage import OperationStore, RoomStore, SchedulerRepository
from maestro.services.archiving import Archiving
from maestro.services.execution import Run


class CreatesSchedulers:
    """Makes the place where rooms will live; what is there and ours counts as made."""

    def __init__(
        self,
        *,
        schedulers: SchedulerRepository,
        rooms: RoomStore,
        operations: OperationStore,
        archiving: Archiving,
        runtime: Runtime,
        call_timeout_s: float,
    ) -> None:
        self._schedulers = schedulers
        self._rooms = rooms
        self._operations = operations
        self._archiving = archiving
        self._runtime = runtime
        self._call_timeout_s = call_timeout_s

    def execute(self, run: Run, definition: CreateScheduler) -> None:
        uid = run.operation.scheduler_uid
        scheduler = self._schedulers.get(run.scheduler)
        if scheduler.uid != uid:
            raise errors.NotFound(f"scheduler {run.scheduler} not found")
        run.check(needed_s=self._call_timeout_s)
        try:
            self._runtime.create_scheduler(scheduler)
        except errors.AlreadyExists as error:
            raise errors.OperationFailed(
                f"error creating scheduler in runtime: scheduler '{run.scheduler}' already exists"
            ) from error
        self._rooms.configure(scheduler, grant=run.grant)
        self._schedulers.close(uid, run.operation.id, state=SchedulerState.IN_SYNC)
        check = run.choose("health_check", lambda: str(uuid.uuid4()))
        run.enqueue(HealthController(), operation_id=check)

    def rollback(self, run: Run, definition: CreateScheduler) -> None:
        """Nothing of it stays: the name is free again."""
        uid = run.operation.scheduler_uid
        if self._schedulers.is_another(run.scheduler, uid=uid):
            return
        self._runtime.delete_scheduler(run.scheduler, uid=uid)
        self._operations.cancel_waiting(run.scheduler, besides=run.grant)
        self._archiving.copy(run.scheduler)
        self._operations.forget(run.scheduler, keep=[run.operation.id])
        self._schedulers.delete(uid)
