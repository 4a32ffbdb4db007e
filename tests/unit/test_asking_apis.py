"""Requests of commands to an API, whatever that does."""

import contextlib
import http.server
import json
from collections.abc import Iterator
from typing import Any

import pytest

from maestro.cli import exits
from maestro.cli.remote.asking import Api
from tests.listening import listening
from tests.ports import free_port


class Server(http.server.ThreadingHTTPServer):
    """Answers what it is told to, and remembers how it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.status, self.text, self.headers = 200, "{}", dict[str, str]()
        self.asked: list[tuple[str, str, str]] = []
        self.connections = set[Any]()
        self.hangs_up = False
        self.url = f"http://127.0.0.1:{self.server_port}"


class Answers(http.server.BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        token = self.headers.get("Authorization", "")
        self.server.asked.append((f"{self.command} {self.path}", token, body))
        self.server.connections.add(self.client_address)
        if self.server.hangs_up:
            self.close_connection = True
            return
        raw = self.server.text.encode()
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_POST = do_PATCH = do_GET  # noqa: N815

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with listening(Server()) as server:
        yield server


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with contextlib.closing(Api(f"{server.url}/maestro", token="secret", called="it")) as api:
        yield api


def test_names_are_only_names_and_nothing_is_asked_that_is_not_said(
    api: Api, server: Server
) -> None:
    server.text = json.dumps({"schedulers": [1]})

    assert api.get("schedulers", "../a b?#", game=None, name="ä")["schedulers"] == [1]
    assert api.send("PATCH", "schedulers", "arena", body={"roomsReplicas": 3})

    assert server.asked == [
        ("GET /maestro/schedulers/..%2Fa%20b%3F%23?name=%C3%A4", "Bearer secret", ""),
        ("PATCH /maestro/schedulers/arena", "Bearer secret", '{"roomsReplicas": 3}'),
    ]


def test_one_connection_is_enough_to_look(api: Api, server: Server) -> None:
    for _ in range(3):
        api.get("schedulers")

    assert len(server.connections) == 1


def test_a_connection_that_was_closed_meanwhile_is_made_anew(api: Api, server: Server) -> None:
    api.get("schedulers")
    server.hangs_up = True
    with pytest.raises(exits.Away):
        api.get("schedulers")
    server.hangs_up = False

    api.get("schedulers")

    # The one that was closed under it, and the one that was made instead, which was closed too.
    assert len(server.asked) == 4


def test_what_may_have_been_done_is_not_asked_for_again(api: Api, server: Server) -> None:
    server.hangs_up = True

    with pytest.raises(exits.Away) as raised:
        api.send("POST", "schedulers", body={})

    assert len(server.asked) == 1
    assert "may have been done" in raised.value.hint


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70, "a..b"])
def test_what_is_no_host_does_not_answer(host: str) -> None:
    with pytest.raises(exits.Away):
        Api(f"http://{host}").get("schedulers")


def test_nobody_there_has_done_nothing() -> None:
    with pytest.raises(exits.Away) as raised:
        Api(f"http://127.0.0.1:{free_port()}").send("POST", "schedulers", body={})

    assert "does it run?" in raised.value.hint


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (200, "<html>", exits.Refused),
        (200, "[]", exits.Refused),
        (200, "", exits.Refused),
        (200, "null", exits.Refused),
        (401, '{"code": 16, "message": "who are you?"}', exits.Refused),
        (404, "not here", exits.Refused),
        (502, "<html>", exits.Away),
        (503, '{"code": 14, "message": "away"}', exits.Away),
    ],
)
def test_whatever_is_answered_is_understood(
    api: Api, server: Server, status: int, text: str, kind: type[exits.Trouble]
) -> None:
    server.status, server.text = status, text

    with pytest.raises(kind):
        api.get("schedulers")


def test_a_token_does_not_follow_to_other_places(api: Api, server: Server) -> None:
    server.status, server.headers = 302, {"Location": "http://elsewhere"}

    with pytest.raises(exits.Refused, match="it is at http://elsewhere"):
        api.get("schedulers")


def test_an_answer_of_something_else_is_told(api: Api) -> None:
    with pytest.raises(exits.Refused, match="answered without 'schedulers'"):
        api.get("schedulers")["schedulers"]


def test_what_is_not_spoken_as_http_is_told(server: Server) -> None:
    with pytest.raises(exits.Away, match="does not answer"):
        Api(server.url.replace("http", "https")).get("schedulers")
