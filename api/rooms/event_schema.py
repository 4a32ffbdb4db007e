"""Events on the wire: what rooms want to have told to forwarders."""

from api import fields
from api.messages import Message
from maestro.domain.rooms import SAYABLE


class UpdateRoomStatusRequestSchema(Message):
    """A status to be told; the room's own follows from its pings."""

    metadata = fields.Struct(nul_allowed=True)
    status = fields.String(about=f"One of {', '.join(SAYABLE)}.")
    timestamp = fields.Int64(about="Ignored: the clock of the server counts.")
    running_matches = fields.Int64(about="Ignored.")


class UpdateRoomStatusResponseSchema(Message):
    """Whether all forwarders took it."""

    success = fields.Boolean(about="False also for a status that nobody knows.")


class ForwardRoomEventRequestSchema(Message):
    """Something in a room that only the game understands."""

    metadata = fields.Struct(nul_allowed=True)
    event = fields.String(about="The name of the event.")
    timestamp = fields.Int64(about="Ignored: the clock of the server counts.")


class ForwardRoomEventResponseSchema(Message):
    """Whether all forwarders took it."""

    success = fields.Boolean()
    message = fields.String(about="Why they did not.")


class ForwardPlayerEventRequestSchema(Message):
    """A player came or left."""

    metadata = fields.Struct(
        nul_allowed=True, about="Must have the text `playerId` when there is a forwarder."
    )
    event = fields.String(about="playerJoin or playerLeft.")
    timestamp = fields.Int64(about="Ignored: the clock of the server counts.")


class ForwardPlayerEventResponseSchema(Message):
    """Whether all forwarders took it."""

    success = fields.Boolean()
    message = fields.String(about="Why they did not.")
