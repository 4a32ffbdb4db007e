"""What rooms say, and what operators see of them."""

import structlog

from maestro.domain.rooms import Room, RoomStatus
from maestro.ports.storage import Ping, RoomStore, SchedulerRepository
from maestro.services.wakes import Wakes

log = structlog.get_logger(__name__)


class Pings:
    """Takes the pings of rooms. Reads Redis only: pings go on while PostgreSQL is away."""

    def __init__(self, store: RoomStore, wakes: Wakes) -> None:
        self._store = store
        self._wakes = wakes

    def ping(self, scheduler: str, room: str, ping: Ping) -> bool:
        """Store a ping and what follows; False for a room that is not known (any more)."""
        outcome = self._store.ping(scheduler, room, ping)
        if outcome.status_changed:
            log.info("room_changed", scheduler=scheduler, room=room, status=outcome.status)
            self._wakes.tell(scheduler, outcome)
        return outcome.known

    def accepting(self) -> None:
        """Say every few seconds that pings can be taken: silence counts only meanwhile."""
        self._store.accepting()


class Rooms:
    """Lists and shows rooms."""

    def __init__(self, store: RoomStore, schedulers: SchedulerRepository) -> None:
        self._store = store
        self._schedulers = schedulers

    def page(
        self,
        scheduler: str,
        *,
        status: RoomStatus | None = None,
        version: str | None = None,
        page: int = 1,
        per_page: int = 50,
    ) -> tuple[list[Room], int]:
        """One page of the rooms that match, by id, and how many match. Raises NotFound."""
        self._schedulers.get(scheduler)
        offset = (page - 1) * per_page
        if status is None and version is None:
            return self._store.page(scheduler, offset=offset, limit=per_page)
        found = [
            room
            for room in self._store.all(scheduler)
            if status in (None, room.status) and version in (None, room.version)
        ]
        return found[offset : offset + per_page], len(found)

    def get(self, scheduler: str, room: str) -> Room:
        """One room. Raises NotFound."""
        self._schedulers.get(scheduler)
        return self._store.get(scheduler, room)
