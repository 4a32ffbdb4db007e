"""
Wakes workers for what pings and allocations bring about, from a thread of its own: whoever brought
it about must not wait for a broker that is away.
"""

import queue
import threading
from typing import Protocol

import structlog

from maestro import errors
from maestro.services.dispatch import Dispatch
from maestro.services.health_checks import HealthChecks

log = structlog.get_logger(__name__)


class Outcome(Protocol):
    """What a change of a room brought about."""

    @property
    def wakes_operation(self) -> bool: ...

    @property
    def wants_check(self) -> bool: ...


class Wakes:
    """Remembers so many at most; what is dropped, the sweep finds."""

    def __init__(
        self, dispatch: Dispatch, health_checks: HealthChecks, *, most: int = 1000
    ) -> None:
        self._dispatch = dispatch
        self._health_checks = health_checks
        self._waiting: queue.Queue[tuple[str, Outcome]] = queue.Queue(most)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._drops = False

    def tell(self, scheduler: str, outcome: Outcome) -> None:
        """Wake whom it concerns, soon. Never waits, never raises."""
        if not (outcome.wakes_operation or outcome.wants_check):
            return
        try:
            self._waiting.put_nowait((scheduler, outcome))
            self._drops = False
        except queue.Full:
            if not self._drops:
                log.warning("wakes_dropped", scheduler=scheduler)
            self._drops = True
        self._start()

    def _start(self) -> None:
        """Not before there is something to do, as servers fork."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="wakes", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            scheduler, outcome = self._waiting.get()
            try:
                self._wake(scheduler, outcome)
            except errors.Unavailable as error:
                log.debug("nobody_woken", scheduler=scheduler, reason=str(error))
            except Exception:
                # Without this thread nobody would be woken ever again.
                log.exception("wakes_defect", scheduler=scheduler)

    def _wake(self, scheduler: str, outcome: Outcome) -> None:
        if outcome.wakes_operation:
            self._dispatch.hint(scheduler)
        if outcome.wants_check:
            self._health_checks.one(scheduler)
