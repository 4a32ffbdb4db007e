"""The management API over HTTP: every route but POST /schedulers, which has a file of its own."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.contract import asking
from tests.contract.asking import ask
from tests.contract.management_cases import (
    ANSWERS,
    ARENA_INFO,
    ARENA_LINE,
    NOT_FOUND,
    OPERATIONS,
    REFUSED,
    ROOM_1,
    ROOMS,
    RUNS,
    fleets,
)


@pytest.fixture
def client() -> FlaskClient:
    return asking.management(fleets())


@pytest.mark.parametrize(("method", "path", "body"), ANSWERS)
def test_what_is_asked_for_is_answered_as_a_whole(
    client: FlaskClient, method: str, path: str, body: Any
) -> None:
    answer = ask(client, method, path)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.body == body


def test_keys_come_in_the_order_of_the_messages(client: FlaskClient) -> None:
    def keys(path: str, items: str) -> list[str]:
        return list(ask(client, "GET", path).body[items][-1])

    assert keys("/schedulers", "schedulers") == list(ARENA_LINE)
    assert keys("/schedulers/info", "schedulers") == list(ARENA_INFO)
    assert keys(f"{OPERATIONS}?stage=active", "operations") == list(RUNS)
    assert keys(ROOMS, "rooms") == [*list(ROOM_1)[:-1], "allocatedUntil", "operationId"]


@pytest.mark.parametrize(("method", "path", "message"), NOT_FOUND)
def test_what_does_not_exist(client: FlaskClient, method: str, path: str, message: str) -> None:
    answer = ask(client, method, path)

    assert answer.status == 404
    assert answer.body == {"code": 5, "message": message, "details": []}


@pytest.mark.parametrize(("path", "field", "message"), REFUSED)
def test_queries_of_operations_are_refused_in_the_words_that_clients_know(
    client: FlaskClient, path: str, field: str, message: str
) -> None:
    answer = ask(client, "GET", path)

    assert (answer.status, answer.body["code"]) == (400, 3)
    assert answer.body["message"] == message
    assert answer.fields == [field]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        *[(f"{OPERATIONS}?stage=final&page={page}", "page") for page in ("x", "-1", "1.5", "")],
        (f"{OPERATIONS}?stage=final&per_page=many", "perPage"),
        (f"{OPERATIONS}?stage=final&stage=active", "stage"),
        *[(f"{ROOMS}?page={page}", "page") for page in ("0", "-1", "x", "4294967296")],
        *[(f"{ROOMS}?per_page={size}", "perPage") for size in ("0", "501", "x")],
        (f"{ROOMS}?status=fine", "status"),
        ("/schedulers?game=a%00", "game"),
        ("/schedulers/arena?version=a&version=b", "version"),
    ],
)
def test_other_queries_are_refused_with_the_field(
    client: FlaskClient, path: str, field: str
) -> None:
    answer = ask(client, "GET", path)

    assert (answer.status, answer.body["code"]) == (400, 3)
    assert answer.fields == [field]
    assert answer.body["message"].startswith(f"Validation Error:\n{field}: ")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/schedulers"),
        ("PATCH", "/schedulers"),
        ("DELETE", "/schedulers"),
        ("TRACE", "/schedulers"),
        ("BREW", "/schedulers"),
        ("POST", OPERATIONS),
        ("DELETE", f"{ROOMS}/arena-1"),
    ],
)
def test_a_wrong_verb_is_405_with_the_right_ones(
    client: FlaskClient, method: str, path: str
) -> None:
    answer = ask(client, method, path)

    assert answer.status == 405
    assert answer.body == {"code": 12, "message": "Method Not Allowed", "details": []}
    assert "OPTIONS" in answer.headers["Allow"]


def test_head_is_get_without_a_body(client: FlaskClient) -> None:
    answer = ask(client, "HEAD", "/schedulers")

    assert (answer.status, answer.text) == (200, "")
    assert answer.headers["Content-Type"] == "application/json"


def test_options_tell_the_verbs(client: FlaskClient) -> None:
    answer = ask(client, "OPTIONS", "/schedulers")

    assert (answer.status, answer.text) == (200, "")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
