"""The rooms API over HTTP: pings."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from maestro import errors
from maestro.domain.rooms import PingStatus
from maestro.ports.storage import Ping
from tests.contract import asking
from tests.contract.asking import ask
from tests.fakes.services import Services
from tests.make import room

PATH = "/scheduler/arena/rooms/arena-1/ping"
READY, OCCUPIED = PingStatus.READY, PingStatus.OCCUPIED
#: `{"text":"…"}` of exactly the size that is still stored.
LARGEST = {"text": "a" * (64 * 1024 - 11)}


def nested(levels: int) -> Any:
    """An object in an object, and so on."""
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.fixture
def services() -> Services:
    """One room."""
    services = Services()
    services.rooms.stored = [room()]
    return services


@pytest.fixture(params=[True, False], ids=["fast", "plain"])
def client(request: pytest.FixtureRequest, services: Services) -> FlaskClient:
    return asking.rooms(services, fast=request.param)


def ping(
    status: PingStatus = READY, matches: int = 0, metadata: Mapping[str, object] | None = None
) -> Ping:
    """What the store gets."""
    return Ping(status=status, running_matches=matches, metadata=metadata or {})


PINGS: list[tuple[Any, Ping]] = [
    ({"status": "ready"}, ping()),
    ({"status": "occupied"}, ping(OCCUPIED, 1)),
    ({"status": "terminating"}, ping(PingStatus.TERMINATING)),
    ({"status": "terminated"}, ping(PingStatus.TERMINATED)),
    ({"status": "ready", "timestamp": "12312312313"}, ping()),
    ({"status": "ready", "timestamp": 12312312313}, ping()),
    ({"status": "ready", "timestamp": -1.0}, ping()),
    ({"status": "ready", "runningMatches": 3}, ping(matches=3)),
    ({"status": "ready", "runningMatches": "3"}, ping(matches=3)),
    ({"status": "ready", "running_matches": 3.0}, ping(matches=3)),
    ({"status": "ready", "runningMatches": -3}, ping()),
    ({"status": "occupied", "runningMatches": 0}, ping(OCCUPIED, 1)),
    ({"status": "occupied", "runningMatches": "-9223372036854775808"}, ping(OCCUPIED, 1)),
    ({"status": "occupied", "runningMatches": 5}, ping(OCCUPIED, 5)),
    ({"status": "ready", "runningMatches": None, "metadata": None, "timestamp": None}, ping()),
    (
        {"status": "ready", "metadata": {"a_b": {"c": [1, 2.5, None]}}},
        ping(metadata={"a_b": {"c": [1, 2.5, None]}}),
    ),
    ({"status": "ready", "metadata": {"nul": "\0"}}, ping(metadata={"nul": "\0"})),
    ({"status": "ready", "metadata": LARGEST}, ping(metadata=LARGEST)),
    (
        {"status": "ready", "metadata": LARGEST | {"more": 1}},
        Ping(status=READY, running_matches=0, metadata=None),
    ),
    ({"status": "ready", "metadata": nested(20)}, ping(metadata=nested(20))),
    ({"status": "ready", "metadata": nested(21)}, Ping(status=READY, metadata=None)),
    ({"status": "ready", "roomName": "x", "scheduler_name": 1, "unknown": {}}, ping()),
]


@pytest.mark.parametrize(("body", "stored"), PINGS)
def test_a_ping_is_stored_as_what_it_means(
    client: FlaskClient, services: Services, body: Any, stored: Ping
) -> None:
    answer = ask(client, "PUT", PATH, json=body)

    assert (answer.status, answer.body) == (200, {"success": True})
    assert services.rooms.pings == [("arena", "arena-1", stored)]


def test_a_ping_as_curl_sends_it(client: FlaskClient, services: Services) -> None:
    answer = ask(
        client,
        "PUT",
        PATH,
        data='{"status": "ready","timestamp": "12312312313"}',
        content_type="application/x-www-form-urlencoded",
    )

    assert (answer.status, answer.body) == (200, {"success": True})
    assert services.rooms.pings == [("arena", "arena-1", ping())]


@pytest.mark.parametrize("status", ["", "Ready", "READY", "unknown", "allocated", "ready ", "ä"])
def test_a_status_nobody_knows(client: FlaskClient, services: Services, status: str) -> None:
    answer = ask(client, "PUT", PATH, json={"status": status})

    assert (answer.status, answer.body["code"]) == (400, 3)
    assert answer.body["message"] == (
        f"cannot convert string {status} to a valid GameRoomStatus representation"
    )
    assert answer.fields == ["status"]
    assert services.rooms.pings == []


MISTYPED: dict[str, list[Any]] = {
    "status": [1, True, ["ready"]],
    "runningMatches": ["many", 1.5, True, [], 2**63],
    "timestamp": ["now", 1.5, {}, 2**64],
    "metadata": ["text", 1, [], [{}]],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field in MISTYPED for value in MISTYPED[field]]
)
def test_a_value_of_another_type_is_refused(
    client: FlaskClient, services: Services, field: str, value: Any
) -> None:
    answer = ask(client, "PUT", PATH, json={"status": "ready", field: value})

    assert (answer.status, answer.body["code"]) == (400, 3)
    assert answer.fields == [field]
    assert services.rooms.pings == []


def test_an_empty_ping_has_no_status(client: FlaskClient) -> None:
    answer = ask(client, "PUT", PATH)

    assert answer.status == 400
    assert answer.fields == ["status"]


@pytest.mark.parametrize(
    "path", ["/scheduler/arena/rooms/none/ping", "/scheduler/ärena/rooms/arena-1/ping"]
)
def test_a_ping_of_an_unknown_room_is_no_success(client: FlaskClient, path: str) -> None:
    answer = ask(client, "PUT", path, json={"status": "ready"})

    assert (answer.status, answer.body) == (200, {"success": False})


def test_a_ping_is_no_success_while_a_store_is_away(
    client: FlaskClient, services: Services
) -> None:
    services.rooms.error = errors.Unavailable("redis")

    answer = ask(client, "PUT", PATH, json={"status": "ready"})

    assert (answer.status, answer.body) == (200, {"success": False})


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", PATH, 405, 12),
        ("POST", PATH, 405, 12),
        ("PUT", f"{PATH}/", 404, 5),
        ("PUT", "/schedulers/arena/rooms/arena-1/ping", 404, 5),
        ("PUT", "/scheduler/arena/rooms/%00/ping", 404, 5),
        ("GET", "/schedulers", 404, 5),
    ],
)
def test_there_is_nothing_else_here(
    client: FlaskClient, method: str, path: str, status: int, code: int
) -> None:
    answer = ask(client, method, path)

    assert (answer.status, answer.body["code"]) == (status, code)
