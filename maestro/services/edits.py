"""
Edits of schedulers: new versions, and which version is the active one. One at a time each.

An edit is promised in PostgreSQL first, where the place for it is taken by one of many who ask at
once, and enqueued then. Whoever dies in between leaves a promise that a sweep enqueues: the edit
happens, and its client, who got no answer, has to look. An edit that is refused leaves nothing.
"""

import contextlib
import dataclasses
from collections.abc import Collection, Iterator

import structlog

from maestro import errors
from maestro.domain import scheduler_rules
from maestro.domain.operations import (
    OPEN,
    CreateNewSchedulerVersion,
    Definition,
    Operation,
    SwitchActiveVersion,
    edit_text,
)
from maestro.domain.patches import SchedulerPatch, patched
from maestro.domain.schedulers import Scheduler, SchedulerState
from maestro.ports.runtime import Runtime
from maestro.ports.storage import OperationStore, SchedulerRepository
from maestro.services.dispatch import Dispatch

log = structlog.get_logger(__name__)


class Edits:
    """Accepts or refuses edits; each returns the id of the operation that will do it."""

    def __init__(
        self,
        *,
        repository: SchedulerRepository,
        operations: OperationStore,
        runtime: Runtime,
        dispatch: Dispatch,
        reserved_names: Collection[str] = (),
    ) -> None:
        self._repository = repository
        self._operations = operations
        self._runtime = runtime
        self._dispatch = dispatch
        self._reserved_names = reserved_names

    def new_version(self, scheduler: Scheduler) -> str:
        """
        Replace the scheduler of that name by this one.

        Raises InvalidInput, NotFound, and EditInProgress while another edit is open.
        """
        self._refuse_unacceptable(scheduler)
        with _refused_as("cannot create new scheduler version"):
            self._refuse_second(scheduler.name)
            return self._new_version(self._active(scheduler.name), scheduler)

    def patch(self, name: str, patch: SchedulerPatch) -> str:
        """
        Change some of a scheduler.

        Raises AlreadyExists for a patch that names nothing, else as `new_version`.
        """
        if patch.is_empty:
            raise errors.AlreadyExists(f"no change found to scheduler {name}")
        with _refused_as("cannot patch scheduler"):
            self._refuse_second(name)
            active = self._active(name)
            changed = patched(active, patch)
            self._refuse_unacceptable(changed, message="invalid patched scheduler: ")
            return self._new_version(active, changed)

    def switch(self, name: str, version: str) -> str:
        """Make a version the active one. Raises InvalidInput, NotFound and EditInProgress."""
        if not version:
            raise errors.InvalidInput.of("version", scheduler_rules.REQUIRED)
        with _refused_as("cannot switch active version"):
            self._refuse_second(name)
            uid = self._repository.get(name, version=version).uid
            return self._promise(name, uid, SwitchActiveVersion(new_active_version=version))

    def _new_version(self, active: Scheduler, wanted: Scheduler) -> str:
        """Its number is found when its turn comes; until then it bears that of the active one."""
        scheduler = dataclasses.replace(
            wanted,
            uid=active.uid,
            state=SchedulerState.CREATING,
            paused=False,
            rollback_version=active.version,
            created_at=active.created_at,
            last_downscale_at=active.last_downscale_at,
            spec=dataclasses.replace(wanted.spec, version=active.version),
        )
        definition = CreateNewSchedulerVersion(scheduler=scheduler)
        return self._promise(active.name, active.uid, definition, based_on=active.version)

    def _promise(
        self, name: str, uid: str, definition: Definition, *, based_on: str | None = None
    ) -> str:
        operation = self._dispatch.new(name, uid, definition)
        standing = self._repository.open_edit(name, operation, based_on=based_on)
        if standing.id != operation.id and not self._is_open(standing):
            standing = self._repository.open_edit(
                name, operation, based_on=based_on, instead_of=standing.id
            )
        if standing.id != operation.id:
            raise _in_progress(standing)
        try:
            self._dispatch.enqueue_promised(operation)
        except errors.EditInProgress:
            # The queue knows of an edit whose promise was closed because it is about to end. When
            # this fails the answer is not "no", as then the sweep may enqueue it after all.
            self._repository.withdraw(operation)
            raise
        return operation.id

    def _refuse_second(self, name: str) -> None:
        """Say so before anything else is looked at; what decides is the promise."""
        with contextlib.suppress(errors.NotFound):
            standing = self._repository.edit(name)
            if standing and self._is_open(standing):
                raise _in_progress(standing)

    def _is_open(self, promise: Operation) -> bool:
        """One that the queue does not know is promised all the same."""
        try:
            return self._operations.get(promise.scheduler, promise.id).status in OPEN
        except errors.NotFound:
            return True

    def _active(self, name: str) -> Scheduler:
        try:
            return self._repository.get(name)
        except errors.NotFound as error:
            raise errors.NotFound(
                f"no scheduler found, can not create new version for inexistent scheduler: {error}"
            ) from error

    def _refuse_unacceptable(self, scheduler: Scheduler, *, message: str = "") -> None:
        violations = scheduler_rules.violations(scheduler, reserved_names=self._reserved_names)
        violations += self._runtime.violations(scheduler)
        if violations:
            raise errors.InvalidInput(violations, message=message)


def _in_progress(standing: Operation) -> errors.EditInProgress:
    return errors.EditInProgress(edit_text(standing.id, standing.scheduler))


@contextlib.contextmanager
def _refused_as(what: str) -> Iterator[None]:
    try:
        yield
    except errors.EditInProgress as error:
        raise errors.EditInProgress(f"{what}: {error}") from error
