"""From "this is to be done" to a worker that does it."""

import logging
import uuid

import structlog

from maestro import errors, request_ids
from maestro.domain.operations import Definition, Operation
from maestro.ports.clock import Clock
from maestro.ports.queue import Hints
from maestro.ports.storage import OperationStore

log = structlog.get_logger(__name__)


class Dispatch:
    """Stores operations in their queues and wakes the workers."""

    def __init__(
        self, operations: OperationStore, hints: Hints, clock: Clock, *, hint_ttl_s: float
    ) -> None:
        self._operations = operations
        self._hints = hints
        self._clock = clock
        self._hint_ttl_s = hint_ttl_s

    def new(self, scheduler: str, uid: str, definition: Definition) -> Operation:
        """An operation that nobody knows of yet, for the request that this thread works for."""
        return Operation(
            id=str(uuid.uuid4()),
            scheduler=scheduler,
            scheduler_uid=uid,
            definition=definition,
            created_at=self._clock.now(),
            request_id=request_ids.current(),
        )

    def enqueue(self, operation: Operation, *, follows: str = "") -> str:
        """Store and hint; see `OperationStore.enqueue` for what is returned and raised."""
        done_by = self._operations.enqueue(operation, follows=follows)
        if done_by == operation.id:
            # Routine is enqueued every few seconds, and is worth a line when it does something.
            log.log(
                logging.DEBUG if operation.definition.DEDUPLICATED else logging.INFO,
                "operation_enqueued",
                scheduler=operation.scheduler,
                operation=operation.id,
                definition=operation.definition.NAME,
            )
        self.hint(operation.scheduler, operation=done_by)
        return done_by

    def enqueue_promised(self, operation: Operation) -> None:
        """
        Enqueue what PostgreSQL already holds.

        It is accepted whatever happens now: when Redis is away, a sweep enqueues it.
        """
        try:
            self.enqueue(operation)
        except errors.Unavailable as error:
            log.warning("enqueue_postponed", operation=operation.id, reason=str(error))

    def hint(self, scheduler: str, *, operation: str = "") -> None:
        """Wake a worker for this scheduler, unless one was woken just now."""
        if self._operations.may_hint(scheduler, ttl_s=self._hint_ttl_s):
            self._hints.operations(scheduler, operation=operation)

    def hint_changes(self, scheduler: str) -> None:
        """Wake a worker to apply what the watcher learned."""
        self._hints.changes(scheduler)
