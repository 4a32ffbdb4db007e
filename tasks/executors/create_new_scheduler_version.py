"""
Add a version of a scheduler, and have it become the active one.

A version that needs other rooms has to prove first that they work. Until the version is stored,
which happens at once with the promise to switch to it, nothing of the fleet changes; whatever goes
wrong before leaves the old version as it was.
"""

import contextlib
import dataclasses
import uuid
from typing import Any

import structlog

from maestro import errors
from maestro.domain import versions
from maestro.domain.operations import (
    CreateNewSchedulerVersion,
    RemovalReason,
    SwitchActiveVersion,
)
from maestro.domain.schedulers import Scheduler, SchedulerState
from maestro.ports.clock import Clock
from maestro.ports.storage import OperationStore, SchedulerRepository
from maestro.services.execution import Park, Run
from maestro.services.validation import Validation

log = structlog.get_logger(__name__)


class CreatesVersions:
    """Numbers the version, has it validated, stores it, and enqueues the switch."""

    def __init__(
        self,
        *,
        schedulers: SchedulerRepository,
        operations: OperationStore,
        validation: Validation,
        clock: Clock,
    ) -> None:
        self._schedulers = schedulers
        self._operations = operations
        self._validation = validation
        self._clock = clock

    def execute(self, run: Run, definition: CreateNewSchedulerVersion) -> Park | None:
        active = self._active(run)
        if active.state is not SchedulerState.CREATING:
            self._schedulers.begin_edit(active.uid, run.operation.id)
        number = run.choose("number", lambda: self._number(active, definition.scheduler))
        version = _numbered(definition.scheduler, active, number["version"])
        if number["major"]:
            waiting = self._validation.proceed(run, version)
            if waiting:
                return waiting
        self._store(run, version)
        return None

    def rollback(self, run: Run, definition: CreateNewSchedulerVersion) -> None:
        """The old version is active and in sync; neither a room nor a row of the new one stays."""
        switch = run.written("switch")
        if switch:
            self._cancel(run, switch)
        self._validation.clear(run, definition.scheduler, reason=RemovalReason.NEW_VERSION_ROLLBACK)
        number = run.written("number")
        self._schedulers.end_edit(
            run.operation.scheduler_uid,
            [each for each in (run.operation.id, switch) if each],
            version=number["version"] if number else "",
        )

    def _active(self, run: Run) -> Scheduler:
        active = self._schedulers.get(run.scheduler)
        if active.uid != run.operation.scheduler_uid:
            raise errors.NotFound(f"scheduler {run.scheduler} not found")
        return active

    def _number(self, active: Scheduler, wanted: Scheduler) -> dict[str, Any]:
        major = versions.is_major(active, wanted)
        existing = [each.version for each in self._schedulers.versions(active.name)]
        return {
            "major": major,
            "version": versions.next_version(active.version, existing, major=major),
        }

    def _store(self, run: Run, version: Scheduler) -> None:
        switch = SwitchActiveVersion(new_active_version=version.version)
        switch_id = run.choose("switch", lambda: str(uuid.uuid4()))
        run.commit()
        stored = dataclasses.replace(version, created_at=self._clock.now())
        self._schedulers.add_version(
            stored, run.follow_up(switch, operation_id=switch_id), edit=run.operation.id
        )
        run.enqueue(switch, operation_id=switch_id)
        run.note_once(
            "told_switch", f"enqueued switch active version operation with id: {switch_id}"
        )
        log.info("version_created", version=version.version)

    def _cancel(self, run: Run, switch: str) -> None:
        """It waits for this operation to end, if it was enqueued at all."""
        with contextlib.suppress(errors.NotFound, errors.NotCancellable):
            self._operations.cancel(run.scheduler, switch)


def _numbered(wanted: Scheduler, active: Scheduler, version: str) -> Scheduler:
    return dataclasses.replace(
        wanted,
        uid=active.uid,
        rollback_version=active.version,
        spec=dataclasses.replace(wanted.spec, version=version),
    )
