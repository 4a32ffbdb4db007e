"""A client that knows no more of Kubernetes than bytes: what a server says, as it says it."""

import copy
import dataclasses
import functools
import http.client
import pathlib
import urllib.parse
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

import orjson

RECORDINGS = pathlib.Path(__file__).parents[1] / "recordings" / "kubernetes"


@dataclasses.dataclass(frozen=True)
class Told:
    """An answer."""

    status: int
    body: Any
    retry_after: str | None = None
    warnings: tuple[str, ...] = ()


class Wire:
    """One connection for questions, and one for each watch."""

    def __init__(self, url: str, token: str, *, timeout_s: float = 30) -> None:
        self._timeout_s = timeout_s
        self._place = urllib.parse.urlsplit(url).netloc
        self.token = token
        #: Whose token is whose.
        self.tokens = {"admin": token, "bad": "wrong", "anonymous": ""}
        self._open: list[http.client.HTTPConnection] = []
        self._main = self._connection()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connection in self._open:
            connection.close()

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        token: str | None = None,
    ) -> Told:
        """Ask, and wait for all of the answer. A body that is text is sent as it is."""
        return self.begin(method, path, body, content_type=content_type, token=token)()

    def begin(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        token: str | None = None,
    ) -> Callable[[], Told]:
        """Ask; call what is returned for the answer."""
        raw = body.encode() if isinstance(body, str) else orjson.dumps(body) if body else None
        headers = {"Content-Type": content_type} if raw else {}
        try:
            self._main.request(method, path, raw, headers | self._who(token))
        except OSError:
            self._main.close()
            raise
        return self._told

    def _told(self) -> Told:
        answer = self._main.getresponse()
        told = answer.read()
        is_json = answer.headers["Content-Type"] == "application/json"
        return Told(
            answer.status,
            orjson.loads(told.splitlines()[0]) if is_json and told else told.decode(),
            answer.headers["Retry-After"],
            tuple(answer.headers.get_all("Warning", ())),
        )

    @staticmethod
    def recorded_request(exchange: str) -> Any:
        """A copy of what was once sent."""
        found = next(each for each in recorded("exchanges") if each["id"] == exchange)
        return copy.deepcopy(found["request"]["body"])

    def watch(self, path: str) -> Iterator[Any]:
        """Open a watch; its events come as they are asked for, until its end."""
        connection = self._connection()
        connection.request("GET", path, headers=self._who(None))
        answer = connection.getresponse()
        assert answer.status == 200
        return (orjson.loads(line) for line in answer)

    def _connection(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self._place, timeout=self._timeout_s)
        self._open.append(connection)
        return connection

    def _who(self, token: str | None) -> dict[str, str]:
        token = self.token if token is None else token
        return {"Authorization": f"Bearer {token}"} if token else {}


@functools.cache
def recorded(name: str) -> Any:
    """A recording."""
    return orjson.loads((RECORDINGS / f"{name}.json").read_bytes())
