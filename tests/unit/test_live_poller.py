"""The fleets, as the management API tells of them, when it does."""

import contextlib
import http.server
import json
from collections.abc import Iterator
from typing import Any

import pytest

from maestro.cli.live import overview, poller
from maestro.cli.remote import asking as requests
from tests.listening import listening
from tests.ports import free_port
from tests.waiting import eventually

INFO = {
    "name": "arena",
    "state": "in-sync",
    "roomsReplicas": 5,
    "roomsReady": 3,
    "roomsOccupied": 1,
    "roomsError": 1,
    "paused": True,
    "frozenReason": "most rooms are silent",
}
ACTIVE = [
    {"definitionName": "add_rooms", "lease": {"ttl": "2026-01-01T00:00:00Z"}},
    {"definitionName": "switch_active_version"},
]
HOW_IT_IS = {
    "/schedulers/info": {"schedulers": [INFO]},
    "/schedulers/arena/operations?stage=active": {"operations": ACTIVE},
    "/schedulers/arena/operations?stage=pending": {"operations": [{}, {}]},
}


class Api(http.server.ThreadingHTTPServer):
    """A management API that answers what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.answers: dict[str, Any] = dict(HOW_IT_IS)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(http.server.BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        known = self.path in self.server.answers
        self.send_response(200 if known else 404)
        self.end_headers()
        answer = self.server.answers.get(self.path, {"message": "not found"})
        self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@pytest.fixture
def api() -> Iterator[Api]:
    with listening(Api()) as server:
        yield server


def asked(url: str) -> poller.Poller:
    asking = poller.Poller(requests.Api(url))
    asking.ask()
    return asking


def test_a_fleet_is_known_with_its_rooms_and_operations(api: Api) -> None:
    asking = asked(api.url)

    rooms = dict.fromkeys(overview.STATUSES, 0) | {"ready": 3, "occupied": 1, "error": 1}
    operations = overview.Operations(
        running=("add_rooms",), parked=("switch_active_version",), pending=2
    )
    assert asking.answers
    assert asking.fleets == (
        overview.Fleet(
            name="arena",
            state="in-sync",
            wanted=5,
            rooms=rooms,
            paused=True,
            troubles=("frozen: most rooms are silent",),
            operations=operations,
        ),
    )


def test_a_fleet_that_is_deleted_meanwhile_hides_no_other(api: Api) -> None:
    gone = {"name": "gone", "crashLoopReason": "3 crashes"}
    api.answers["/schedulers/info"] = {"schedulers": [gone, INFO]}

    asking = asked(api.url)

    assert asking.fleets is not None
    assert [(each.name, each.operations is None) for each in asking.fleets] == [
        ("arena", False),
        ("gone", True),
    ]
    assert asking.fleets[1].troubles == ("crash loop: 3 crashes",)


def test_not_every_fleet_of_a_crowd_is_asked_after(api: Api) -> None:
    crowd = [INFO, *({"name": f"crowd-{number:02}"} for number in range(40))]
    api.answers["/schedulers/info"] = {"schedulers": crowd}

    asking = asked(api.url)

    assert asking.fleets is not None
    assert len(asking.fleets) == 41


@pytest.mark.parametrize("nonsense", [b"", b"<html>", b"[]", b"{}", b'{"schedulers": [7]}'])
def test_nonsense_is_no_answer_and_what_was_known_stays(api: Api, nonsense: bytes) -> None:
    asking = asked(api.url)
    known = asking.fleets

    api.answers["/schedulers/info"] = nonsense
    asking.ask()

    assert not asking.answers
    assert asking.fleets == known


def test_an_api_that_is_away_is_asked_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poller, "EVERY_S", 0.01)
    del api.answers["/schedulers/info"]
    asking = poller.Poller(requests.Api(api.url))
    asking.start()

    with contextlib.closing(asking):
        api.answers.update(HOW_IT_IS)
        eventually(lambda: asking.answers)


def test_nobody_there_is_no_answer() -> None:
    asking = asked(f"http://127.0.0.1:{free_port()}")

    assert not asking.answers
    assert asking.fleets is None
