"""Has fleets compared with what is wanted, at most one comparison waiting at a time."""

import structlog

from maestro import errors
from maestro.domain.operations import HealthController
from maestro.ports.storage import SchedulerRepository
from maestro.services.dispatch import Dispatch

log = structlog.get_logger(__name__)


class HealthChecks:
    """Enqueues health checks."""

    def __init__(self, schedulers: SchedulerRepository, dispatch: Dispatch) -> None:
        self._schedulers = schedulers
        self._dispatch = dispatch

    def all(self) -> None:
        """Check every fleet. Raises Unavailable."""
        for name in self._schedulers.uids():
            self.one(name)

    def one(self, scheduler: str) -> None:
        """Check one fleet. Reads Redis only, as who takes pings asks for it too."""
        operation = self._dispatch.new(scheduler, "", HealthController())
        try:
            self._dispatch.enqueue(operation)
        except errors.NotFound:
            log.debug("no_fleet_to_check", scheduler=scheduler)
