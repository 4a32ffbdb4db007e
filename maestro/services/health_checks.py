"""Has fleets compared with what is wanted, at most one comparison of each waiting at a time."""

import zlib

import structlog

from maestro import errors
from maestro.domain.operations import HealthController
from maestro.ports.clock import Clock
from maestro.ports.storage import SchedulerRepository
from maestro.services.dispatch import Dispatch

log = structlog.get_logger(__name__)

#: Parts of an interval, each of which has fleets of its own, unless they were shorter than this.
PARTS = 10
SHORTEST_PART_S = 1.0


def parts(interval_s: float) -> int:
    """Into how many parts an interval between checks is divided."""
    return max(1, min(PARTS, int(interval_s / SHORTEST_PART_S)))


class HealthChecks:
    """Enqueues health checks, so that those of different fleets do not come all at once."""

    def __init__(
        self,
        *,
        schedulers: SchedulerRepository,
        dispatch: Dispatch,
        clock: Clock,
        interval_s: float,
    ) -> None:
        self._schedulers = schedulers
        self._dispatch = dispatch
        self._clock = clock
        self._parts = parts(interval_s)
        self._part_s = interval_s / self._parts

    def tick(self) -> None:
        """
        Check the fleets whose part of the interval it is. Raises Unavailable.

        Their part derives from their name, whoever asks; a tick that comes too late for a part
        leaves it to the sweep, which finds the fleets that were not checked for long.
        """
        now = int(self._clock.now().timestamp() / self._part_s) % self._parts
        for name in self._schedulers.uids():
            if zlib.crc32(name.encode()) % self._parts == now:
                self.one(name)

    def one(self, scheduler: str) -> None:
        """Check one fleet. Reads Redis only, as who takes pings asks for it too."""
        operation = self._dispatch.new(scheduler, "", HealthController())
        try:
            self._dispatch.enqueue(operation)
        except errors.NotFound:
            log.debug("no_fleet_to_check", scheduler=scheduler)
