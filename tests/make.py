"""Valid values of the domain; a test names only what it is about."""

import dataclasses
import datetime
import itertools
import uuid
from decimal import Decimal
from typing import Any

from maestro.domain import decisions, operations, rooms, schedulers
from maestro.domain.forwarding import events
from maestro.ports import storage

NOW = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.UTC)

_numbers = itertools.count(1)


def operation_id() -> str:
    """An id that no other operation of this run has; later ones are greater."""
    return str(uuid.UUID(int=next(_numbers)))


def uid(name: str) -> str:
    """The uid that `scheduler(name=name)` has."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


# Schedulers -------------------------------------------------------------------

PORT_RANGE = schedulers.PortRange(start=40000, end=40099)


def container_port(**changes: Any) -> schedulers.ContainerPort:
    """The port that players connect to."""
    port = schedulers.ContainerPort(name="game", protocol="udp", port=7777)
    return dataclasses.replace(port, **changes)


def ranged_port(start: int, end: int, **changes: Any) -> schedulers.ContainerPort:
    """A port that brings its own range of host ports."""
    return container_port(host_port_range=schedulers.PortRange(start=start, end=end), **changes)


def container(**changes: Any) -> schedulers.Container:
    """A small game server."""
    small = schedulers.Container(
        name="game-server",
        image="registry.example.com/arena:1",
        image_pull_policy="IfNotPresent",
        requests=schedulers.Resources(memory="64Mi", cpu="100m"),
        limits=schedulers.Resources(memory="128Mi", cpu="200m"),
        command=("./arena",),
        ports=(container_port(),),
    )
    return dataclasses.replace(small, **changes)


def spec(**changes: Any) -> schedulers.Spec:
    """A room of one container."""
    simple = schedulers.Spec(
        version="v1.0.0", termination_grace_period_ns=10_000_000_000, containers=(container(),)
    )
    return dataclasses.replace(simple, **changes)


def scheduler(**changes: Any) -> schedulers.Scheduler:
    """A fleet of three rooms, `arena` unless named otherwise."""
    changes.setdefault("name", "arena")
    changes.setdefault("uid", uid(changes["name"]))
    fleet = schedulers.Scheduler(
        name="",
        game="arena-game",
        spec=spec(),
        max_surge="25%",
        port_range=PORT_RANGE,
        rooms_replicas=3,
        created_at=NOW,
    )
    return dataclasses.replace(fleet, **changes)


def in_version(version: str, **changes: Any) -> schedulers.Scheduler:
    """The scheduler in another of its versions."""
    return scheduler(spec=spec(version=version), **changes)


def occupancy(
    ready_target: str = "0.3", down_threshold: str = "0.99"
) -> schedulers.PolicyParameters:
    """Parameters of the policy that keeps a share of the match slots free."""
    return schedulers.PolicyParameters(
        room_occupancy=schedulers.RoomOccupancy(
            ready_target=Decimal(ready_target), down_threshold=Decimal(down_threshold)
        )
    )


def fixed_buffer(amount: int = 5) -> schedulers.PolicyParameters:
    """Parameters of the policy that keeps a number of rooms free."""
    return schedulers.PolicyParameters(fixed_buffer=schedulers.FixedBuffer(amount=amount))


def autoscaling(**changes: Any) -> schedulers.Autoscaling:
    """Between 1 and 10 rooms, as occupancy asks."""
    scaling = schedulers.Autoscaling(
        enabled=True,
        min=1,
        max=10,
        policy=schedulers.Policy(type="roomOccupancy", parameters=occupancy()),
        cooldown_s=60,
    )
    return dataclasses.replace(scaling, **changes)


def match_allocation(max_matches: int) -> schedulers.MatchAllocation:
    """Rooms that host so many matches at once."""
    return schedulers.MatchAllocation(max_matches=max_matches)


def downscaled(of: schedulers.Scheduler, *, at: datetime.datetime) -> schedulers.Scheduler:
    """The same, made smaller at that time."""
    return dataclasses.replace(of, last_downscale_at=at)


def forwarder(**changes: Any) -> schedulers.Forwarder:
    """A matchmaker that wants to know what happens to rooms."""
    matchmaker = schedulers.Forwarder(
        name="matchmaker",
        enabled=True,
        forward_type="gRPC",
        address="matchmaker.example.com:8080",
    )
    return dataclasses.replace(matchmaker, **changes)


# Operations -------------------------------------------------------------------


def operation(
    definition: operations.Definition | None = None, **changes: Any
) -> operations.Operation:
    """An operation nobody has begun; one that adds a room unless told otherwise."""
    changes.setdefault("scheduler", "arena")
    pending = operations.Operation(
        id=changes.pop("id", None) or operation_id(),
        scheduler="",
        scheduler_uid=uid(changes["scheduler"]),
        definition=definition or operations.AddRooms(amount=1),
        created_at=NOW,
        request_id="request-1",
    )
    return dataclasses.replace(pending, **changes)


def decision(**changes: Any) -> decisions.Decision:
    """Two rooms more are wanted than there are."""
    more = decisions.Decision(
        at=NOW,
        policy="roomOccupancy",
        inputs={"matches": 1, "readyTarget": 0.5, "é": [1, {"a_b": None}]},
        formula="ceil(ceil(1 / (1 - 0.5)) / 1)",
        raw=2,
        desired=3,
        bounds=("raised to min 3",),
        available=1,
        outcome="add 2 rooms",
        operation_id="op-1",
    )
    return dataclasses.replace(more, **changes)


# Rooms ------------------------------------------------------------------------


def host_ports(port: int = 40000) -> tuple[rooms.HostPort, ...]:
    """Where the `game` port of a room is reached."""
    return (rooms.HostPort(name="game", protocol="udp", port=port),)


def new_room(**changes: Any) -> rooms.NewRoom:
    """A room about to be created."""
    room = rooms.NewRoom(
        id="arena-1",
        scheduler="arena",
        version="v1.0.0",
        operation="00000000-0000-0000-0000-000000000000",
        ports=host_ports(),
    )
    return dataclasses.replace(room, **changes)


def instance(**changes: Any) -> rooms.Instance:
    """What the runtime says of a room that just started to run."""
    running = rooms.Instance(
        room="arena-1",
        scheduler="arena",
        uid="instance-1",
        resource_version="10",
        status=rooms.InstanceStatus.READY,
        host="10.0.0.1",
        ports=host_ports(),
        version="v1.0.0",
        operation="00000000-0000-0000-0000-000000000000",
        created_at=NOW,
    )
    return dataclasses.replace(running, **changes)


def ping(status: rooms.PingStatus = rooms.PingStatus.READY, **changes: Any) -> storage.Ping:
    """A room saying that it is fine."""
    return dataclasses.replace(storage.Ping(status=status), **changes)


def change(instance_of: rooms.Instance | None = None, **changes: Any) -> storage.Change:
    """News of a room that is there; `instance_of` says what it is like."""
    shown = instance_of or instance()
    news = storage.Change(
        scheduler=shown.scheduler,
        room=shown.room,
        epoch=1,
        uid=shown.uid,
        resource_version=shown.resource_version,
        instance=shown,
    )
    return dataclasses.replace(news, **changes)


def gone(instance_of: rooms.Instance | None = None, **changes: Any) -> storage.Change:
    """News of a room whose instance ended."""
    return dataclasses.replace(change(instance_of), instance=None, **changes)


def absent(listed_at: datetime.datetime, **changes: Any) -> storage.Change:
    """News of a room that a full list, begun at `listed_at`, does not show."""
    return gone(uid="", resource_version="", listed_at=listed_at, **changes)


def room(**changes: Any) -> rooms.Room:
    """A room that waits for players, as the store knows it."""
    ready = rooms.Room(
        id="arena-1",
        scheduler="arena",
        version="v1.0.0",
        status=rooms.RoomStatus.READY,
        ping_status=rooms.PingStatus.READY,
        instance_status=rooms.InstanceStatus.READY,
        instance_description="",
        uid="instance-1",
        host="10.0.0.1",
        ports=host_ports(),
        running_matches=0,
        metadata={},
        is_validation=False,
        operation="op-1",
        created_at=NOW,
        last_ping_at=None,
        allocated_until=None,
        terminating_since=None,
        deletion_accepted=False,
    )
    return dataclasses.replace(ready, **changes)


def fleet_of(*, version: str = "v1.0.0", **amounts: int) -> list[rooms.Room]:
    """So many rooms of each status, such as `ready=3, occupied=2`; one match per occupied one."""
    return [
        room(
            id=f"{version}-{status}-{index}",
            version=version,
            status=rooms.RoomStatus(status),
            running_matches=int(status == "occupied"),
        )
        for status, amount in amounts.items()
        for index in range(amount)
    ]


# Events -----------------------------------------------------------------------


def event(room: str = "arena-1", **attributes: object) -> events.Event:
    """A status that a room wants to have told."""
    told = events.status(room, "arena-game", "ready", {})
    return dataclasses.replace(told, attributes={**told.attributes, **attributes})
