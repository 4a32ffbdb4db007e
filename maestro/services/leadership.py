"""
One of several equal processes works, the others wait to take its place.

It is the leader by its own clock for no longer than in the store: one that was frozen knows when
it wakes up that it may have been replaced.
"""

import contextlib

import structlog

from maestro import errors
from maestro.ports.clock import Clock
from maestro.ports.storage import Seat

log = structlog.get_logger(__name__)


class Leadership:
    """What one process knows of its leadership."""

    def __init__(self, seat: Seat, clock: Clock, *, holder: str, lease_s: float) -> None:
        self._seat = seat
        self._clock = clock
        self._holder = holder
        self._lease_s = lease_s
        #: How often `keep` must be called.
        self.renewal_s = lease_s / 5
        self._until = clock.monotonic()
        self._led = False

    @property
    def is_ours(self) -> bool:
        """Whether this process leads now. Asks nobody."""
        return self._clock.monotonic() < self._until

    def keep(self) -> bool:
        """Become or stay the leader; whether this process is. Raises nothing."""
        asked_at = self._clock.monotonic()
        if self._until - asked_at < self._lease_s - self.renewal_s / 2:
            self._ask(asked_at)
        if self._led != self.is_ours:
            self._led = self.is_ours
            log.info("leads" if self._led else "waits_for_leadership", holder=self._holder)
        return self._led

    def _ask(self, asked_at: float) -> None:
        try:
            leads = self._seat.take(self._holder, ttl_s=self._lease_s)
        except errors.Unavailable as error:
            log.warning("leadership_unknown", reason=str(error))
            return
        self._until = asked_at + self._lease_s if leads else asked_at

    def resign(self) -> None:
        """Let another one take over at once."""
        self._until = self._clock.monotonic()
        with contextlib.suppress(errors.Unavailable):
            self._seat.leave(self._holder)
