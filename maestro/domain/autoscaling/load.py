"""What a fleet carries: the rooms that count, and the matches in them or about to begin there."""

import dataclasses
import datetime
from collections.abc import Iterable

from maestro.domain.rooms import Room, RoomStatus, is_in_use


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What policies decide by."""

    #: All rooms that count, also those that are not ready yet.
    rooms: int
    #: Rooms that players are in, or are about to be.
    in_use: int
    #: Rooms that players are in or may come to.
    serving: int
    #: Matches that run or are about to begin.
    matches: int
    #: How many matches one room hosts at once.
    max_matches: int

    @property
    def free_slots(self) -> int:
        """How many more matches could begin now; negative when rooms report too many."""
        return self.serving * self.max_matches - self.matches


def load_of(rooms: Iterable[Room], *, max_matches: int, now: datetime.datetime) -> Load:
    """The load of rooms that are neither broken nor on their way out."""
    counted = in_use = serving = matches = 0
    ready = RoomStatus.READY
    for room in rooms:
        is_ready = room.status is ready
        is_used = not is_ready and is_in_use(room, now)
        counted += 1
        in_use += is_used
        serving += is_used or is_ready
        # One that is allocated, or occupied and does not say by how many, stands for one match.
        matches += max(room.running_matches, 1 if is_used else 0)
    return Load(
        rooms=counted, in_use=in_use, serving=serving, matches=matches, max_matches=max_matches
    )
