"""Rooms for matchmakers."""

import structlog

from maestro import errors
from maestro.domain.rooms import AllocationOrder, Room
from maestro.ports.storage import RoomStore
from maestro.services.wakes import Wakes

log = structlog.get_logger(__name__)


class Allocations:
    """Reserves ready rooms. Reads Redis only: matches begin while PostgreSQL is away."""

    def __init__(
        self, store: RoomStore, wakes: Wakes, *, ttl_s: float, order: AllocationOrder
    ) -> None:
        self._store = store
        self._wakes = wakes
        self._ttl_s = ttl_s
        self._order = order

    def allocate(self, scheduler: str) -> Room:
        """Reserve a room until a match begins in it; raises NotFound and NoReadyRoom."""
        allocation = self._store.allocate(scheduler, ttl_s=self._ttl_s, order=self._order)
        if allocation is None:
            raise errors.NoReadyRoom(f"no ready rooms available for scheduler {scheduler}")
        log.info("room_allocated", scheduler=scheduler, room=allocation.room.id)
        self._wakes.tell(scheduler, allocation)
        return allocation.room
