"""Addresses of rooms on the wire."""

from api import fields
from api.messages import Message
from api.port_schema import PortSchema


class GetRoomAddressResponseSchema(Message):
    """Where a room is reached."""

    ports = fields.Repeated(fields.Embedded(PortSchema))
    host = fields.String()
    ipv6_label = fields.String(about="Always empty; kept for clients of v10.")
