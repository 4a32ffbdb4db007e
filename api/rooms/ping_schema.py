"""Pings on the wire. A ping is a heartbeat: little about its form may cost it (see `make`)."""

from collections.abc import Mapping
from typing import Any

from api import bodies, errors, fields
from api.messages import Message
from maestro.domain.rooms import SAYABLE, PingStatus
from maestro.ports.storage import Ping

#: Larger metadata is not stored.
MAX_METADATA_BYTES = 64 * 1024


class UpdateRoomWithPingRequestSchema(Message):
    """What a room says of itself."""

    metadata = fields.Struct(
        nul_allowed=True, about=f"Not stored when it is larger than {MAX_METADATA_BYTES} bytes."
    )
    status = fields.String(about=f"One of {', '.join(SAYABLE)}.")
    timestamp = fields.Int64(about="Ignored: the clock of the server counts.")
    running_matches = fields.Int64(about="Negative numbers count as 0.")

    def make(self, **values: Any) -> Ping:
        """The ping, with what cannot be true set right."""
        status = _status(values["status"])
        matches = max(0, values["running_matches"])
        if status is PingStatus.OCCUPIED:
            matches = max(1, matches)
        return Ping(status=status, running_matches=matches, metadata=_storable(values["metadata"]))


class UpdateRoomWithPingResponseSchema(Message):
    """Whether the ping was stored."""

    success = fields.Boolean(about="False for an unknown room, or when a store is away.")


def _status(said: str) -> PingStatus:
    if said not in SAYABLE:
        text = f"cannot convert string {said} to a valid GameRoomStatus representation"
        raise errors.refused("status", text)
    return PingStatus(said)


def _storable(metadata: Mapping[str, object]) -> Mapping[str, object] | None:
    return metadata if len(bodies.write(metadata)) <= MAX_METADATA_BYTES else None
