"""Pings on the wire. A ping is a heartbeat: little about its form may cost it (see `make`)."""

from collections.abc import Mapping
from typing import Any

from api import bodies, errors, fields
from api.messages import Message
from maestro import metrics
from maestro.domain.rooms import SAYABLE, PingStatus
from maestro.ports.storage import Ping

#: Larger metadata is not stored.
MAX_METADATA_BYTES = 64 * 1024

_STATUSES: Mapping[str, PingStatus] = {str(status): status for status in SAYABLE}
#: Longer numbers may not fit into 64 bits, which takes a closer look.
_FEW_DIGITS = 18


class _Metadata(fields.Struct):
    """A JSON object; one too large or too deep to be stored is no mistake of its type."""

    def _deserialize(self, value: fields.Json, *_: object, **__: object) -> dict[str, fields.Json]:
        return fields.json_object(value)


class UpdateRoomWithPingRequestSchema(Message):
    """What a room says of itself."""

    metadata = _Metadata(
        about=f"Not stored when it is larger than {MAX_METADATA_BYTES} bytes, or nested more than"
        f" {fields.DEEPEST} levels deep."
    )
    status = fields.String(about=f"One of {', '.join(SAYABLE)}.")
    timestamp = fields.Int64(about="Ignored: the clock of the server counts.")
    running_matches = fields.Int64(about="Negative numbers count as 0.")

    def load(self, data: Any, **options: Any) -> Any:
        """As every message is read, but what rooms usually say without looking at each field."""
        usual = _usual(data)
        return super().load(data, **options) if usual is None else self.make(**usual)

    def make(self, **values: Any) -> Ping:
        """The ping, with what cannot be true set right."""
        status = _status(values["status"])
        metadata = _storable(values["metadata"])
        matches = _possible(values["running_matches"])
        if status is PingStatus.OCCUPIED:
            matches = max(1, matches)
        return Ping(status=status, running_matches=matches, metadata=metadata)


class UpdateRoomWithPingResponseSchema(Message):
    """Whether the ping was stored."""

    success = fields.Boolean(about="False for an unknown room, or when a store is away.")


def _usual(data: Any) -> dict[str, Any] | None:
    """The values of a ping in which all is of the plainest type, in JSON's own spelling."""
    values: dict[str, Any] = {"status": "", "metadata": {}, "running_matches": 0}
    for key, value in data.items() if type(data) is dict else ():
        if key == "status" and type(value) is str and value in _STATUSES:
            values["status"] = value
        elif key == "runningMatches" and _is_plain_integer(value):
            values["running_matches"] = int(value)
        elif key == "metadata" and type(value) is dict:
            values["metadata"] = value
        elif key != "timestamp" or not _is_plain_integer(value):
            return None
    return values if values["status"] else None


def _is_plain_integer(value: Any) -> bool:
    if type(value) is str:
        return value.isascii() and value.isdecimal() and len(value) <= _FEW_DIGITS
    return type(value) is int and 0 <= value < 10**_FEW_DIGITS


def _status(said: str) -> PingStatus:
    if said not in _STATUSES:
        text = f"cannot convert string {said} to a valid GameRoomStatus representation"
        raise errors.refused("status", text)
    return _STATUSES[said]


def _possible(matches: int) -> int:
    if matches < 0:
        metrics.PING_NEGATIVE_MATCHES.inc()
    return max(0, matches)


def _storable(metadata: Mapping[str, object]) -> Mapping[str, object] | None:
    if not metadata or _fits(metadata):
        return metadata
    metrics.PING_METADATA_NOT_STORED.inc()
    return None


def _fits(metadata: Mapping[str, object]) -> bool:
    is_small = len(bodies.write(metadata)) <= MAX_METADATA_BYTES
    return is_small and not fields.is_too_deep(metadata)
