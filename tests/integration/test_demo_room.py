"""The demo room as a process, with a rooms API that only listens."""

import contextlib
import http.server
import json
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.ports import free_port


class RoomsApi:
    """Answers pings and events, and hands them to the test."""

    def __init__(self, port: int = 0) -> None:
        self.pings: queue.Queue[dict[str, Any]] = queue.Queue()
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        #: How many connections there were.
        self.connections = 0
        #: What it answers.
        self.status, self.body = 200, b'{"success":true}'
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                api.connections += 1
                api.open.add(self.request)
                super().setup()

            def do_PUT(self) -> None:
                self.answer(api.pings)

            def do_POST(self) -> None:
                self.answer(api.events)

            def answer(self, heard: queue.Queue[dict[str, Any]]) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(api.status)
                self.send_header("Content-Length", str(len(api.body)))
                self.end_headers()
                self.wfile.write(api.body)
                heard.put({"path": self.path} | body)

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self.open: set[socket.socket] = set()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        """What rooms are told."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def next(self, status: str) -> dict[str, Any]:
        """The next ping of that status."""
        while (ping := self.pings.get(timeout=10))["status"] != status:
            pass
        return ping

    def hang_up(self) -> None:
        """Close what is open, as a server does after a while."""
        for connection in tuple(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self.hang_up()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def api() -> Iterator[RoomsApi]:
    """A rooms API that hears everything."""
    api = RoomsApi()
    yield api
    api.close()


@contextlib.contextmanager
def room(url: str, *options: str, **ports: str) -> Iterator[subprocess.Popen[str]]:
    """A demo room that is quick in everything."""
    environment = {
        "MAESTRO_SCHEDULER_NAME": "arena",
        "MAESTRO_ROOM_ID": "arena-1",
        "MAESTRO_ROOMS_API_URL": url,
    }
    quick = ("--ping-interval", "0.05", "--startup", "0", *options)
    with subprocess.Popen(
        [sys.executable, "-m", "maestro", "demo-room", *quick],
        env=environment | ports,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_room_pings_plays_and_says_good_bye(api: RoomsApi) -> None:
    with room(api.url, "--match-every", "0.2", "--match-length", "0.2") as process:
        ready = api.next("ready")
        occupied = api.next("occupied")
        assert api.next("ready")["runningMatches"] == 0
        process.send_signal(signal.SIGTERM)
        ending = api.next("terminating")

        assert process.wait(10) == 0
        left = {api.pings.get()["status"] for _ in range(api.pings.qsize())}
        assert left <= {"terminating"}, "nothing else is said after that"

    assert ready["path"] == "/scheduler/arena/rooms/arena-1/ping"
    assert ready["timestamp"] > 0
    assert occupied["runningMatches"] == 1
    assert ending["metadata"] == {"game": "echo"}


@pytest.mark.parametrize("every", [("--no-matches",), ("--match-every", "0")])
def test_a_room_may_stay_ready(api: RoomsApi, every: tuple[str, ...]) -> None:
    with room(api.url, *every):
        said = [api.pings.get(timeout=10)["status"] for _ in range(10)]

    assert set(said) == {"ready"}


def test_a_room_that_is_not_heard_goes_on_pinging() -> None:
    port = free_port()
    with room(f"http://127.0.0.1:{port}", "--no-matches") as process:
        assert process.stdout
        said = iter(process.stdout.readline, "")
        assert any("the ping was not heard" in line for line in said)

        api = RoomsApi(port)
        with contextlib.closing(api):
            api.next("ready")
            api.status, api.body = 503, b"not now"
            assert any("the ping was refused: 503 not now" in line for line in said)
            api.status, api.body = 200, b"what?"
            assert any("the ping was not heard" in line for line in said)
            api.status, api.body = 200, b'{"success":false}'
            assert any('the ping was refused: 200 {"success":false}' in line for line in said)

        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0, "also when nobody hears the last one"


@pytest.mark.parametrize(
    ("options", "host"), [((), "127.0.0.1"), (("--host", "127.0.0.2"), "127.0.0.2")]
)
def test_players_are_answered_on_all_ports(
    api: RoomsApi, options: tuple[str, ...], host: str
) -> None:
    udp, tcp = free_port(), free_port()
    ports = {
        "MAESTRO_PORT_GAME": str(udp),
        "MAESTRO_PORT_GAME_PROTOCOL": "udp",
        "MAESTRO_PORT_CHAT": str(tcp),
        "MAESTRO_PORT_CHAT_PROTOCOL": "tcp",
    }
    with room(api.url, *options, **ports):
        api.next("ready")
        for _ in range(2):
            with socket.create_connection((host, tcp), timeout=10) as player:
                player.sendall(b"hello")
                assert player.recv(100) == b"hello"
        with socket.socket(type=socket.SOCK_DGRAM) as player:
            player.settimeout(10)
            player.sendto(b"hello", (host, udp))
            assert player.recv(100) == b"hello"


def test_being_an_example_needs_little() -> None:
    code = (
        "import sys, maestro.cli.demo_room; "
        "print(*(name for name in ('flask', 'pydantic', 'celery') if name in sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.split() == []
