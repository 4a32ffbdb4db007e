"""What the management API does over HTTP only: paths, verbs, spellings and content types."""

import pytest
from flask.testing import FlaskClient

from maestro.services.access import BearerToken
from tests.contract import asking
from tests.contract.asking import ask
from tests.contract.management_cases import ARENA_INFO, ARENA_LINE, ROOM_1, RUNS, fleets

OPERATIONS = "/schedulers/arena/operations"
ROOMS = "/schedulers/arena/rooms"


@pytest.fixture
def client() -> FlaskClient:
    return asking.management(fleets())


def test_answers_are_json(client: FlaskClient) -> None:
    answer = ask(client, "GET", "/schedulers")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"


def test_what_is_unset_is_null(client: FlaskClient) -> None:
    _, other = ask(client, "GET", "/schedulers").body["schedulers"]
    room = ask(client, "GET", f"{ROOMS}/arena-1").body["room"]

    assert (other["portRange"], other["createdAt"], room["lastPingAt"]) == (None, None, None)


def test_keys_come_in_the_order_of_the_messages(client: FlaskClient) -> None:
    def keys(path: str, items: str) -> list[str]:
        return list(ask(client, "GET", path).body[items][-1])

    assert keys("/schedulers", "schedulers") == list(ARENA_LINE)
    assert keys("/schedulers/info", "schedulers") == list(ARENA_INFO)
    assert keys(f"{OPERATIONS}?stage=active", "operations") == list(RUNS)
    assert keys(ROOMS, "rooms") == [*list(ROOM_1)[:-1], "allocatedUntil", "operationId"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/schedulers?unknown=1", "/schedulers"),
        (f"{OPERATIONS}?stage=final&order_by=createdAt%20asc",
         f"{OPERATIONS}?stage=final&orderBy=createdAt+asc"),
        (f"{OPERATIONS}?stage=final&per_page=1", f"{OPERATIONS}?stage=final&perPage=1"),
        (f"{ROOMS}?per_page=1&page=2", f"{ROOMS}?perPage=1&page=2"),
    ],
)  # fmt: skip
def test_queries_have_both_spellings_and_unknown_ones_are_ignored(
    client: FlaskClient, one: str, other: str
) -> None:
    answer = ask(client, "GET", one)

    assert answer.status == 200
    assert answer.body == ask(client, "GET", other).body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/scheduler"),
        ("GET", "/schedulers/"),
        ("GET", "//schedulers"),
        ("GET", "/schedulers//rooms"),
        ("GET", "/schedulers/arena/"),
        ("GET", "/schedulers/a%00b"),
        ("GET", f"{ROOMS}/%00"),
        ("POST", "/"),
    ],
)
def test_other_paths_do_not_exist(client: FlaskClient, method: str, path: str) -> None:
    answer = ask(client, method, path)

    assert answer.status == 404
    assert answer.body == {"code": 5, "message": "Not Found", "details": []}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        *[(f"{OPERATIONS}?stage=final&page={page}", "page") for page in ("x", "-1", "1.5", "")],
        (f"{OPERATIONS}?stage=final&per_page=many", "perPage"),
        (f"{OPERATIONS}?stage=final&stage=active", "stage"),
        *[(f"{ROOMS}?page={page}", "page") for page in ("-1", "x", "4294967296")],
        (f"{ROOMS}?per_page=x", "perPage"),
        ("/schedulers/arena?version=a&version=b", "version"),
    ],
)
def test_queries_of_another_type_are_refused_with_the_field(
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


@pytest.mark.parametrize(("name", "status"), [("none", 404), ("arena", 200)])
def test_status_codes_are_those_of_http(client: FlaskClient, name: str, status: int) -> None:
    assert ask(client, "GET", f"/schedulers/{name}").status == status


@pytest.mark.parametrize(
    ("authorization", "status"), [("Bearer secret", 200), ("Bearer other", 401), ("", 401)]
)
def test_a_bearer_is_known_by_the_token(authorization: str, status: int) -> None:
    services = fleets()
    services.access = BearerToken("secret")
    client = asking.management(services)

    answer = ask(client, "GET", "/schedulers", headers={"Authorization": authorization})

    assert answer.status == status
    assert answer.headers.get("WWW-Authenticate") == (None if status == 200 else "Bearer")
    assert ask(client, "GET", "/openapi.json").status == 200
