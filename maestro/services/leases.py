"""
Leases of this process: how long each is ours, by our own clock.

A lease counts from before the request that got or renewed it was sent, so that it ends here
no later than in the store.
"""

import contextlib
import threading
from collections.abc import Iterator

import structlog

from maestro import errors
from maestro.ports.clock import Clock
from maestro.ports.storage import Grant, OperationStore, Renewal

log = structlog.get_logger(__name__)


class Lease:
    """One grant, and until when it is surely ours."""

    def __init__(self, grant: Grant, *, until: float, clock: Clock) -> None:
        self.grant = grant
        self._until = until
        self._lost = False
        #: Whether somebody is known to have cancelled the operation.
        self.cancelled = False
        self._clock = clock

    def check(self, *, needed_s: float = 0) -> None:
        """Raise LeaseLost unless the lease is ours for so many more seconds."""
        if self._lost or self._until - self._clock.monotonic() <= needed_s:
            raise errors.LeaseLost(f"the lease of {self.grant.scheduler} ended")

    def renewed(self, *, until: float) -> None:
        """It is ours for longer."""
        self._until = until

    def lose(self) -> None:
        """Another worker has it."""
        self._lost = True


class Leases:
    """All leases that this process holds."""

    def __init__(self, store: OperationStore, clock: Clock, *, ttl_s: float) -> None:
        self._store = store
        self._clock = clock
        self.ttl_s = ttl_s
        self._held: dict[str, Lease] = {}
        self._no_recovery_before = clock.monotonic()
        self._guard = threading.Lock()

    @contextlib.contextmanager
    def held(self, grant: Grant, *, asked_at: float) -> Iterator[Lease]:
        """Keep a grant alive for the length of a with-block; `asked_at` is monotonic time."""
        lease = Lease(grant, until=asked_at + self.ttl_s, clock=self._clock)
        with self._guard:
            self._held[grant.token] = lease
        try:
            yield lease
        finally:
            with self._guard:
                del self._held[grant.token]

    def renew(self) -> None:
        """Prolong them all in one round trip; those that went to another worker are lost."""
        with self._guard:
            leases = list(self._held.values())
        if not leases:
            return
        asked_at = self._clock.monotonic()
        try:
            renewed = self._store.renew([lease.grant for lease in leases], lease_ttl_s=self.ttl_s)
        except errors.Unavailable as error:
            log.warning("leases_not_renewed", amount=len(leases), reason=str(error))
            self.store_was_away()
            return
        if unknown := renewed.count(Renewal.UNKNOWN):
            log.warning("leases_not_renewed", amount=unknown, reason="a part of the store is away")
            self.store_was_away()
        for lease, renewal in zip(leases, renewed, strict=True):
            if renewal is Renewal.UNKNOWN:
                continue
            if renewal is Renewal.LOST:
                lease.lose()
                continue
            lease.renewed(until=asked_at + self.ttl_s)
            lease.cancelled = lease.cancelled or renewal is Renewal.CANCELLED

    def hand_back(self) -> list[str]:
        """Give up all leases; returns the schedulers whose operations others may continue."""
        with self._guard:
            leases = list(self._held.values())
        schedulers = []
        for lease in leases:
            lease.lose()
            try:
                self._store.release(lease.grant)
                schedulers.append(lease.grant.scheduler)
            except (errors.LeaseLost, errors.Unavailable) as error:
                log.warning(
                    "lease_not_handed_back", scheduler=lease.grant.scheduler, reason=str(error)
                )
        return schedulers

    def store_was_away(self) -> None:
        """Nobody could renew: whose lease ended meanwhile is not dead for that."""
        self._no_recovery_before = self._clock.monotonic() + self.ttl_s

    def may_recover(self) -> bool:
        """Whether an expired lease means that its worker is gone."""
        return self._clock.monotonic() >= self._no_recovery_before
