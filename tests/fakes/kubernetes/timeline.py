"""When the cluster does what it does by itself: at once, in the same thread, or after a while."""

import collections
import heapq
import itertools
import threading
import time
from collections.abc import Callable

Work = Callable[[], None]


class Timeline:
    """Work without delay is done by whoever calls `settle`, work with one by a thread."""

    def __init__(self, lock: threading.Condition) -> None:
        self._lock = lock
        self._now: collections.deque[Work] = collections.deque()
        self._later: list[tuple[float, int, Work]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def after(self, delay_s: float, work: Work) -> None:
        """Do this, a while from now."""
        with self._lock:
            if delay_s <= 0:
                self._now.append(work)
                return
            due = time.monotonic() + delay_s
            heapq.heappush(self._later, (due, next(self._numbers), work))
            self._start()
            self._lock.notify_all()

    def settle(self) -> None:
        """Do what is to be done at once, and what follows from it."""
        with self._lock:
            while self._now:
                self._now.popleft()()

    def stop(self) -> None:
        """Do nothing more."""
        with self._lock:
            self._stopped = True
            self._lock.notify_all()
        if self._thread:
            self._thread.join()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="fake-cluster")
            self._thread.start()

    def _run(self) -> None:
        with self._lock:
            while not self._stopped:
                wait_s = self._later[0][0] - time.monotonic() if self._later else None
                if wait_s is not None and wait_s <= 0:
                    heapq.heappop(self._later)[2]()
                    self.settle()
                else:
                    self._lock.wait(wait_s)
