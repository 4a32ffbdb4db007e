"""
Rooms: what they say (ping), what the runtime says (instance), and what follows (status).

The tables here are the only place that knows how a status comes about; the scripts in Redis
get them rendered in front of their text (`storage.redis.scripts`).
"""

import dataclasses
import datetime
import enum
import hashlib
from collections.abc import Mapping


class RoomStatus(enum.StrEnum):
    """What a room is, to operators, matchmakers and the fleet controller."""

    PENDING = "pending"
    UNREADY = "unready"
    READY = "ready"
    OCCUPIED = "occupied"
    TERMINATING = "terminating"
    ERROR = "error"
    TERMINATED = "terminated"
    ACTIVE = "active"
    ALLOCATED = "allocated"

    @property
    def code(self) -> int:
        """The number that v10 stores for it (contract 4.1)."""
        return _CODES[self]


_CODES = {status: code for code, status in enumerate(RoomStatus)}


class PingStatus(enum.StrEnum):
    """What a room said last."""

    UNKNOWN = "unknown"
    READY = "ready"
    OCCUPIED = "occupied"
    TERMINATING = "terminating"
    TERMINATED = "terminated"


class InstanceStatus(enum.StrEnum):
    """What the runtime said last."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    READY = "ready"
    TERMINATING = "terminating"
    ERROR = "error"


#: What a room may say in a ping; `unknown` is what it is before the first one.
SAYABLE = tuple(status for status in PingStatus if status is not PingStatus.UNKNOWN)

_P, _I, _R = PingStatus, InstanceStatus, RoomStatus

#: Contract 4.2, row by row.
COMPOSITION: Mapping[PingStatus, Mapping[InstanceStatus, RoomStatus]] = {
    _P.UNKNOWN: {
        _I.UNKNOWN: _R.PENDING,
        _I.PENDING: _R.PENDING,
        _I.READY: _R.UNREADY,
        _I.TERMINATING: _R.TERMINATING,
        _I.ERROR: _R.ERROR,
    },
    _P.READY: {
        _I.UNKNOWN: _R.PENDING,
        _I.PENDING: _R.PENDING,
        _I.READY: _R.READY,
        _I.TERMINATING: _R.TERMINATING,
        _I.ERROR: _R.ERROR,
    },
    _P.OCCUPIED: {
        _I.UNKNOWN: _R.PENDING,
        _I.PENDING: _R.PENDING,
        _I.READY: _R.OCCUPIED,
        _I.TERMINATING: _R.TERMINATING,
        _I.ERROR: _R.ERROR,
    },
    _P.TERMINATING: {
        _I.UNKNOWN: _R.TERMINATING,
        _I.PENDING: _R.TERMINATING,
        _I.READY: _R.TERMINATING,
        _I.TERMINATING: _R.TERMINATING,
        _I.ERROR: _R.ERROR,
    },
    _P.TERMINATED: {
        _I.UNKNOWN: _R.TERMINATED,
        _I.PENDING: _R.TERMINATED,
        _I.READY: _R.TERMINATED,
        _I.TERMINATING: _R.TERMINATED,
        _I.ERROR: _R.ERROR,
    },
}


class Load(enum.StrEnum):
    """How many of the matches that a room can host are running."""

    NONE = "none"
    SOME = "some"
    FULL = "full"


#: What the load makes of a composed status when a room hosts several matches (contract 4.2).
REFINEMENT: Mapping[RoomStatus, Mapping[Load, RoomStatus]] = {
    composed: {Load.NONE: _R.READY, Load.SOME: _R.ACTIVE, Load.FULL: _R.OCCUPIED}
    for composed in (_R.READY, _R.OCCUPIED)
}

#: As what a composed status shows while a claim (an allocation) is valid.
CLAIMED: Mapping[RoomStatus, RoomStatus] = {_R.READY: _R.ALLOCATED}

#: Composed statuses during which a claim holds; any other ends it.
CLAIM_HOLDS = frozenset({_R.READY, _R.PENDING, _R.UNREADY})

#: Nothing leaves these.
LAST = frozenset({_R.TERMINATED})

#: Statuses of a room that players may be in; no scale-down takes one.
IN_USE = frozenset({_R.OCCUPIED, _R.ACTIVE, _R.ALLOCATED})

#: What a room is while the runtime doubts that it works, whatever players do in it.
DOUBTFUL = frozenset({_R.PENDING, _R.UNREADY})

#: Statuses of a room that nobody will play in any more.
SPENT = frozenset({_R.ERROR, _R.TERMINATING, _R.TERMINATED})

#: Room status → what the runtime says of a room that forwarders hold for over (contract 7).
OVER: Mapping[RoomStatus, frozenset[InstanceStatus]] = {
    _R.ERROR: frozenset(_I),
    _R.TERMINATING: frozenset({_I.TERMINATING}),
    _R.TERMINATED: frozenset({_I.TERMINATING}),
}

#: Free of players, in the order in which a scale-down takes them (contract, decision 23).
REMOVABLE = (_R.ERROR, _R.UNREADY, _R.PENDING, _R.READY)


class AllocationOrder(enum.StrEnum):
    """Which of the rooms that are ready is given to a matchmaker."""

    LONGEST_READY = "longest_ready"
    NEWEST = "newest"
    RANDOM = "random"


def status_of(
    *,
    ping: PingStatus,
    instance: InstanceStatus,
    matches: int = 0,
    max_matches: int = 1,
) -> RoomStatus:
    """The status that what is said composes to (contract 4.2), claims and history apart."""
    composed = COMPOSITION[ping][instance]
    if max_matches == 1 or composed not in REFINEMENT:
        return composed
    return REFINEMENT[composed][load_of(matches, max_matches)]


def is_over(*, status: RoomStatus, instance: InstanceStatus, deleting: bool) -> bool:
    """Whether forwarders are told that the room is terminated; `deleting` as in `next_status`."""
    return deleting or instance in OVER.get(status, frozenset())


def load_of(matches: int, max_matches: int) -> Load:
    """How full a room is that hosts up to `max_matches` at once."""
    if matches < 1:
        return Load.NONE
    return Load.FULL if matches >= max_matches else Load.SOME


def next_status(
    *, stored: RoomStatus, composed: RoomStatus, claimed: bool, deleting: bool
) -> RoomStatus:
    """
    The status to store (contract, decision 22).

    `claimed`: an allocation of the room is still valid. `deleting`: Maestro decided to delete
    the room and its instance is not gone yet.
    """
    if stored in LAST:
        return stored
    if deleting:
        return _R.TERMINATING
    return CLAIMED.get(composed, composed) if claimed else composed


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class HostPort:
    """Where one port of a room is reached."""

    name: str
    protocol: str
    port: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """What the runtime knows of one room."""

    room: str
    scheduler: str
    #: The runtime's own id of this very instance; a re-created one has another.
    uid: str
    #: Of this state; newer states have greater numbers. Text, because Kubernetes says so.
    resource_version: str
    status: InstanceStatus
    description: str = ""
    #: Empty until the room has an address.
    host: str = ""
    ports: tuple[HostPort, ...] = ()
    #: What Maestro noted when it created the instance.
    version: str = ""
    operation: str = ""
    is_validation: bool = False
    created_at: datetime.datetime | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """One game room as the store knows it."""

    id: str
    scheduler: str
    version: str
    status: RoomStatus
    ping_status: PingStatus
    instance_status: InstanceStatus
    instance_description: str
    #: Of the instance; empty until the runtime acknowledged the creation.
    uid: str
    host: str
    ports: tuple[HostPort, ...]
    running_matches: int
    metadata: Mapping[str, object]
    is_validation: bool
    operation: str
    created_at: datetime.datetime
    #: None until the first ping.
    last_ping_at: datetime.datetime | None
    #: End of the reservation of an allocated room.
    allocated_until: datetime.datetime | None
    #: When Maestro decided to delete it.
    terminating_since: datetime.datetime | None
    #: Whether the runtime accepted the deletion.
    deletion_accepted: bool


def is_in_use(room: Room, now: datetime.datetime) -> bool:
    """Whether players may be in it, also while the runtime doubts that it works."""
    if room.status not in DOUBTFUL:
        return room.status in IN_USE
    is_claimed = room.allocated_until is not None and room.allocated_until > now
    return is_claimed or room.ping_status is PingStatus.OCCUPIED or room.running_matches > 0


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class NewRoom:
    """A room about to be created."""

    id: str
    scheduler: str
    version: str
    operation: str
    #: Of the operation, for whoever wonders where a room comes from.
    attempt: int = 1
    ports: tuple[HostPort, ...] = ()
    is_validation: bool = False
    #: Of the request that the operation goes back to, if there was one.
    request_id: str = ""


#: Of Kubernetes' generated names: no vowels, no characters that look alike.
SAFE_CHARACTERS = "bcdfghjklmnpqrstvwxz2456789"
_MAX_NAME = 63
_SUFFIX = 10


def room_name(scheduler: str, operation: str, kind: str, index: int) -> str:
    """
    The name of the room that an operation creates at `index` (contract, decision 38).

    The same arguments give the same name, so that an operation that runs twice asks for the
    same rooms. `kind` tells apart what one operation creates for different purposes.
    """
    digest = hashlib.sha256(f"{operation}/{kind}/{index}".encode()).digest()
    number = int.from_bytes(digest, "big")
    suffix = []
    for _ in range(_SUFFIX):
        number, position = divmod(number, len(SAFE_CHARACTERS))
        suffix.append(SAFE_CHARACTERS[position])
    return f"{scheduler[: _MAX_NAME - _SUFFIX - 1]}-{''.join(suffix)}"
