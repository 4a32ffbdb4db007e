"""Rooms for matchmakers."""

import structlog

from maestro import errors
from maestro.domain.rooms import Room
from maestro.ports.storage import RoomStore
from maestro.services.dispatch import Dispatch
from maestro.services.health_checks import HealthChecks

log = structlog.get_logger(__name__)


class Allocations:
    """Reserves ready rooms. Reads Redis only: matches begin while PostgreSQL is away."""

    def __init__(
        self, store: RoomStore, dispatch: Dispatch, health_checks: HealthChecks, *, ttl_s: float
    ) -> None:
        self._store = store
        self._dispatch = dispatch
        self._health_checks = health_checks
        self._ttl_s = ttl_s

    def allocate(self, scheduler: str) -> Room:
        """Reserve a room until a match begins in it; raises NotFound and NoReadyRoom."""
        allocation = self._store.allocate(scheduler, ttl_s=self._ttl_s)
        if allocation is None:
            raise errors.NoReadyRoom(f"no ready rooms available for scheduler {scheduler}")
        log.info("room_allocated", scheduler=scheduler, room=allocation.room.id)
        if allocation.wakes_operation:
            self._dispatch.hint(scheduler)
        if allocation.wants_check:
            self._health_checks.one(scheduler)
        return allocation.room
