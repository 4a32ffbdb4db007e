"""Allocations on the wire."""

import dataclasses
from typing import Any

from api import fields
from api.messages import Message
from maestro.domain.rooms import Room


class PortSchema(Message):
    """Where one port of a room is reached."""

    name = fields.String()
    protocol = fields.String(about="TCP, UDP or SCTP.")
    port = fields.Int32()


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
    ports = [dataclasses.replace(port, protocol=port.protocol.upper()) for port in room.ports]
    return {
        "room_id": room.id,
        "success": True,
        "message": "",
        "ports": ports,
        "host": room.host,
    }
