"""Operations, timed and counted around their executors: services know nothing of metrics."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from prometheus_client import Histogram

from maestro import errors, metrics
from maestro.domain.operations import AddRooms, Operation, OperationStatus, RemoveRooms
from maestro.ports.clock import Clock
from maestro.ports.storage import RoomStore
from maestro.services.execution import Executor, Outcome, Park, Run

#: How long it is believed which game a scheduler is of.
_BELIEVED_S = 300.0


class Games:
    """Which game a scheduler is of, as its metrics name both; empty when nobody knows."""

    def __init__(self, rooms: RoomStore, clock: Clock) -> None:
        self._rooms = rooms
        self._clock = clock
        self._known: dict[str, tuple[str, float]] = {}

    def remembered(self, scheduler: str) -> str:
        """What was found last; asks nobody."""
        return self._known.get(scheduler, ("", 0.0))[0]

    def of(self, scheduler: str) -> str:
        """What the store says, or said lately."""
        game, until = self._known.get(scheduler, ("", 0.0))
        if self._clock.monotonic() < until:
            return game
        with contextlib.suppress(errors.Unavailable):
            (reported,) = self._rooms.reported([scheduler])
            if reported is None:
                # It is being made, or gone; what is done to it still belongs to its game.
                return game
            game = reported.game
            self._known[scheduler] = game, self._clock.monotonic() + _BELIEVED_S
        return game


class Observed:
    """An executor whose work is timed; what it answers and raises stays the same."""

    def __init__(self, executor: Executor, games: Games) -> None:
        self._executor = executor
        self._games = games

    def execute(self, run: Run, definition: Any) -> Outcome:
        with self._timed(metrics.EXECUTION_SECONDS, run) as stretch:
            outcome = self._executor.execute(run, definition)
            stretch.ends = not isinstance(outcome, Park)
            return outcome

    def rollback(self, run: Run, definition: Any) -> None:
        with self._timed(metrics.ROLLBACK_SECONDS, run):
            self._executor.rollback(run, definition)

    @contextlib.contextmanager
    def _timed(self, seconds: Histogram, run: Run) -> Iterator["_Stretch"]:
        stretch, began, success = _Stretch(), time.perf_counter(), False
        try:
            yield stretch
            success = True
        except (errors.Interrupted, errors.Unavailable):
            # It goes on, here or elsewhere, or is undone.
            stretch.ends = False
            raise
        finally:
            if stretch.ends:
                scheduler, operation = run.scheduler, run.operation.definition.NAME
                labels = (self._games.of(scheduler), scheduler, operation, str(success).lower())
                seconds.labels(*labels).observe(time.perf_counter() - began)


class _Stretch:
    """What a worker does without a pause, and whether the operation ends with it."""

    ends = True


def note_end(games: Games, operation: Operation, status: OperationStatus) -> None:
    """Count an operation that is over."""
    definition, scheduler = operation.definition, operation.scheduler
    labels = (games.of(scheduler), scheduler, definition.NAME)
    metrics.OPERATIONS_ENDED.labels(*labels, status).inc()
    if status is OperationStatus.EVICTED:
        metrics.EVICTED.labels(*labels, "no_operation_executor_found").inc()
    if status is OperationStatus.ERROR and isinstance(definition, AddRooms):
        metrics.ADD_ROOMS_FAILED.labels(scheduler, definition.NAME).inc()
    if status is OperationStatus.ERROR and isinstance(definition, RemoveRooms):
        metrics.REMOVE_ROOMS_FAILED.labels(scheduler).inc()
