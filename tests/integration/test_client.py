"""The client for rooms, with a rooms API that only listens."""

import contextlib
import pathlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from maestro.client import RoomClient
from tests.integration.test_demo_room import RoomsApi
from tests.ports import free_port
from tests.waiting import eventually

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def api() -> Iterator[RoomsApi]:
    """A rooms API that hears everything."""
    with contextlib.closing(RoomsApi()) as api:
        yield api


def environment(api: RoomsApi, path: str = "") -> dict[str, str]:
    return {
        "MAESTRO_ROOMS_API_URL": api.url + path,
        "MAESTRO_SCHEDULER_NAME": "arena",
        "MAESTRO_ROOM_ID": "arena-1",
    }


def client(api: RoomsApi, path: str = "", **options: Any) -> RoomClient:
    """A room that pings all the time."""
    options = {"interval_s": 0.02, "complain": lambda _: None} | options
    return RoomClient.from_environment(environment(api, path), **options)


def test_what_a_room_says_is_said_over_and_over(api: RoomsApi) -> None:
    with client(api) as room:
        room.ready({"region": "eu"})
        said = [api.next("ready") for _ in range(3)]
        room.occupied(matches=2)
        playing = api.next("occupied")

    assert {ping["path"] for ping in said} == {"/scheduler/arena/rooms/arena-1/ping"}
    assert {ping["runningMatches"] for ping in said} == {0}
    assert (playing["runningMatches"], playing["metadata"]) == (2, {"region": "eu"})
    assert playing["timestamp"] > 0
    assert api.connections == 1, "one connection serves them all"


def test_nothing_is_said_before_the_room_says_something(api: RoomsApi) -> None:
    with client(api) as room:
        assert not room.wait_for_end(0.1)
        assert api.pings.empty()


def test_the_end_of_the_block_is_the_end_of_the_room(api: RoomsApi) -> None:
    with client(api) as room:
        room.ready()
        api.next("ready")

    *_, last = [api.pings.get() for _ in range(api.pings.qsize())]
    assert last["status"] == "terminating"
    assert room.wait_for_end(0)
    assert "pings" not in {thread.name for thread in threading.enumerate()}


def test_a_room_that_is_to_end_says_so_until_it_does(api: RoomsApi) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with client(api) as room:
        room.occupied(matches=3)
        api.next("occupied")

        signal.raise_signal(signal.SIGTERM)

        assert room.wait_for_end(10)
        room.ready()
        assert [api.next("terminating")["runningMatches"] for _ in range(3)] == [3, 3, 3]
    assert {api.pings.get()["status"] for _ in range(api.pings.qsize())} <= {"terminating"}
    assert signal.getsignal(signal.SIGTERM) is before


def test_who_also_waits_for_the_end_hears_of_it(api: RoomsApi) -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        with client(api) as room:
            signal.raise_signal(signal.SIGTERM)
            assert room.wait_for_end(10)
    finally:
        signal.signal(signal.SIGTERM, before)

    assert heard == [signal.SIGTERM]


def test_a_room_may_live_in_another_thread(api: RoomsApi) -> None:
    def live() -> None:
        with client(api) as room:
            room.ready()
            api.next("ready")

    thread = threading.Thread(target=live)
    thread.start()
    thread.join(30)

    api.next("terminating")


def test_events_have_the_shape_that_matchmakers_know(api: RoomsApi) -> None:
    with client(api) as room:
        assert room.event("round over", {"winner": "blue"})
        assert room.player_joined("player-1", {"team": "red"})
        assert room.player_left("player-1")

    happened = [api.events.get() for _ in range(3)]
    assert all(event.pop("timestamp") > 0 for event in happened)
    assert happened == [
        {
            "path": "/scheduler/arena/rooms/arena-1/roomevent",
            "event": "round over",
            "metadata": {"winner": "blue"},
        },
        {
            "path": "/scheduler/arena/rooms/arena-1/playerevent",
            "event": "playerJoin",
            "metadata": {"team": "red", "playerId": "player-1"},
        },
        {
            "path": "/scheduler/arena/rooms/arena-1/playerevent",
            "event": "playerLeft",
            "metadata": {"playerId": "player-1"},
        },
    ]


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b'{"success":false,"message":"no"}'), (503, b"x"), (200, b"?"), (200, b"[]")],
)
def test_what_is_refused_is_told_once_and_raises_nothing(
    api: RoomsApi, status: int, body: bytes
) -> None:
    complaints: list[str] = []
    api.status, api.body = status, body
    with client(api, complain=complaints.append) as room:
        room.ready()
        for _ in range(3):
            api.next("ready")
        assert not room.event("round over")
        api.status, api.body = 200, b'{"success":true}'
        for _ in range(3):
            api.next("ready")

    assert [text.partition(" was ")[0] for text in complaints] == [
        "the ping",
        "the event round over",
    ]


def test_a_room_goes_on_without_maestro() -> None:
    port, complaints = free_port(), list[str]()
    names = {"MAESTRO_SCHEDULER_NAME": "arena", "MAESTRO_ROOM_ID": "arena-1"}
    url = {"MAESTRO_ROOMS_API_URL": f"http://127.0.0.1:{port}"}
    with RoomClient.from_environment(
        names | url, interval_s=0.02, complain=complaints.append
    ) as room:
        room.ready()
        assert not room.player_joined("player-1")
        eventually(lambda: len(complaints) == 2)
        with contextlib.closing(RoomsApi(port)) as api:
            api.next("ready")


def test_a_connection_that_was_closed_meanwhile_is_made_anew(api: RoomsApi) -> None:
    complaints: list[str] = []
    with client(api, complain=complaints.append) as room:
        room.ready()
        for _ in range(3):
            api.next("ready")
            api.hang_up()
        eventually(lambda: api.connections > 1)
        api.next("ready")

    assert complaints == []


def test_an_api_may_lie_below_a_path_and_names_may_be_odd(api: RoomsApi) -> None:
    odd = environment(api, "/maestro/") | {"MAESTRO_ROOM_ID": "a/b ä"}
    with RoomClient.from_environment(odd, interval_s=0.02) as room:
        room.ready()
        ping = api.next("ready")

    assert ping["path"] == "/maestro/scheduler/arena/rooms/a%2Fb%20%C3%A4/ping"


def test_what_cannot_be_told_is_the_callers_mistake(api: RoomsApi) -> None:
    with client(api) as room:
        for wrong in ({"a": object()}, {"a": float("nan")}):
            with pytest.raises((TypeError, ValueError)):
                room.ready(wrong)
            with pytest.raises((TypeError, ValueError)):
                room.event("x", wrong)
        room.ready()
        api.next("ready")


def test_who_is_nobody_hears_so() -> None:
    with pytest.raises(KeyError, match="MAESTRO_ROOMS_API_URL"):
        RoomClient.from_environment({})


def test_it_needs_nothing_but_python() -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import maestro.client"

    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)
