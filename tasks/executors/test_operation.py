"""Take a while and change nothing: for trying out how operations wait, run and end."""

import datetime

from maestro.domain.operations import TestOperation
from maestro.ports.clock import Clock
from maestro.services.execution import Park, Run


class TakesAWhile:
    """Waits without holding a thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def execute(self, run: Run, definition: TestOperation) -> Park | None:
        span = datetime.timedelta(seconds=definition.sleep_seconds)
        text = run.choose("until", lambda: (self._clock.now() + span).isoformat())
        until = datetime.datetime.fromisoformat(text)
        if self._clock.now() < until:
            return Park(until=until, wake_on_rooms=False)
        return None

    def rollback(self, run: Run, definition: TestOperation) -> None:
        """There is nothing to undo."""
