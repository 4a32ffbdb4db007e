"""Which rooms go first when a fleet gets smaller (contract, decision 23)."""

import datetime
from collections.abc import Iterable

from maestro.domain.rooms import REMOVABLE, Room, RoomStatus, is_in_use
from maestro.domain.versions import Version


def first_to_go(
    rooms: Iterable[Room],
    *,
    amount: int,
    active_version: str,
    silent_since: datetime.datetime,
    now: datetime.datetime,
) -> list[str]:
    """
    Ids of up to `amount` rooms that nobody plays in.

    Broken ones first, then those not heard of since, then those that are not ready yet, then ready
    ones of older majors, then ready ones of the active major; the youngest of equals first, because
    fewer players know it.
    """
    major = Version.parse(active_version).major

    def rank(room: Room) -> tuple[int, bool, float, str]:
        is_current = Version.parse(room.version).major == major
        in_order = 1 + REMOVABLE.index(room.status)
        if room.status is RoomStatus.ERROR:
            in_order = 0
        elif room.last_ping_at is not None and room.last_ping_at <= silent_since:
            in_order = 1
        if room.status is not RoomStatus.READY:
            is_current = False
        return in_order, is_current, -room.created_at.timestamp(), room.id

    removable = (
        room
        for room in rooms
        if room.status in REMOVABLE and room.terminating_since is None and not is_in_use(room, now)
    )
    return [room.id for room in sorted(removable, key=rank)[:amount]]
