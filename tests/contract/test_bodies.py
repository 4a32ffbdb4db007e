"""Bodies that make no sense: refused as the client's mistake, whatever they are."""

import contextlib
import copy
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.management import examples
from maestro import errors
from tests import strategies
from tests.contract import asking
from tests.contract.asking import BODY_LIMIT, Answer, ask
from tests.fakes.services import Services
from tests.make import room

CREATE = ("POST", "/schedulers")
PING = ("PUT", "/scheduler/arena/rooms/arena-1/ping")


def clients(services: Services) -> dict[tuple[str, str], FlaskClient]:
    """Which API serves which request."""
    return {CREATE: asking.management(services), PING: asking.rooms(services)}


MALFORMED = [
    b"{",
    b"}",
    b"nonsense",
    b"'single'",
    b"status=ready",
    b'{"a":1}{"b":2}',
    b'{"a":1,}',
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":-Infinity}',
    b'{"a":1e400}',
    b'{"a":01}',
    b'{"a":"\n"}',
    b'{"a":"\\ud800"}',
    b'{"a":"\xff"}',
    b"\xff\xfe",
    '{"a":1}'.encode("utf-16"),
    b"\xef\xbb\xbf{}",
    b"\0",
    b"[" * 50_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    *(b"null", b"true", b"1", b'"text"', b"[]", b"[{}]"),
]


@pytest.mark.parametrize("request_line", [CREATE, PING])
@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:20]))
def test_what_is_no_json_object_is_400(request_line: tuple[str, str], body: bytes) -> None:
    services = Services()

    answer = ask(clients(services)[request_line], *request_line, data=body)

    assert (answer.status, answer.body["code"]) == (400, 3)
    assert answer.body["message"].startswith(("malformed JSON", "the body must be a JSON object"))
    assert services.schedulers.stored == {}


@pytest.mark.parametrize("request_line", [CREATE, PING])
@pytest.mark.parametrize("chunked", [False, True])
def test_what_is_too_long_is_413(request_line: tuple[str, str], chunked: bool) -> None:
    sent = answer_to(Services(), request_line, b" " * (BODY_LIMIT + 1), chunked=chunked)

    assert (sent.status, sent.body["code"]) == (413, 8)


@pytest.mark.parametrize("chunked", [False, True])
def test_the_longest_body_is_read(chunked: bool) -> None:
    body = json.dumps(examples.NEW_SCHEDULER).encode().ljust(BODY_LIMIT)

    assert answer_to(Services(), CREATE, body, chunked=chunked).status == 200


def answer_to(
    services: Services, request_line: tuple[str, str], body: bytes, *, chunked: bool
) -> Answer:
    """Send a body with or without saying how long it is."""
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    client = clients(services)[request_line]
    overrides = environ if chunked else {}
    return ask(client, *request_line, data=body, environ_overrides=overrides)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ZeroDivisionError("secret"), 500, 13),
        (errors.OperationFailed("secret"), 500, 13),
    ],
)
def test_a_defect_of_ours_is_told_without_details(error: Exception, status: int, code: int) -> None:
    services = Services()
    services.rooms.error = error

    answer = ask(asking.rooms(services), *PING, json={"status": "ready"})

    assert answer.status == status
    assert answer.body == {"code": code, "message": "internal error", "details": []}


def check(answer: Answer) -> None:
    """An answer to nonsense is a success or explains itself."""
    assert answer.status in {200, 400}
    if answer.status == 400:
        assert answer.body["code"] == 3
        assert answer.body["message"]


@pytest.mark.parametrize("request_line", [CREATE, PING])
@settings(deadline=None)
@given(body=st.binary(max_size=64) | strategies.JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_gets_an_answer(request_line: tuple[str, str], body: bytes) -> None:
    check(ask(clients(Services())[request_line], *request_line, data=body))


def paths(value: Any, *path: str | int) -> list[tuple[str | int, ...]]:
    """All places within a JSON value."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(found for key, each in inner for found in paths(each, *path, key))]


PLACES = [path for path in paths(examples.NEW_SCHEDULER) if path]
ODD = strategies.JSON | st.sampled_from([2**31, 2**63, 2**70, -1, 1e308, "1e9", "\0", "٣", "1s"])


@settings(deadline=None)
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), ODD), max_size=3))
def test_any_value_at_any_place_gets_an_answer(
    changes: list[tuple[tuple[str | int, ...], Any]],
) -> None:
    body: Any = copy.deepcopy(examples.NEW_SCHEDULER)
    for path, value in changes:
        _put(body, path, value)
    services = Services()

    answer = ask(asking.management(services), *CREATE, json=body)

    check(answer)
    assert len(services.schedulers.stored) == (answer.status == 200)
    if services.schedulers.stored:
        (name,) = services.schedulers.stored
        assert ask(asking.management(services), "GET", f"/schedulers/{name}").status == 200


def _put(body: Any, path: tuple[str | int, ...], value: Any) -> None:
    """Change one place, unless an earlier change removed it."""
    *parents, last = path
    with contextlib.suppress(KeyError, IndexError, TypeError):
        for key in parents:
            body = body[key]
        body[last] = value


@settings(deadline=None)
@given(
    status=strategies.TEXT | st.sampled_from(["ready", "occupied"]),
    matches=ODD,
    timestamp=ODD,
    metadata=strategies.JSON,
)
def test_any_ping_gets_an_answer(status: str, matches: Any, timestamp: Any, metadata: Any) -> None:
    services = Services()
    services.rooms.stored = [room()]
    body = {
        "status": status,
        "runningMatches": matches,
        "timestamp": timestamp,
        "metadata": metadata,
    }

    answer = ask(asking.rooms(services), *PING, json=body)

    check(answer)
    assert len(services.rooms.pings) == (answer.status == 200)
    assert all(stored.running_matches >= 0 for _, _, stored in services.rooms.pings)
