"""What the rooms API answers, over HTTP by both ways and over gRPC."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
import redis
from google.protobuf import struct_pb2

from maestro import errors
from maestro.domain.rooms import AllocationOrder, HostPort, PingStatus, RoomStatus
from maestro.ports.storage import Ping
from maestro.services.access import BearerToken
from maestro.services.allocation import Allocations
from maestro.services.wakes import Wakes
from protos.api.v1.rooms_pb2 import UpdateRoomWithPingRequest
from tests import make
from tests.contract import asking, calls, serving
from tests.contract.calls import Answer, Call
from tests.contract.conftest import in_redis
from tests.contract.test_room_store import become, register
from tests.fakes.maestro import FakeMaestro
from tests.fakes.services import Services

ARENA_1 = {"schedulerName": "arena", "roomName": "arena-1"}
READY, OCCUPIED = PingStatus.READY, PingStatus.OCCUPIED
#: `{"text":"…"}` of exactly the size that is still stored.
LARGEST = {"text": "a" * (64 * 1024 - 11)}
PORTS = (HostPort(name="game", protocol="udp", port=40000),)
TOLD_PORTS = [{"name": "game", "protocol": "UDP", "port": 40000}]

Calling = Callable[[Services], Call]


@pytest.fixture
def services() -> Services:
    """One room."""
    services = Services()
    services.rooms.stored = [make.room(host="10.0.0.1", ports=PORTS)]
    return services


@pytest.fixture
def call(calling_rooms: Calling, services: Services) -> Call:
    return calling_rooms(services)


# Pings


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ({"status": "ready"}, Ping(status=READY, metadata={})),
        ({"status": "ready", "timestamp": "12312312313"}, Ping(status=READY, metadata={})),
        ({"status": "occupied"}, Ping(status=OCCUPIED, running_matches=1, metadata={})),
        (
            {"status": "occupied", "runningMatches": "5"},
            Ping(status=OCCUPIED, running_matches=5, metadata={}),
        ),
        ({"status": "ready", "runningMatches": "-7"}, Ping(status=READY, metadata={})),
        (
            {"status": "occupied", "runningMatches": str(-(2**63))},
            Ping(status=OCCUPIED, running_matches=1, metadata={}),
        ),
        (
            {"status": "ready", "metadata": {"a_b": {"c": [1, 2.5, None, "\0"]}}},
            Ping(status=READY, metadata={"a_b": {"c": [1, 2.5, None, "\0"]}}),
        ),
        ({"status": "ready", "metadata": LARGEST}, Ping(status=READY, metadata=LARGEST)),
        ({"status": "ready", "metadata": LARGEST | {"b": 1}}, Ping(status=READY, metadata=None)),
    ],
)
def test_a_ping_is_stored_as_what_it_means(
    call: Call, services: Services, said: dict[str, Any], stored: Ping
) -> None:
    answer = call("UpdateRoomWithPing", ARENA_1 | said)

    assert answer == Answer(body={"success": True})
    assert services.rooms.pings == [("arena", "arena-1", stored)]


@pytest.mark.parametrize("status", ["", "Ready", "unknown", "allocated", "ready ", "ä"])
def test_a_status_nobody_knows_is_refused(call: Call, services: Services, status: str) -> None:
    answer = call("UpdateRoomWithPing", ARENA_1 | {"status": status})

    assert answer == Answer(
        code=3,
        message=f"cannot convert string {status} to a valid GameRoomStatus representation",
        fields=["status"],
    )
    assert services.rooms.pings == []


@pytest.mark.parametrize("name", ["none", "ä", "a b", "{arena}"])
def test_a_ping_of_an_unknown_room_is_no_success(call: Call, name: str) -> None:
    for request in (ARENA_1 | {"roomName": name}, ARENA_1 | {"schedulerName": name}):
        answer = call("UpdateRoomWithPing", request | {"status": "ready"})

        assert answer == Answer(body={"success": False})


def test_a_ping_is_no_success_while_a_store_is_away(call: Call, services: Services) -> None:
    services.rooms.error = errors.Unavailable("redis")

    answer = call("UpdateRoomWithPing", ARENA_1 | {"status": "ready"})

    assert answer == Answer(body={"success": False})


# Addresses


def test_players_learn_where_a_room_is(call: Call) -> None:
    answer = call("GetRoomAddress", ARENA_1)

    assert answer == Answer(body={"ports": TOLD_PORTS, "host": "10.0.0.1", "ipv6Label": ""})


def test_a_room_without_an_address_has_none_yet(call: Call, services: Services) -> None:
    services.rooms.stored = [make.room(host="", ports=())]

    answer = call("GetRoomAddress", ARENA_1)

    assert answer == Answer(code=9, message="room arena-1 has no address yet")


@pytest.mark.parametrize("request_", [{"roomName": "none"}, {"schedulerName": "none"}])
def test_an_unknown_room_has_no_address(call: Call, request_: dict[str, str]) -> None:
    assert call("GetRoomAddress", ARENA_1 | request_).code == 5


def test_where_a_room_is_cannot_be_told_while_a_store_is_away(
    call: Call, services: Services
) -> None:
    services.rooms.error = errors.Unavailable("redis")

    assert call("GetRoomAddress", ARENA_1).code == 14


# Allocations


def test_a_matchmaker_learns_where_the_room_is(call: Call) -> None:
    answer = call("AllocateRoom", {"schedulerName": "arena"})

    assert answer == Answer(
        body={
            "roomId": "arena-1",
            "success": True,
            "message": "",
            "ports": TOLD_PORTS,
            "host": "10.0.0.1",
        }
    )


def test_without_a_ready_room_it_is_asked_to_come_again(call: Call, services: Services) -> None:
    services.rooms.stored = [make.room(status=RoomStatus.OCCUPIED)]

    answer = call("AllocateRoom", {"schedulerName": "arena"})

    assert answer == Answer(code=8, message="no ready rooms available for scheduler arena")


def test_an_unknown_scheduler_is_not_found(call: Call) -> None:
    assert call("AllocateRoom", {"schedulerName": "nobody"}).code == 5


def test_who_does_not_bear_the_token_gets_no_room(call: Call, services: Services) -> None:
    services.allocation_access = BearerToken("secret")

    answer = call("AllocateRoom", {"schedulerName": "arena"})

    assert answer.code == 16
    assert "secret" not in answer.message


BEARERS = [
    ("Bearer secret", True),
    ("bearer  secret ", True),
    ("Bearer Secret", False),
    ("Bearer secret2", False),
    ("Bearer", False),
    ("Bearer ", False),
    ("Basic secret", False),
    ("secret", False),
]


@pytest.mark.parametrize(("authorization", "may"), BEARERS)
def test_a_bearer_is_known_by_the_token(services: Services, authorization: str, may: bool) -> None:
    services.allocation_access = BearerToken("secret")
    client = asking.rooms(services)

    answer = asking.ask(
        client, "POST", "/scheduler/arena/rooms/allocate", headers={"Authorization": authorization}
    )

    assert answer.status == (200 if may else 401)
    assert may or answer.body["code"] == 16
    assert answer.headers.get("WWW-Authenticate") == (None if may else "Bearer")


@pytest.mark.parametrize(("authorization", "may"), BEARERS)
def test_a_bearer_is_known_by_the_token_over_grpc(
    services: Services,
    served_rooms: tuple[serving.Current, grpc.Channel],
    authorization: str,
    may: bool,
) -> None:
    services.allocation_access = BearerToken("secret")
    current, channel = served_rooms
    current.services = services
    raw = b"\x0a\x05arena"

    answer = calls.send(
        channel, "AllocateRoom", raw, metadata=[("authorization", authorization.strip())]
    )

    assert answer.code == (0 if may else 16)


# What gRPC can say and HTTP cannot


@pytest.mark.parametrize("number", [1e300, -1e300, 2.0**70, 2.0**63])
def test_large_numbers_in_metadata_are_stored(
    services: Services, served_rooms: tuple[serving.Current, grpc.Channel], number: float
) -> None:
    current, channel = served_rooms
    current.services = services
    metadata = struct_pb2.Struct()
    metadata.update({"number": number})
    request = UpdateRoomWithPingRequest(
        scheduler_name="arena", room_name="arena-1", status="ready", metadata=metadata
    )

    answer = calls.send(channel, "UpdateRoomWithPing", request.SerializeToString())

    assert answer == Answer(body={"success": True})
    assert services.rooms.pings == [
        ("arena", "arena-1", Ping(status=READY, metadata={"number": number}))
    ]


def test_callers_at_once_never_get_the_same_room_over_grpc(
    redis_client: redis.Redis, redis_prefix: str
) -> None:
    # Given a fleet in a real store, and fewer rooms than are asked for
    stores = in_redis(redis_client, prefix=redis_prefix)
    stores.rooms.configure(make.scheduler())
    names = [f"arena-{number}" for number in range(40)]
    register(stores, stores.begin(), *names)
    for name in names:
        become(stores, name, RoomStatus.READY)
    services = Services()
    maestro = FakeMaestro()
    services.allocations = Allocations(  # type: ignore[assignment]
        stores.rooms,
        Wakes(maestro.dispatch, maestro.health_checks),
        ttl_s=60,
        order=AllocationOrder.LONGEST_READY,
    )
    at_once = threading.Barrier(64)

    def allocate(call: Call) -> Answer:
        at_once.wait(30)
        return call("AllocateRoom", {"schedulerName": "arena"})

    # When both ways are asked at once
    with (
        serving.serving_rooms(services, threads=8) as server,
        serving.channel_to(server) as channel,
        ThreadPoolExecutor(64) as pool,
    ):
        ways = [calls.over_grpc(channel)] * 32 + [calls.over_http(services)] * 32
        answers = list(pool.map(allocate, ways))

    # Then each room is given once, and the others are told that there is none
    given = [answer.body["roomId"] for answer in answers if not answer.code]
    assert sorted(given) == sorted(names)
    assert {answer.code for answer in answers} == {0, 8}
