"""Rooms of `arena` that run, speak and end, for tests of what is told of them."""

from typing import Protocol

from maestro.domain.rooms import InstanceStatus, PingStatus, RoomStatus
from maestro.ports import storage
from maestro.ports.storage import Grant
from tests import make


class Stores(Protocol):
    """Where it is written down."""

    @property
    def rooms(self) -> storage.RoomStore: ...

    @property
    def changes(self) -> storage.ChangeStore: ...


def start(
    stores: Stores, grant: Grant, *rooms: str, validation: bool = False, scheduler: str = "arena"
) -> None:
    """Rooms that run and have an address."""
    new = [make.new_room(id=room, scheduler=scheduler, is_validation=validation) for room in rooms]
    stores.rooms.register(grant, new)
    changes = [
        _change(room, InstanceStatus.READY, version=1, scheduler=scheduler) for room in rooms
    ]
    stores.changes.push(changes)
    while stores.changes.apply(scheduler, limit=500).more:
        pass


def runtime_says(stores: Stores, room: str, status: InstanceStatus, *, version: int) -> None:
    """The watcher learns something of a room."""
    stores.changes.push([_change(room, status, version=version, scheduler="arena")])
    stores.changes.apply("arena", limit=100)


def _change(room: str, status: InstanceStatus, *, version: int, scheduler: str) -> storage.Change:
    instance = make.instance(
        room=room,
        scheduler=scheduler,
        uid=f"uid-of-{room}",
        status=status,
        resource_version=str(version),
    )
    return make.change(instance)


def is_lost(stores: Stores, room: str) -> None:
    """The instance of a room is gone."""
    instance = make.instance(room=room, uid=f"uid-of-{room}", resource_version="99")
    stores.changes.push([make.gone(instance)])
    stores.changes.apply("arena", limit=100)


def says(
    stores: Stores,
    room: str,
    status: str = "ready",
    *,
    scheduler: str = "arena",
    **metadata: object,
) -> None:
    """A room pings."""
    stores.rooms.ping(scheduler, room, make.ping(PingStatus(status), metadata=metadata))


def claim(stores: Stores, grant: Grant, *rooms: str) -> None:
    """Maestro decides to delete rooms."""
    stores.rooms.claim_for_removal(grant, rooms, allowed=list(RoomStatus))
