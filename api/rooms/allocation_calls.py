"""What matchmakers ask for, over HTTP and over gRPC alike."""

from collections.abc import Mapping
from typing import Any

from api.rooms.services import RoomsServices


def allocate_room(services: RoomsServices, _: object, scheduler_name: str) -> Mapping[str, Any]:
    """Reserve a room and tell where it is reached."""
    room = services.allocations.allocate(scheduler_name)
    return {
        "room_id": room.id,
        "success": True,
        "message": "",
        "ports": room.ports,
        "host": room.host,
    }


def permit(services: RoomsServices, authorization: str) -> None:
    """Raises Unauthenticated unless that header of a request allows to allocate."""
    services.allocation_access.check(authorization)
