"""
Events: what happened, before it is put into the words of one forwarder.

The attributes are those that v10 gave to its forwarders: what the room said, and what kind of
event it is on top of that.
"""

import dataclasses
import enum
from collections.abc import Mapping

from maestro import errors
from maestro.domain.rooms import HostPort, PingStatus, Room


class EventKind(enum.StrEnum):
    """What kind of event it is; the value of the attribute `eventType`."""

    RESYNC = "resync"
    STATUS = "status"
    ROOM_EVENT = "roomEvent"
    PLAYER_JOIN = "playerJoin"
    PLAYER_LEFT = "playerLeft"


#: Kinds that are about a player.
OF_PLAYERS = frozenset({EventKind.PLAYER_JOIN, EventKind.PLAYER_LEFT})

#: Rooms that say so may be gone already when it is forwarded.
_LEAVING = (PingStatus.TERMINATING, PingStatus.TERMINATED)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened in a room."""

    kind: EventKind
    room: str
    game: str
    #: Of JSON's types.
    attributes: Mapping[str, object]
    #: Where the room is, or was; empty when that is not known.
    host: str = ""
    ports: tuple[HostPort, ...] = ()
    #: Whether it is told even when nobody knows where the room is.
    without_address: bool = False

    def at(self, room: Room) -> "Event":
        """The event with the address that the room has."""
        return dataclasses.replace(
            self, host=room.host, ports=room.ports if room.host else (), without_address=False
        )

    def nowhere(self) -> "Event":
        """The event of a room that is not known any more."""
        return dataclasses.replace(self, without_address=True)

    @property
    def is_unreliable(self) -> bool:
        """Whether the room may be unknown: it is ending, or over."""
        said = (self.attributes.get("roomEvent"), self.attributes.get("pingType"))
        return any(each in _LEAVING for each in said)


def resync(room: str, game: str, ping: PingStatus, metadata: Mapping[str, object]) -> Event:
    """What a ping said."""
    return _event(EventKind.RESYNC, room, game, metadata, pingType=str(ping))


def terminated(room: str, game: str) -> Event:
    """The room is over, whatever it said of itself."""
    over = str(PingStatus.TERMINATED)
    told = _event(EventKind.STATUS, room, game, {}, pingType=over, roomEvent=over)
    return dataclasses.replace(told, without_address=True)


def status(room: str, game: str, said: str, metadata: Mapping[str, object]) -> Event:
    """A status that a room wants to have told; raises NotForwarded for one that nobody knows."""
    ping_status(said)
    return _event(EventKind.STATUS, room, game, metadata, pingType=said)


def room_event(room: str, game: str, name: str, metadata: Mapping[str, object]) -> Event:
    """An event that only the game understands."""
    return _event(EventKind.ROOM_EVENT, room, game, metadata, roomEvent=name)


def player_event(room: str, game: str, name: str, metadata: Mapping[str, object]) -> Event:
    """A player came or left; raises NotForwarded for anything else."""
    if name not in OF_PLAYERS:
        known = " or ".join(sorted(OF_PLAYERS))
        raise errors.NotForwarded(f'invalid player event "{name}", it should be {known}')
    return _event(EventKind(name), room, game, metadata)


def ping_status(said: object) -> PingStatus:
    """The status that is meant, whatever its case; raises NotForwarded."""
    try:
        meant = PingStatus(str(said).lower())
    except ValueError:
        meant = PingStatus.UNKNOWN
    if meant is PingStatus.UNKNOWN:
        raise errors.NotForwarded(f'invalid room status "{said}"')
    return meant


def _event(
    kind: EventKind, room: str, game: str, metadata: Mapping[str, object], **attributes: str
) -> Event:
    every = {**metadata, **attributes, "eventType": str(kind)}
    return Event(kind=kind, room=room, game=game, attributes=every)
