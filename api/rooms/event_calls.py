"""
What rooms have told to forwarders, over HTTP and over gRPC alike.

Whatever goes wrong is part of the answer, as rooms of v10 expect it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from api.errors import UNAVAILABLE_TEXT
from api.rooms.services import RoomsServices
from maestro.errors import Refused, Unavailable

Answer = Mapping[str, Any]
Request = Mapping[str, Any]


def update_room_status(
    services: RoomsServices, request: Request, scheduler_name: str, room_name: str
) -> Answer:
    """Whether the status was told to all."""
    said, metadata = request["status"], request["metadata"]
    status = services.forwarding.status
    failure = _failure(lambda: status(scheduler_name, room_name, said, metadata))
    return {"success": not failure}


def forward_room_event(
    services: RoomsServices, request: Request, scheduler_name: str, room_name: str
) -> Answer:
    """Whether the event was told to all."""
    event, metadata = request["event"], request["metadata"]
    tell = services.forwarding.room_event
    return _told(_failure(lambda: tell(scheduler_name, room_name, event, metadata)))


def forward_player_event(
    services: RoomsServices, request: Request, scheduler_name: str, room_name: str
) -> Answer:
    """Whether the player's event was told to all."""
    event, metadata = request["event"], request["metadata"]
    tell = services.forwarding.player_event
    return _told(_failure(lambda: tell(scheduler_name, room_name, event, metadata)))


def _told(failure: str) -> Answer:
    return {"success": not failure, "message": failure}


def _failure(tell: Callable[[], str]) -> str:
    """Why it was not told to all; nothing when it was."""
    try:
        return tell()
    except Refused as error:
        return str(error)
    except Unavailable:
        return UNAVAILABLE_TEXT
