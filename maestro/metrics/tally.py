"""
A histogram for what happens thousands of times per second: it is written down in passing, and
counted by a thread of its own every second.
"""

import collections
import threading
from bisect import bisect_left
from collections.abc import Sequence

from prometheus_client import Gauge, Histogram

#: Written down and not counted yet; more than any process does in a second. Where nothing counts,
#: nothing grows without end.
_MOST = 200_000
EVERY_S = 1.0


class Tally:
    """What one series of a histogram is told, by `note`, from any number of threads."""

    def __init__(self, histogram: Histogram, *labels: str) -> None:
        self._histogram = histogram
        self._labels = labels
        self._noted: collections.deque[float] = collections.deque(maxlen=_MOST)
        #: Call it with each value; takes tens of nanoseconds.
        self.note = self._noted.append
        _tallies.append(self)

    def count(self) -> None:
        """Move what was noted to the histogram."""
        noted = self._noted
        values = [noted.popleft() for _ in range(len(noted))]
        if values:
            _observe_all(self._histogram.labels(*self._labels), values)


class Presence:
    """How many are inside: `enter` when one comes, `leave` when one goes."""

    def __init__(self, gauge: Gauge, *labels: str) -> None:
        self._gauge = gauge
        self._labels = labels
        self._inside: list[None] = []
        self._shown = 0
        # Both are single steps of the interpreter, so that no lock is needed.
        self.enter = self._inside.append
        self.leave = self._inside.pop
        _tallies.append(self)

    def count(self) -> None:
        """Show how many there are now, besides those that others show in the same series."""
        inside = len(self._inside)
        self._gauge.labels(*self._labels).inc(inside - self._shown)
        self._shown = inside


_tallies: list[Tally | Presence] = []
_beginning = threading.Lock()
_counting: list[threading.Thread] = []


def keep_counting() -> None:
    """Count from now on, in a thread, for as long as this process lives."""
    with _beginning:
        if not _counting:
            thread = threading.Thread(target=_loop, name="tally", daemon=True)
            _counting.append(thread)
            thread.start()


def count_all() -> None:
    """Count all that was noted so far; nobody else may be counting."""
    for tally in _tallies:
        tally.count()


def _loop() -> None:
    pause = threading.Event()
    while True:
        count_all()
        pause.wait(EVERY_S)


def _observe_all(series: Histogram, values: Sequence[float]) -> None:
    """As `observe` for each, with one addition per bucket: what the library has no call for."""
    bounds = series._upper_bounds
    found = collections.Counter(bisect_left(bounds, value) for value in values)
    for bucket, amount in found.items():
        series._buckets[bucket].inc(amount)
    series._sum.inc(sum(values))
