"""Time, as a port: nothing in domain, services or executors asks the system."""

import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; never waits."""

    def now(self) -> datetime.datetime:
        """The time of day, in UTC."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""
