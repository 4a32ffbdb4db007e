"""Has the records of schedulers cleaned up now and then, at most one clean-up of each waiting."""

import contextlib
from collections.abc import Callable

from maestro import errors
from maestro.domain.operations import StorageCleanUp
from maestro.ports.storage import OperationStore, SchedulerRepository
from maestro.services.archiving import BATCH, Archiving
from maestro.services.dispatch import Dispatch

#: How often it is asked whose turn it is.
TICK_S = 60.0


def tick_s(interval_s: float) -> float:
    """Seconds between ticks, given those between clean-ups of one scheduler."""
    return min(TICK_S, interval_s)


class CleanUps:
    """Enqueues clean-ups, so that those of different schedulers do not come all at once."""

    def __init__(
        self,
        *,
        schedulers: SchedulerRepository,
        operations: OperationStore,
        dispatch: Dispatch,
        archiving: Archiving,
        roll: Callable[[], float],
        interval_s: float,
        kept: int,
    ) -> None:
        self._schedulers = schedulers
        self._operations = operations
        self._dispatch = dispatch
        self._archiving = archiving
        #: A number from 0 up to 1, another one each time.
        self._roll = roll
        self._chance = tick_s(interval_s) / interval_s
        self._kept = kept

    def tick(self) -> None:
        """Clean up whose turn it is, or who has much to be archived. Raises Unavailable."""
        names = list(self._schedulers.uids())
        for name, amount in zip(names, self._operations.amounts_ended(names), strict=True):
            if amount >= self._kept + BATCH or self._roll() < self._chance:
                self.one(name)
        self._archiving.expire()

    def one(self, scheduler: str) -> None:
        """Clean up after one scheduler; nothing if it has no fleet."""
        with contextlib.suppress(errors.NotFound):
            self._dispatch.enqueue(self._dispatch.new(scheduler, "", StorageCleanUp()))
