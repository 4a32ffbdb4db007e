"""
An installation to ask over HTTP: both APIs on ports of their own, over a Maestro on fakes that
moves on a little with every request, as others do with time.
"""

import contextlib
import wsgiref.simple_server
from collections.abc import Iterator
from typing import Any
from wsgiref.types import WSGIApplication

from tests.contract import asking
from tests.fakes.maestro import FakeMaestro
from tests.listening import listening


class Installation:
    """Where it is, and what is behind it."""

    def __init__(self, maestro: FakeMaestro) -> None:
        self.maestro = maestro
        #: Whether workers and rooms do anything.
        self.moves = True
        #: Whether rooms say that they are ready.
        self.rooms_get_ready = True
        #: What was asked, such as `POST /schedulers`.
        self.asked: list[str] = []
        self.url = self.rooms_url = ""

    def changes_asked(self) -> list[str]:
        """Requests that may change something."""
        return [asked for asked in self.asked if not asked.startswith("GET")]

    def move(self) -> None:
        """Let workers and rooms do what there is to do."""
        for scheduler in self.maestro.schedulers.uids():
            self.maestro.fake_clock.advance(2)
            self.maestro.settle(scheduler)
            if self.rooms_get_ready:
                self.maestro.ping_all(scheduler)

    def behind(self, app: WSGIApplication) -> WSGIApplication:
        """The application, with this world behind it."""

        def answer(environ: dict[str, Any], start: Any) -> Any:
            self.asked.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
            if self.moves:
                self.move()
            return app(environ, start)

        return answer


@contextlib.contextmanager
def installation(**settings: Any) -> Iterator[Installation]:
    """One that is there for the length of a block."""
    maestro: Any = FakeMaestro(**settings)
    found = Installation(maestro)
    of_operators = asking.management(maestro.management).application
    of_rooms = asking.rooms(maestro.room_services).application
    with (
        _served(found.behind(of_operators)) as found.url,
        _served(found.behind(of_rooms)) as found.rooms_url,
    ):
        yield found


class _Handler(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def _served(app: WSGIApplication) -> Iterator[str]:
    """One request at a time, so that the fakes are never asked by two at once."""
    server = wsgiref.simple_server.make_server("127.0.0.1", 0, app, handler_class=_Handler)
    with listening(server):
        yield f"http://127.0.0.1:{server.server_port}"
