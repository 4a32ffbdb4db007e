"""Allocations on the wire."""

from api import fields
from api.messages import Message
from api.port_schema import PortSchema


class AllocateRoomRequestSchema(Message):
    """Nothing to choose yet."""


class AllocateRoomResponseSchema(Message):
    """The room that was reserved."""

    room_id = fields.String()
    success = fields.Boolean(about="Always true: a refusal has a status of its own.")
    message = fields.String()
    ports = fields.Repeated(fields.Embedded(PortSchema))
    host = fields.String()
