"""What operators see of operations."""

import contextlib

import structlog

from maestro import errors
from maestro.domain.operations import (
    CreateScheduler,
    DeleteScheduler,
    EventText,
    Operation,
    ended_text,
    final_text,
)
from maestro.domain.schedulers import SchedulerState
from maestro.ports.storage import OperationStore, SchedulerRepository, Stage, Standing
from maestro.services.dispatch import Dispatch
from maestro.services.history import History

log = structlog.get_logger(__name__)

DEFAULT_PAGE = 15
#: Open operations are few; this bounds the answer all the same.
ALL_OPEN = 10_000


class Operations:
    """Lists, shows and cancels operations."""

    def __init__(
        self,
        store: OperationStore,
        history: History,
        schedulers: SchedulerRepository,
        dispatch: Dispatch,
    ) -> None:
        self._store = store
        self._history = history
        self._schedulers = schedulers
        self._dispatch = dispatch

    def page(
        self,
        scheduler: str,
        stage: Stage,
        *,
        descending: bool,
        page: int = 1,
        per_page: int | None = None,
    ) -> tuple[list[Operation], int]:
        """One page of the final ones, or all that are open; and how many there are."""
        if stage is not Stage.FINAL:
            return self._store.page(scheduler, stage, descending=descending, limit=ALL_OPEN)
        limit = per_page or DEFAULT_PAGE
        offset = (page - 1) * limit
        return self._history.page(scheduler, descending=descending, offset=offset, limit=limit)

    def get(self, scheduler: str, operation: str) -> Operation:
        """One operation with its history. Raises NotFound."""
        return self._history.get(scheduler, operation)

    def standing(self, scheduler: str | None = None) -> list[Standing]:
        """The open operations of one scheduler or of all. Raises NotFound."""
        found = self._store.standing([scheduler] if scheduler else self._store.schedulers())
        if scheduler and not found:
            # Whether it exists is worth an error, but not worth more than Redis alone can tell.
            with contextlib.suppress(errors.Unavailable):
                self._schedulers.get(scheduler)
        return found

    def fail(self, scheduler: str, operation_id: str, *, reason: str) -> None:
        """
        End an operation as `error` at once, without rollback, whatever its worker is doing.

        Raises NotFound, and NotCancellable when it ended before.
        """
        events = [
            EventText.FAILED_BY_HAND.format(reason=reason),
            EventText.FAILED,
            EventText.NOT_ROLLED_BACK,
            EventText.FINISHED,
        ]
        try:
            self._store.fail(scheduler, operation_id, events=events)
        except errors.NotFound:
            archived = self._history.get(scheduler, operation_id)
            raise errors.NotCancellable(ended_text(operation_id, archived.status)) from None
        log.warning("failed_by_hand", scheduler=scheduler, operation=operation_id, reason=reason)
        # Without PostgreSQL a sweep closes what was promised.
        with contextlib.suppress(errors.Unavailable):
            self._break_promise(self._store.get(scheduler, operation_id))
        self._dispatch.hint(scheduler)

    def _break_promise(self, operation: Operation) -> None:
        """Of an edit nothing is expected any more; a creation or deletion is to be looked at."""
        if operation.definition.EDITS_VERSION:
            self._schedulers.withdraw(operation)
        elif isinstance(operation.definition, CreateScheduler | DeleteScheduler):
            uid = operation.scheduler_uid
            self._schedulers.close(uid, operation.id, state=SchedulerState.ON_ERROR)

    def cancel(self, scheduler: str, operation_id: str) -> None:
        """
        Have an operation not happen, or what it did so far undone.

        Raises NotFound, and NotCancellable when it ended or has no way back.
        """
        if self._cancelled_at_once(scheduler, operation_id):
            # Whoever does not come to this leaves a promise that a sweep closes.
            with contextlib.suppress(errors.NotFound, errors.Unavailable):
                self._schedulers.withdraw(self._store.get(scheduler, operation_id))
        log.info("cancel_requested", scheduler=scheduler, operation=operation_id)
        self._dispatch.hint(scheduler)

    def _cancelled_at_once(self, scheduler: str, operation_id: str) -> bool:
        try:
            return self._store.cancel(scheduler, operation_id)
        except errors.NotFound:
            archived = self._history.get(scheduler, operation_id)
            raise errors.NotCancellable(final_text(archived.status)) from None
