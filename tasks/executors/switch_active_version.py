"""
Make a version the active one.

No room is touched: what a fleet lacks, or has too much, is for its next health check to find.
"""

import uuid

import structlog

from maestro import errors
from maestro.domain.operations import HealthController, SwitchActiveVersion
from maestro.domain.schedulers import Scheduler
from maestro.ports.storage import RoomStore, SchedulerRepository
from maestro.services.execution import Run

log = structlog.get_logger(__name__)


class SwitchesVersions:
    """Switches in PostgreSQL, then tells pings."""

    def __init__(self, *, schedulers: SchedulerRepository, rooms: RoomStore) -> None:
        self._schedulers = schedulers
        self._rooms = rooms

    def execute(self, run: Run, definition: SwitchActiveVersion) -> None:
        version = self._version(run, definition.new_active_version)
        run.commit()
        self._schedulers.switch(version.uid, version.version, run.operation.id)
        self._rooms.configure(version, grant=run.grant)
        check = run.choose("health_check", lambda: str(uuid.uuid4()))
        run.enqueue(HealthController(), operation_id=check)
        log.info("version_switched", version=version.version)

    def rollback(self, run: Run, definition: SwitchActiveVersion) -> None:
        """Whatever version is active stays it, and is the one that pings are told of."""
        uid = run.operation.scheduler_uid
        self._schedulers.end_edit(uid, [run.operation.id])
        try:
            active = self._schedulers.get(run.scheduler)
        except errors.NotFound:
            return
        if active.uid == uid:
            self._rooms.configure(active, grant=run.grant)

    def _version(self, run: Run, name: str) -> Scheduler:
        try:
            version = self._schedulers.get(run.scheduler, version=name)
        except errors.NotFound as error:
            text = f"error fetching scheduler version to be switched to: {error}"
            raise errors.OperationFailed(text) from error
        if version.uid != run.operation.scheduler_uid:
            raise errors.NotFound(f"scheduler {run.scheduler} not found")
        return version
