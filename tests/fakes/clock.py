"""A clock that a test moves."""

import datetime

from tests import make


class FakeClock:
    """Stands still until it is told to advance."""

    def __init__(self, now: datetime.datetime = make.NOW) -> None:
        self._now = now
        self._monotonic = 1000.0

    def now(self) -> datetime.datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += datetime.timedelta(seconds=seconds)
        self._monotonic += seconds
