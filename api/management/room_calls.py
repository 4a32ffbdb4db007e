"""What is called about rooms by operators, over HTTP and over gRPC alike."""

from collections.abc import Mapping
from typing import Any

from api.management.room_schema import RoomsQuery
from api.management.services import ManagementServices


def list_rooms(
    services: ManagementServices, query: RoomsQuery, scheduler_name: str
) -> Mapping[str, Any]:
    """A page of the rooms of a scheduler, validation rooms included."""
    found, total = services.rooms.page(
        scheduler_name,
        status=query.status,
        version=query.version,
        page=query.page,
        per_page=query.per_page,
    )
    return {"rooms": found, "page": query.page, "page_size": query.per_page, "total": total}


def get_room(
    services: ManagementServices, scheduler_name: str, room_name: str
) -> Mapping[str, Any]:
    """One room."""
    return {"room": services.rooms.get(scheduler_name, room_name)}
