"""The sample scheduler is made once."""

import contextlib
import http.server
import json
import pathlib
from collections.abc import Iterator

import pytest

from maestro.cli.development import sample
from tests.listening import listening


class Api(http.server.ThreadingHTTPServer):
    """A management API that answers as it is told, and remembers what it was sent."""

    def __init__(self, *, get: int, post: int) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.answers = {"GET": get, "POST": post}
        self.posted: list[dict[str, object]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(http.server.BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        self.answer(b"{}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(json.loads(body))
        self.answer(b'{"message": "no"}')

    def answer(self, body: bytes) -> None:
        self.send_response(self.server.answers[self.command])
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextlib.contextmanager
def api(*, get: int = 404, post: int = 200) -> Iterator[Api]:
    with listening(Api(get=get, post=post)) as server:
        yield server


@pytest.fixture
def made(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "sample-made"


def test_a_new_installation_gets_three_rooms(made: pathlib.Path) -> None:
    with api() as server:
        assert sample.make(server.url, made=made) is None

    [posted] = server.posted
    assert posted["name"] == "demo"
    assert posted["roomsReplicas"] == 3
    assert made.exists()


def test_it_is_not_made_twice(made: pathlib.Path) -> None:
    with api(get=200) as server:
        assert sample.make(server.url, made=made) is None

    assert server.posted == []
    assert made.exists()


def test_a_user_who_deleted_it_does_not_get_it_back(made: pathlib.Path) -> None:
    made.touch()

    with api() as server:
        assert sample.make(server.url, made=made) is None

    assert server.posted == []


def test_a_refusal_is_told(made: pathlib.Path) -> None:
    with api(post=400) as server:
        problem = sample.make(server.url, made=made)

    assert problem == "The sample scheduler was refused: no"
    assert not made.exists()


def test_an_api_that_is_gone_is_told(made: pathlib.Path) -> None:
    with api() as server:
        url = server.url

    problem = sample.make(url, made=made)

    assert problem is not None
    assert "could not be created" in problem
