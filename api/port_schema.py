"""Where a port of a room is reached, as both APIs tell it."""

from api import fields
from api.messages import Message


class _Protocol(fields.String):
    """In capitals, as v10 tells it."""

    def _serialize(self, value: object, *_: object, **__: object) -> str:
        return str(value).upper()


class PortSchema(Message):
    """Where one port of a room is reached."""

    name = fields.String()
    protocol = _Protocol(about="TCP, UDP or SCTP.")
    port = fields.Int32()
