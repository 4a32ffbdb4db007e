"""Messages for forwarders as the wire has them."""

from typing import Any

from google.protobuf.message import Message as Wire

from maestro.domain.forwarding.messages import (
    Message,
    PlayerMessage,
    RoomEventMessage,
    RoomMessage,
)
from protos.eventforwarder import events_pb2

SERVICE = "eventforwarder.GRPCForwarder"


def request(message: Message) -> Wire:
    """The request of the method that the message names."""
    if isinstance(message, PlayerMessage):
        kinds = events_pb2.PlayerEvent.PlayerEventType
        return events_pb2.PlayerEvent(
            playerId=message.player,
            room=_room(message.room),
            eventType=kinds.PLAYER_JOINED if message.joined else kinds.PLAYER_LEFT,
            metadata=_texts(message.metadata),
        )
    if isinstance(message, RoomEventMessage):
        return events_pb2.RoomEvent(room=_room(message.room), eventType=_text(message.event))
    return events_pb2.RoomStatus(room=_room(message.room), statusType=str(message.status))


def _room(room: RoomMessage) -> events_pb2.Room:
    return events_pb2.Room(
        game=room.game,
        roomId=room.room_id,
        host=room.host,
        port=room.port,
        metadata=_texts(room.metadata),
        roomType=room.room_type,
    )


def _texts(values: Any) -> dict[str, str]:
    return {_text(key): _text(value) for key, value in values.items()}


def _text(value: str) -> str:
    """Protobuf refuses halves of surrogate pairs, which JSON can spell."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()
