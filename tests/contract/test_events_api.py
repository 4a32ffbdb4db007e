"""The rooms API over HTTP: events for forwarders."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from maestro import errors
from tests.contract import asking
from tests.contract.asking import ask
from tests.fakes.services import Services

ROOM = "/scheduler/arena/rooms/arena-1"
STATUS, ROOM_EVENT, PLAYER_EVENT = f"{ROOM}/status", f"{ROOM}/roomevent", f"{ROOM}/playerevent"
ROUTES = [("PUT", STATUS), ("POST", ROOM_EVENT), ("POST", PLAYER_EVENT)]
EVENTS = ROUTES[1:]


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return asking.rooms(services)


def test_a_status_is_told(client: FlaskClient, services: Services) -> None:
    body = {
        "status": "occupied", "metadata": {"a_b": 1}, "timestamp": "12", "runningMatches": "-1",
    }  # fmt: skip
    answer = ask(client, "PUT", STATUS, json=body)
    assert (answer.status, answer.body) == (200, {"success": True})
    assert services.forwarding.told == [("status", "arena", "arena-1", "occupied")]
    assert services.forwarding.metadata == [{"a_b": 1}]


@pytest.mark.parametrize(
    ("path", "event", "kind"),
    [(ROOM_EVENT, "matchStarted", "room"), (PLAYER_EVENT, "playerJoin", "player")],
)
def test_an_event_is_told(
    client: FlaskClient, services: Services, path: str, event: str, kind: str
) -> None:
    body = {"event": event, "metadata": {"playerId": "p", "deep": {"x": [1]}}, "timestamp": 12}
    answer = ask(client, "POST", path, json=body)
    assert (answer.status, answer.body) == (200, {"success": True, "message": ""})
    assert services.forwarding.told == [(kind, "arena", "arena-1", event)]
    assert services.forwarding.metadata == [{"playerId": "p", "deep": {"x": [1]}}]


def test_why_nobody_was_told_is_part_of_the_answer(client: FlaskClient, services: Services) -> None:
    services.forwarding.failure = 'failed to forward event room at "F" with code NotFound'
    for verb, path in EVENTS:
        answer = ask(client, verb, path, json={"event": "x"})
        assert answer.status == 200
        assert answer.body == {"success": False, "message": services.forwarding.failure}
    answer = ask(client, "PUT", STATUS, json={"status": "ready"})
    assert (answer.status, answer.body) == (200, {"success": False})


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (errors.NotFound("scheduler arena not found"), "scheduler arena not found"),
        (errors.NotForwarded("no port"), "no port"),
        (errors.Unavailable("redis"), "temporarily unavailable, try again"),
    ],
)
def test_no_event_is_refused(
    client: FlaskClient, services: Services, error: Exception, text: str
) -> None:
    services.forwarding.error = error
    for verb, path in EVENTS:
        answer = ask(client, verb, path, json={"event": "x"})
        assert (answer.status, answer.body) == (200, {"success": False, "message": text})
    answer = ask(client, "PUT", STATUS, json={"status": "burning"})
    assert (answer.status, answer.body) == (200, {"success": False})


@pytest.mark.parametrize(("verb", "path"), ROUTES)
def test_an_empty_body_is_an_event_without_a_name(
    client: FlaskClient, services: Services, verb: str, path: str
) -> None:
    assert ask(client, verb, path).status == 200
    assert services.forwarding.told[0][1:] == ("arena", "arena-1", "")


MISTYPED: list[tuple[dict[str, Any], str]] = [
    ({"metadata": []}, "metadata"),
    ({"metadata": "x"}, "metadata"),
    ({"timestamp": "now"}, "timestamp"),
]


@pytest.mark.parametrize(("verb", "path"), ROUTES)
@pytest.mark.parametrize(("body", "field"), [*MISTYPED, ({"event": 1, "status": 1}, "")])
def test_a_value_of_another_type_is_refused(
    client: FlaskClient, services: Services, verb: str, path: str, body: Any, field: str
) -> None:
    answer = ask(client, verb, path, json=body)
    assert (answer.status, answer.body["code"]) == (400, 3)
    assert answer.fields == [field or ("status" if path == STATUS else "event")]
    assert services.forwarding.told == []


@pytest.mark.parametrize(
    ("verb", "path"), [("POST", STATUS), ("PUT", ROOM_EVENT), ("GET", PLAYER_EVENT)]
)
def test_other_verbs_mean_nothing(client: FlaskClient, verb: str, path: str) -> None:
    answer = ask(client, verb, path)
    assert (answer.status, answer.body["code"]) == (405, 12)
