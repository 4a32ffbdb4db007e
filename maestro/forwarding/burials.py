"""Events that are given up: kept as dead letters first, and only then out of the way."""

import structlog

from maestro.forwarding.lanes import Lane
from maestro.ports.clock import Clock
from maestro.ports.events import DeadLetter, Outbox

log = structlog.get_logger(__name__)


class Burials:
    """Those that are under way in this process."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._open: list[tuple[Lane, DeadLetter]] = []

    def give_up(self, lane: Lane, reason: str) -> None:
        """What is first in the lane is told to nobody any more; the lane waits until `bury`."""
        letter = DeadLetter(
            scheduler=lane.drain.scheduler,
            forwarder=lane.target,
            event=lane.first.entry.event,
            number=lane.first.number,
            reason=reason,
            attempts=lane.failures,
            at=self._clock.now(),
        )
        lane.busy = True
        lane.drain.busy += 1
        self._open.append((lane, letter))

    def bury(self) -> list[Lane]:
        """Keep the letters; returns the lanes that go on. Raises Unavailable: call it again."""
        self._open = [each for each in self._open if not each[0].drain.closed]
        if not self._open:
            return []
        self._outbox.bury([letter for _, letter in self._open])
        buried, self._open = self._open, []
        for lane, letter in buried:
            lane.busy = False
            lane.drain.busy -= 1
            lane.drain.settle(lane, self._clock.monotonic())
            log.warning(
                "event_given_up",
                scheduler=letter.scheduler,
                room=letter.event.room,
                forwarder=letter.forwarder.name,
                event_kind=letter.event.kind,
                reason=letter.reason,
            )
        return [lane for lane, _ in buried]
