"""Where rooms are reached, over HTTP and over gRPC alike."""

from collections.abc import Mapping
from typing import Any

from api.rooms.services import RoomsServices


def get_room_address(
    services: RoomsServices, scheduler_name: str, room_name: str
) -> Mapping[str, Any]:
    """Host and ports of a room."""
    room = services.addresses.find(scheduler_name, room_name)
    return {"ports": room.ports, "host": room.host, "ipv6_label": ""}
