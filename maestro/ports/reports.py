"""The report of all fleets: written by whoever beat asks, shown by everybody who is asked."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from maestro.domain.figures import Report


class Reports(Protocol):
    """The newest report. Every call may raise Unavailable."""

    def write(self, report: Report, *, ttl_s: float) -> None:
        """Put a report in the place of the last one; forgotten after so many seconds."""

    def read(self) -> Report | None:
        """The report; None when there is none that counts."""


class Broker(Protocol):
    """Messages that wait in the broker."""

    def waiting(self, schedulers: Sequence[str]) -> Mapping[str, tuple[int, float]]:
        """
        Kind of queue → how many messages wait, and how long the oldest one has.

        Empty when this kind of broker cannot tell. Raises Unavailable.
        """
