"""The report of all fleets, in memory."""

import datetime

from maestro.domain.figures import Report
from tests.fakes.clock import FakeClock


class FakeReports:
    """The Reports of tests."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._newest: tuple[Report, datetime.datetime] | None = None

    def write(self, report: Report, *, ttl_s: float) -> None:
        self._newest = report, self._clock.now() + datetime.timedelta(seconds=ttl_s)

    def read(self) -> Report | None:
        if self._newest is None or self._newest[1] <= self._clock.now():
            return None
        return self._newest[0]
