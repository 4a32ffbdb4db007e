"""
The safety net under hints: finds what waits and wakes workers, because messages get lost.

Every worker sweeps; doing it twice changes nothing.
"""

import contextlib
from collections.abc import Sequence

import structlog

from maestro import errors
from maestro.domain.schedulers import SchedulerState
from maestro.ports.storage import OperationStore, RoomStore, SchedulerRepository, Work
from maestro.services.dispatch import Dispatch
from maestro.services.health_checks import HealthChecks

log = structlog.get_logger(__name__)


class Sweep:
    """Looks at all schedulers at once."""

    def __init__(
        self,
        *,
        schedulers: SchedulerRepository,
        operations: OperationStore,
        rooms: RoomStore,
        dispatch: Dispatch,
        health_checks: HealthChecks,
    ) -> None:
        self._schedulers = schedulers
        self._operations = operations
        self._rooms = rooms
        self._dispatch = dispatch
        self._health_checks = health_checks
        #: What PostgreSQL said when it was last asked with success.
        self._stored: set[str] = set()
        self._asked = False

    def once(self) -> set[str]:
        """Wake whoever is needed; returns the names that need consumers. Raises Unavailable."""
        self._restore()
        schedulers = sorted({*self._stored, *self._operations.schedulers()})
        for work in self._operations.work(schedulers):
            self._wake(work)
            is_known = work.scheduler in self._stored or not self._asked
            if not is_known and not self._is_busy(work):
                self._operations.retire(work.scheduler)
        return set(schedulers)

    def _restore(self) -> None:
        """Bring to Redis what only PostgreSQL knows; without PostgreSQL the rest goes on."""
        try:
            self._stored = set(self._schedulers.uids())
            self._asked = True
            promised = self._schedulers.opened()
            self._configure(sorted(self._stored))
        except errors.Unavailable as error:
            log.warning("sweep_incomplete", reason=str(error))
            return
        for operation in promised:
            if not all(self._operations.knows(operation.scheduler, [operation.id])):
                log.info("promise_kept", operation=operation.id, scheduler=operation.scheduler)
                self._dispatch.enqueue(operation)

    def _configure(self, names: Sequence[str]) -> None:
        for name, is_configured in zip(names, self._rooms.configured(names), strict=True):
            if is_configured:
                continue
            with contextlib.suppress(errors.NotFound):
                scheduler = self._schedulers.get(name)
                if scheduler.state is not SchedulerState.CREATING:
                    self._rooms.configure(scheduler)

    def _wake(self, work: Work) -> None:
        if work.changes:
            self._dispatch.hint_changes(work.scheduler)
        if work.check_due and work.scheduler in self._stored:
            self._health_checks.one(work.scheduler)
        elif work.operations:
            self._dispatch.hint(work.scheduler)

    def _is_busy(self, work: Work) -> bool:
        return work.operations or bool(self._operations.open_kinds(work.scheduler))
