"""
List, watch, and list again: after any error, and on a timer, because no watch tells everything.

One watcher works at a time; others wait for its lease to end.
"""

import contextlib
import random
import threading
from collections.abc import Callable, Sequence

import structlog

from maestro import errors, metrics
from maestro.ports.clock import Clock
from maestro.ports.runtime import ChangeKind, InstanceChange, Runtime
from maestro.ports.storage import Change, ChangeStore
from maestro.services.dispatch import Dispatch
from maestro.services.strays import Strays
from maestro.watcher import changes

log = structlog.get_logger(__name__)

#: Longest wait between attempts while the runtime or a store is away.
MAX_BACKOFF_S = 30.0
#: Soon after a list that showed rooms nobody knew there is another, then twice as long after each:
#: when the store lost its data, it did not know their schedulers yet.
SOON_S = 2.0
#: A healthy watch says at least that nothing happened, every second; a large list takes its time.
STUCK_S = 120.0


class Watcher:
    """Turns what happens in the runtime into changes that wait for workers."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        changes: ChangeStore,
        schedulers: Callable[[], Sequence[str]],
        dispatch: Dispatch,
        strays: Strays,
        clock: Clock,
        holder: str,
        relist_interval_s: float,
        lease_ttl_s: float,
    ) -> None:
        self._runtime = runtime
        self._changes = changes
        self._schedulers = schedulers
        self._dispatch = dispatch
        self._strays = strays
        self._clock = clock
        self._holder = holder
        self._relist_interval_s = relist_interval_s
        self._lease_ttl_s = lease_ttl_s
        self._heard_at = clock.monotonic()
        self._leading = False
        #: Since a list and the beginning of a watch went well.
        self._failures = 0
        #: Lists in a row that showed rooms nobody knew.
        self._surprises = 0

    def run(self, stopping: threading.Event) -> None:
        """Work until told to stop."""
        while not stopping.is_set():
            try:
                if self._leads():
                    self.follow(stopping)
                else:
                    self._heard()
                    stopping.wait(self._lease_ttl_s / 3)
            except errors.Unavailable as error:
                self._failures += 1
                log.warning("watch_interrupted", reason=str(error), failures=self._failures)
                stopping.wait(_backoff(self._failures))
        self._resign()

    def follow(self, stopping: threading.Event) -> None:
        """List, then watch until it is time to list again. Raises Unavailable."""
        version, epoch = self._list()
        watch = self._runtime.watch_rooms(version, timeout_s=self._until_next_list_s())
        with contextlib.closing(watch):
            for batch in watch:
                self._failures = 0
                self._pass_on(batch, epoch)
                if stopping.is_set() or not self._leads():
                    return

    @property
    def leads(self) -> bool:
        """Whether this is the one that works, as far as it knows."""
        return self._leading

    def is_stuck(self) -> bool:
        """Whether this one leads, and neither a list nor a watch told anything for long."""
        return self._clock.monotonic() - self._heard_at > STUCK_S

    def _heard(self) -> None:
        self._heard_at = self._clock.monotonic()

    def _leads(self) -> bool:
        self._leading = False
        try:
            self._leading = self._changes.lead(self._holder, ttl_s=self._lease_ttl_s)
        finally:
            metrics.WATCHER_LEADS.set(self._leading)
        return self._leading

    def _list(self) -> tuple[str, int]:
        known = self._changes.known_rooms(self._schedulers())
        listed_at = self._changes.now()
        # Before the list: a watcher that slept over it must not seem the newest when it wakes up.
        epoch = self._changes.next_epoch()
        listing = self._runtime.list_rooms()
        found = changes.of_listing(listing, known=known, epoch=epoch, listed_at=listed_at)
        self._push(found)
        self._heard()
        is_surprise = not changes.are_known(listing, known=known)
        self._surprises = self._surprises + 1 if is_surprise else 0
        metrics.WATCHER_LISTS.inc()
        metrics.UNKNOWN_ROOMS.set(self._strays.consider(listing.instances))
        log.debug("rooms_listed", instances=len(listing.instances), epoch=epoch)
        return listing.resource_version, epoch

    def _until_next_list_s(self) -> float:
        if not self._surprises:
            return self._relist_interval_s
        return min(self._relist_interval_s, SOON_S * 2.0 ** min(self._surprises - 1, 20))

    def _pass_on(self, batch: Sequence[InstanceChange], epoch: int) -> None:
        try:
            self._push([changes.of_watch(change, epoch=epoch) for change in batch])
        except errors.Unavailable:
            _count(batch, success=False)
            raise
        _count(batch, success=True)
        self._heard()
        for change in batch:
            log.info(
                "instance_changed",
                scheduler=change.instance.scheduler,
                room=change.instance.room,
                operation=change.instance.operation,
                change=change.kind,
                status=change.instance.status,
                reason=change.instance.description,
            )

    def _push(self, found: Sequence[Change]) -> None:
        if not found:
            return
        self._changes.push(found)
        for scheduler in sorted({change.scheduler for change in found}):
            self._dispatch.hint_changes(scheduler)

    def _resign(self) -> None:
        try:
            self._changes.resign(self._holder)
        except errors.Unavailable as error:
            log.warning("watcher_not_resigned", reason=str(error))


def _count(batch: Sequence[InstanceChange], *, success: bool) -> None:
    for change in batch:
        kind = "updated" if change.kind is ChangeKind.PRESENT else "deleted"
        labels = (change.instance.scheduler, kind, str(success).lower())
        metrics.WATCHER_EVENTS.labels(*labels).inc()


def _backoff(failures: int) -> float:
    """Seconds to wait; spread, so that many watchers do not come back at once."""
    return min(MAX_BACKOFF_S, 0.5 * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1)  # noqa: S311
