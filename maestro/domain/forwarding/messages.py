"""
Events in the words of one forwarder: which method it is called with, and what it is told.

Values only; the adapter turns them into messages of the wire.
"""

import dataclasses
import enum
import json
from collections.abc import Mapping, Sequence

from maestro import errors
from maestro.domain.forwarding.events import OF_PLAYERS, Event, EventKind, ping_status
from maestro.domain.forwarding.rendering import json_text
from maestro.domain.rooms import HostPort, PingStatus
from maestro.domain.schedulers import Forwarder

#: The port that players connect to, where several have names.
CLIENT_PORT = "clientPort"


class Method(enum.StrEnum):
    """The methods of a forwarder that are called."""

    STATUS = "SendRoomStatus"
    RESYNC = "SendRoomResync"
    ROOM_EVENT = "SendRoomEvent"
    PLAYER_EVENT = "SendPlayerEvent"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RoomMessage:
    """The room that a message is about."""

    game: str
    room_id: str
    host: str = ""
    port: int = 0
    metadata: Mapping[str, str] = dataclasses.field(default_factory=dict)
    room_type: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class StatusMessage:
    """The status of a room."""

    method: Method
    room: RoomMessage
    status: PingStatus


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RoomEventMessage:
    """Something that happened in a room."""

    room: RoomMessage
    event: str
    method: Method = Method.ROOM_EVENT


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PlayerMessage:
    """A player came or left."""

    room: RoomMessage
    player: str
    joined: bool
    metadata: Mapping[str, str]
    method: Method = Method.PLAYER_EVENT


Message = StatusMessage | RoomEventMessage | PlayerMessage


def message(event: Event, forwarder: Forwarder, *, scheduler: str) -> Message:
    """What `forwarder` is told; raises NotForwarded when the event lacks what it needs."""
    if event.kind in OF_PLAYERS:
        return _player_message(event, forwarder, scheduler)
    port = _port(event, forwarder, scheduler)
    said = _with_ports(event)
    own = forwarder.options.metadata
    if event.kind is EventKind.ROOM_EVENT:
        # What the forwarder is always told comes last here, and first everywhere else.
        room = _room(event, port, {**said, **own})
        return RoomEventMessage(room=room, event=str(said["roomEvent"]))
    room = _room(event, port, {**own, **said})
    room_type = own.get("roomType")
    if isinstance(room_type, str):
        room = dataclasses.replace(room, room_type=room_type)
    method = Method.RESYNC if event.kind is EventKind.RESYNC else Method.STATUS
    return StatusMessage(method=method, room=room, status=ping_status(said["pingType"]))


def _player_message(event: Event, forwarder: Forwarder, scheduler: str) -> PlayerMessage:
    player = event.attributes.get("playerId")
    if not isinstance(player, str):
        raise errors.NotForwarded(
            'eventAttributes must contain key "playerId" in playerEvent events. '
            f'Forwarder name: "{forwarder.name}", Scheduler: "{scheduler}"'
        )
    said = dict(event.attributes)
    if "roomType" in forwarder.options.metadata:
        said["roomType"] = forwarder.options.metadata["roomType"]
    return PlayerMessage(
        room=RoomMessage(game=event.game, room_id=event.room),
        player=player,
        joined=event.kind is EventKind.PLAYER_JOIN,
        metadata=_texts(said),
    )


def _port(event: Event, forwarder: Forwarder, scheduler: str) -> int:
    if event.ports:
        named = [port.port for port in event.ports if port.name == CLIENT_PORT]
        return (named or [event.ports[0].port])[0]
    if event.without_address:
        return 0
    raise errors.NotForwarded(
        "no room port found to forward roomEvent. "
        f'Forwarder name: "{forwarder.name}", Scheduler: "{scheduler}"'
    )


def _with_ports(event: Event) -> Mapping[str, object]:
    if not event.ports:
        return event.attributes
    return {**event.attributes, "ports": _ports_text(event.ports)}


def _ports_text(ports: Sequence[HostPort]) -> str:
    listed = [
        {"name": port.name, "port": port.port, "protocol": port.protocol.upper()} for port in ports
    ]
    return json.dumps(listed, separators=(",", ":"))


def _room(event: Event, port: int, metadata: Mapping[str, object]) -> RoomMessage:
    return RoomMessage(
        game=event.game, room_id=event.room, host=event.host, port=port, metadata=_texts(metadata)
    )


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {key: json_text(value) for key, value in values.items()}
