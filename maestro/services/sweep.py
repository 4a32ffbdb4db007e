"""
The safety net under hints: finds what waits and wakes workers, because messages get lost.

Every worker sweeps; doing it twice changes nothing. What waits for PostgreSQL is apart from what
does not, so that a PostgreSQL that does not answer holds nobody up.
"""

import contextlib
from collections.abc import Sequence

import structlog

from maestro import errors, request_ids
from maestro.domain import serving
from maestro.domain.operations import OPEN, CreateScheduler, NotKnown, Operation
from maestro.domain.serving import EVERYTHING, Served
from maestro.ports.clock import Clock
from maestro.ports.storage import OperationStore, RoomStore, SchedulerRepository, Work
from maestro.services.archiving import Archiving
from maestro.services.dispatch import Dispatch
from maestro.services.health_checks import HealthChecks

log = structlog.get_logger(__name__)

#: No request takes longer than this between its two stores.
SURELY_ANSWERED_S = 15
#: How long others believe that a worker is there which says nothing more.
ATTENDED_S = 30


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
        archiving: Archiving,
        clock: Clock,
        served: Served = EVERYTHING,
    ) -> None:
        """Whatever is not `served` by this worker is left to others."""
        self._schedulers = schedulers
        self._operations = operations
        self._rooms = rooms
        self._dispatch = dispatch
        self._health_checks = health_checks
        self._archiving = archiving
        self._clock = clock
        self._served = served
        #: What PostgreSQL said when it was last asked with success.
        self._stored: set[str] = set()
        self._unserved: list[str] = []
        self._asked = False

    def once(self) -> set[str]:
        """Both halves; returns the names that need consumers. Raises Unavailable."""
        self.restore()
        return self.wake()

    def wake(self) -> set[str]:
        """Wake whoever is needed; returns the names that need consumers. Raises Unavailable."""
        schedulers = sorted({*self._stored, *self._operations.schedulers()})
        self._attend(schedulers)
        needed = set()
        for work in self._operations.work(list(filter(self._served.includes, schedulers))):
            self._wake(work)
            is_known = work.scheduler in self._stored or not self._asked
            if is_known or self._is_busy(work):
                needed.add(work.scheduler)
            else:
                self._clear(work.scheduler)
        return needed

    def _attend(self, schedulers: Sequence[str]) -> None:
        """Say who is served here, and tell in the log whom nobody serves."""
        workers = self._operations.attend(self._served, ttl_s=ATTENDED_S)
        unserved = serving.unserved(schedulers, workers)
        if unserved != self._unserved:
            log.warning("schedulers_unserved", schedulers=unserved)
            self._unserved = unserved

    def _clear(self, scheduler: str) -> None:
        """Leave nothing in Redis of a scheduler that is gone, once its history is archived."""
        try:
            if self._archiving.rest(scheduler) or scheduler in self._schedulers.uids():
                return
        except errors.Unavailable as error:
            log.warning("sweep_incomplete", reason=str(error))
            return
        # Should somebody create it in this very moment, its promise brings its operation back.
        self._operations.forget(scheduler)
        self._operations.retire(scheduler)

    def restore(self) -> None:
        """Bring to Redis what only PostgreSQL knows. Raises Unavailable."""
        try:
            self._stored = set(self._schedulers.uids())
            self._asked = True
            promised = [
                each for each in self._schedulers.opened() if self._served.includes(each.scheduler)
            ]
            # Nobody pings a fleet that is not made yet, and what is deleted must stay forgotten.
            coming_or_going = {
                each.scheduler for each in promised if not each.definition.EDITS_VERSION
            }
            ours = set(filter(self._served.includes, self._stored))
            self._configure(sorted(ours - coming_or_going))
        except errors.Unavailable as error:
            log.warning("sweep_incomplete", reason=str(error))
            return
        for operation in promised:
            if not isinstance(operation.definition, NotKnown):
                with request_ids.bound(operation.request_id):
                    self._look_after(operation)

    def _look_after(self, promise: Operation) -> None:
        """Enqueue what was promised, and close the promise of what ended without doing so."""
        try:
            known = self._operations.get(promise.scheduler, promise.id)
        except errors.NotFound:
            self._keep(promise)
            return
        if known.status in OPEN:
            return
        # A creation that began and failed has left things behind that only a deletion removes.
        if not isinstance(promise.definition, CreateScheduler) or known.attempt == 0:
            self._close(promise)

    def _close(self, promise: Operation) -> None:
        try:
            self._schedulers.withdraw(promise)
        except errors.Unavailable as error:
            log.warning("promise_not_closed", operation=promise.id, reason=str(error))
        else:
            log.info("promise_closed", operation=promise.id, scheduler=promise.scheduler)

    def _keep(self, promise: Operation) -> None:
        is_edit = promise.definition.EDITS_VERSION
        age_s = (self._clock.now() - promise.created_at).total_seconds()
        if is_edit and age_s < SURELY_ANSWERED_S:
            # Whoever promises it is about to enqueue it, or to withdraw it because it was refused.
            return
        with contextlib.suppress(errors.EditInProgress):
            self._dispatch.enqueue(promise)
            log.info("promise_kept", operation=promise.id, scheduler=promise.scheduler)

    def _configure(self, names: Sequence[str]) -> None:
        for name, is_configured in zip(names, self._rooms.configured(names), strict=True):
            if not is_configured:
                with contextlib.suppress(errors.NotFound):
                    # Another worker may have switched the version since it was asked for here.
                    self._rooms.configure(self._schedulers.get(name), only_if_missing=True)

    def _wake(self, work: Work) -> None:
        if work.changes:
            self._dispatch.hint_changes(work.scheduler)
        if work.check_due and work.scheduler in self._stored:
            self._health_checks.one(work.scheduler)
        elif work.operations:
            self._dispatch.hint(work.scheduler)

    def _is_busy(self, work: Work) -> bool:
        return work.operations or bool(self._operations.open_kinds(work.scheduler))
