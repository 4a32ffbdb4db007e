"""The short way of pings answers and stores what the long one does, whatever is sent."""

import dataclasses
import io
import json
from collections.abc import Iterator
from typing import Any

import flask
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from api.rooms.app import create_app
from maestro.bootstrap import RoomsServices
from maestro.domain.rooms import AllocationOrder, InstanceStatus
from maestro.services.access import BearerToken
from maestro.services.addresses import Addresses
from maestro.services.allocation import Allocations
from maestro.services.forwarding import Forwarding
from maestro.services.rooms import Pings
from maestro.services.wakes import Wakes
from tests import make, stores, strategies
from tests.contract.asking import BODY_LIMIT
from tests.contract.conftest import Stores, in_redis
from tests.contract.test_room_store import hosting, register, runtime_says
from tests.fakes.forwarders import FakeForwarders
from tests.fakes.maestro import FakeMaestro

ROOMS = ("arena-1", "arena-2", "a.b_c~d")
PING = b'{"status":"ready","runningMatches":1,"metadata":{"a":[1,"\\u00e4"]}}'


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """A request as a server hands it to an application."""

    method: str = "PUT"
    #: Decoded, as the bytes that they were.
    path: bytes = b"/scheduler/arena/rooms/arena-1/ping"
    body: bytes = PING
    #: None: as long as it is. Empty: not told.
    length: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""
    #: Whether the server finds the end of the body itself.
    terminated: bool = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class Side:
    """One of the applications, and what it stores."""

    app: flask.Flask
    stores: Stores

    def ask(self, request: Request) -> tuple[str, str | None, bytes]:
        """Status, content type and body of the answer."""
        environ = EnvironBuilder(path="/", method=request.method).get_environ()
        environ["PATH_INFO"] = request.path.decode("latin-1")
        environ["QUERY_STRING"] = request.query
        environ["wsgi.input"] = io.BytesIO(request.body)
        environ.pop("CONTENT_LENGTH", None)
        if request.length != "":
            environ["CONTENT_LENGTH"] = request.length or str(len(request.body))
        if request.terminated:
            environ["wsgi.input_terminated"] = True
        environ.update(request.headers)
        said: list[Any] = []
        body = b"".join(self.app.wsgi_app(environ, lambda *answer: said.append(answer)))  # type: ignore[arg-type]
        (status, headers), *_ = said
        return status, dict(headers).get("Content-Type"), body

    def stored(self) -> list[object]:
        """The rooms but for the time, in which one is asked after the other."""
        return [
            dataclasses.replace(
                room, created_at=make.NOW, last_ping_at=room.last_ping_at and make.NOW
            )
            for room in self.stores.rooms.all("arena")
        ]


def side(client: redis.Redis, prefix: str, *, fast: bool) -> Side:
    """An application of three rooms."""
    there = in_redis(client, prefix=prefix)
    there.rooms.configure(hosting(3))
    register(there, there.begin(), *ROOMS)
    for room in ROOMS:
        runtime_says(there, room, InstanceStatus.READY)
    maestro = FakeMaestro()
    wakes = Wakes(maestro.dispatch, maestro.health_checks)
    services = RoomsServices(
        rooms=Pings(there.rooms, wakes),
        addresses=Addresses(there.rooms),
        allocations=Allocations(there.rooms, wakes, ttl_s=60, order=AllocationOrder.LONGEST_READY),
        allocation_access=BearerToken(""),
        forwarding=Forwarding(there.outbox, FakeForwarders),
    )
    return Side(app=create_app(services, body_limit=BODY_LIMIT, fast_pings=fast), stores=there)


@pytest.fixture(scope="module")
def sides(redis_url: str) -> Iterator[tuple[Side, Side]]:
    """The same application with the short way and without."""
    with (
        stores.fresh_prefix(redis_url) as one,
        stores.fresh_prefix(redis_url) as other,
        redis.Redis.from_url(redis_url, decode_responses=True) as client,
    ):
        yield side(client, one, fast=True), side(client, other, fast=False)


names = st.sampled_from([b"arena", *(room.encode() for room in ROOMS)]) | st.sampled_from(
    [b"", b"a/b", b"a\0b", b"\xff\xfe", "ä".encode(), b"{arena}", b"..", b"a b", b"arena\n", b"%41"]
) | st.binary(max_size=6)  # fmt: skip
paths = st.one_of(
    st.sampled_from([f"/scheduler/arena/rooms/{room}/ping".encode() for room in ROOMS]),
    st.builds(lambda *parts: b"/scheduler/%b/rooms/%b/ping" % parts, names, names),
    st.builds(
        lambda path, more: path + more,
        st.just(b"/scheduler/arena/rooms/arena-1/ping"),
        st.sampled_from([b"/", b"\n", b"\0", b"/x", b"?", b" "]),
    ),
    st.sampled_from([b"", b"/", b"//scheduler/arena/rooms/arena-1/ping", b"/openapi.json"]),
)
numbers = st.one_of(
    st.integers(-2, 5),
    st.sampled_from(["3", "-1", "03", "٣", "1.0", "", "1e2", " 1", 1.0, 1.5, True, None]),
    st.sampled_from([2**63 - 1, 2**63, -(2**63), 10**18, "9" * 18, "9" * 19, str(2**63)]),
)
pings = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(
            ["ready", "occupied", "terminating", "Ready", "", "allocated", 1, None, ["ready"]]
        ),
        "runningMatches": numbers,
        "running_matches": numbers,
        "timestamp": numbers,
        "metadata": strategies.JSON
        | st.dictionaries(strategies.TEXT, strategies.JSON, max_size=2)
        | st.sampled_from([{"t": "a" * 65526}, {"t": "a" * 65527}]),
        "roomName": strategies.JSON,
    },
)
bodies = st.one_of(
    pings.map(lambda said: json.dumps(said).encode()),
    pings.map(lambda said: json.dumps(said, ensure_ascii=False).encode(errors="replace")),
    st.binary(max_size=30),
    st.sampled_from([b"", b" ", b"null", b"[]", PING + b" ", PING[:-1], b"\xef\xbb\xbf" + PING]),
    st.sampled_from([b" " * BODY_LIMIT, b" " * (BODY_LIMIT + 1), PING.ljust(BODY_LIMIT)]),
)
lengths = st.sampled_from(
    ["", "0", "5", "00067", "1000", "-1", "+5", " 5", "5 ", "٣", "1_0", "abc", "9" * 30]
)
headers = st.lists(
    st.sampled_from(
        [
            ("HTTP_TRANSFER_ENCODING", "chunked"),
            ("HTTP_TRANSFER_ENCODING", "identity"),
            ("HTTP_UPGRADE", "websocket"),
            ("HTTP_CONNECTION", "upgrade"),
            ("HTTP_HOST", "exa mple:99999"),
            ("HTTP_HOST", ""),
            ("HTTP_EXPECT", "100-continue"),
            ("HTTP_X_HTTP_METHOD_OVERRIDE", "GET"),
            ("HTTP_CONTENT_ENCODING", "gzip"),
            ("HTTP_ACCEPT", "text/html"),
            ("CONTENT_TYPE", "application/x-www-form-urlencoded"),
            ("CONTENT_TYPE", "multipart/form-data; boundary=x"),
            ("CONTENT_TYPE", "text/plain; charset=utf-16"),
            ("SCRIPT_NAME", "/scheduler"),
        ]
    ),
    max_size=3,
).map(tuple)
methods = st.sampled_from(["PUT"] * 8 + ["GET", "POST", "HEAD", "OPTIONS", "put", "PATCH"])


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Mostly pings, with one thing or the other wrong."""
    request = Request(path=draw(paths), body=draw(bodies))
    if draw(st.booleans()):
        return request
    # A server that finds the end of a body would not hand on one of another length.
    length = draw(st.none() | lengths)
    return dataclasses.replace(
        request,
        method=draw(methods),
        headers=draw(headers),
        query=draw(st.sampled_from(["", "status=occupied", "%ff"])),
        length=length,
        terminated=length in (None, "") and draw(st.booleans()),
    )


def same(sides: tuple[Side, Side], request: Request) -> tuple[str, str | None, bytes]:
    """The answer that both give."""
    one, other = (each.ask(request) for each in sides)
    assert one == other
    assert sides[0].stored() == sides[1].stored()
    return one


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(said=st.lists(requests(), min_size=1, max_size=3))
def test_both_ways_answer_and_store_the_same(sides: tuple[Side, Side], said: list[Request]) -> None:
    for request in said:
        same(sides, request)


CHUNKED = ("HTTP_TRANSFER_ENCODING", "chunked")
WEBSOCKET = (("HTTP_CONNECTION", "upgrade"), ("HTTP_UPGRADE", "websocket"))


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (Request(), "200"),
        (Request(headers=WEBSOCKET), "400"),
        (Request(headers=(CHUNKED,)), "200"),
        (Request(headers=(CHUNKED,), terminated=False), "400"),
        (Request(headers=(CHUNKED,), length=""), "200"),
        (Request(length="", terminated=False), "400"),
        (Request(length="1000", terminated=False), "400"),
        (Request(length="5", terminated=False), "400"),
        (Request(length="+67", terminated=False), "400"),
        (Request(length="00067", terminated=False), "200"),
        (Request(length="9" * 30, terminated=False), "413"),
        (Request(body=PING.ljust(BODY_LIMIT)), "200"),
        (Request(body=PING.ljust(BODY_LIMIT + 1)), "413"),
        (Request(path=b"/scheduler/arena/rooms/a\0b/ping"), "404"),
        (Request(path=b"/scheduler/a\0b/rooms/arena-1/ping"), "404"),
        (Request(path=b"/scheduler/arena/rooms/a/b/ping"), "404"),
        (Request(path=b"/scheduler/arena/rooms//ping"), "404"),
        (Request(path=b"/scheduler/arena/rooms/arena-1/ping/"), "404"),
        (Request(path=b"/scheduler/arena/rooms/arena-1/ping\n"), "404"),
        (Request(path=b"/scheduler/arena/rooms/\xff\xfe/ping"), "200"),
        (Request(path="/scheduler/{ärena}/rooms/arena-1/ping".encode()), "200"),
        (Request(method="POST"), "405"),
    ],
)
def test_what_is_odd_in_one_thing(sides: tuple[Side, Side], request_: Request, status: str) -> None:
    assert len(PING) == 67

    answer, _, _ = same(sides, request_)

    assert answer.startswith(status)


def test_what_is_usual_takes_the_short_way(sides: tuple[Side, Side]) -> None:
    fast, _ = sides
    behind = fast.app.wsgi_app.__dict__

    def nobody(*_: object) -> list[bytes]:
        raise AssertionError("it was left to the application")

    original = behind["_behind"]
    behind["_behind"] = nobody
    try:
        answers = [
            fast.ask(Request()),
            fast.ask(Request(body=b'{"status": "ready","timestamp": "12312312313"}')),
            fast.ask(Request(path=b"/scheduler/arena/rooms/none/ping")),
        ]
    finally:
        behind["_behind"] = original
    assert [body for _, _, body in answers] == [
        b'{"success":true}',
        b'{"success":true}',
        b'{"success":false}',
    ]


def test_a_body_in_pieces_is_read_to_its_end(sides: tuple[Side, Side]) -> None:
    class Pieces(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 1, 7) if size and size > 0 else size)

    fast, _ = sides
    environ = EnvironBuilder(path="/scheduler/arena/rooms/arena-1/ping", method="PUT").get_environ()
    environ |= {"wsgi.input": Pieces(PING), "CONTENT_LENGTH": str(len(PING))}
    said: list[Any] = []

    body = b"".join(fast.app.wsgi_app(environ, lambda *answer: said.append(answer)))  # type: ignore[arg-type]

    assert (said[0][0], body) == ("200 OK", b'{"success":true}')
