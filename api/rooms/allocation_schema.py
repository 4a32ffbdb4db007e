"""Allocations on the wire."""

from typing import Any

from api import fields
from api.messages import Message
from api.port_schema import PortSchema
from maestro.domain.rooms import Room


class AllocateRoomRequestSchema(Message):
    """Nothing to choose yet."""


class AllocateRoomResponseSchema(Message):
    """The room that was reserved."""

    room_id = fields.String()
    success = fields.Boolean(about="Always true: a refusal has a status of its own.")
    message = fields.String()
    ports = fields.Repeated(fields.Embedded(PortSchema))
    host = fields.String()


def answer(room: Room) -> dict[str, Any]:
    """What a matchmaker learns of the room."""
    return {
        "room_id": room.id,
        "success": True,
        "message": "",
        "ports": room.ports,
        "host": room.host,
    }
