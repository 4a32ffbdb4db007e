"""Where rooms are reached."""

from maestro import errors
from maestro.domain.rooms import Room
from maestro.ports.storage import RoomStore


class Addresses:
    """Finds rooms. Reads Redis only: players arrive while PostgreSQL is away."""

    def __init__(self, store: RoomStore) -> None:
        self._store = store

    def find(self, scheduler: str, room: str) -> Room:
        """The room, with its address; raises NotFound and NoAddress."""
        found = self._store.get(scheduler, room)
        if not found.host:
            raise errors.NoAddress(f"room {room} has no address yet")
        return found
