"""
Moves operations that ended from Redis to the archive, a batch at a time.

First they are archived, then removed: whoever dies in between leaves both, and the next one
removes. While PostgreSQL is away Redis keeps them.
"""

import datetime

import structlog

from maestro.ports.clock import Clock
from maestro.ports.storage import OperationArchive, OperationStore, SchedulerRepository

log = structlog.get_logger(__name__)

#: Operations moved at once.
BATCH = 100
#: So long an operation stays in Redis after it ended. Who was slow may enqueue it once more, and
#: the queue must know its id then.
SETTLED = datetime.timedelta(minutes=5)


class Archiving:
    """Keeps Redis small, and history whole."""

    def __init__(
        self,
        *,
        store: OperationStore,
        archive: OperationArchive,
        schedulers: SchedulerRepository,
        clock: Clock,
        kept: int,
        days: int,
    ) -> None:
        self._store = store
        self._archive = archive
        self._schedulers = schedulers
        self._clock = clock
        self._kept = kept
        self._days = days

    def some(self, scheduler: str) -> bool:
        """Move a batch of what is old enough; whether there may be more. Raises Unavailable."""
        return self._move(scheduler, keep=self._kept, before=self._clock.now() - SETTLED)

    def rest(self, scheduler: str) -> bool:
        """Move a batch of a scheduler that is gone; whether something is left in Redis."""
        self._move(scheduler, keep=0, before=self._clock.now() - SETTLED)
        return self._store.amounts_ended([scheduler])[0] > 0

    def copy(self, scheduler: str) -> None:
        """Archive all that ended, because Redis is about to forget it. Raises Unavailable."""
        end_of_time = datetime.datetime.max.replace(tzinfo=datetime.UTC)
        amount = self._store.amounts_ended([scheduler])[0]
        ended = self._store.settled(scheduler, keep=0, before=end_of_time, limit=amount)
        for first in range(0, len(ended), BATCH):
            self._archive.add(ended[first : first + BATCH])

    def expire(self) -> int:
        """Let the archive forget a batch of what is too old; returns how many."""
        if not self._days:
            return 0
        before = self._clock.now() - datetime.timedelta(days=self._days)
        return self._archive.expire(before, limit=10 * BATCH)

    def _move(self, scheduler: str, *, keep: int, before: datetime.datetime) -> bool:
        ended = self._store.settled(scheduler, keep=keep, before=before, limit=BATCH)
        if not ended:
            return False
        # A sweep asks the queue how what was promised ended, and closes the promise.
        promised = {operation.id for operation in self._schedulers.opened()}
        movable = [operation for operation in ended if operation.id not in promised]
        self._archive.add(movable)
        self._store.drop(scheduler, [operation.id for operation in movable])
        log.debug("operations_archived", scheduler=scheduler, amount=len(movable))
        return len(ended) == BATCH and bool(movable)
