"""
Requests to an API of Maestro. The standard library does it: it is loaded in a tenth of the time
that HTTP packages take, and one connection is all that a command needs.
"""

import contextlib
import http
import http.client
import json
import urllib.parse
from typing import Any, NamedTuple

from maestro.cli import exits

TIMEOUT_S = 10.0
#: More is no answer of Maestro.
LARGEST_ANSWER = 64 * 1024 * 1024
OK = 200
NOT_THERE = "does it run? Is that its address? `maestro contexts show`"
#: It was sent, and nobody knows whether it arrived.
PERHAPS = "it may have been done all the same: look before you ask again"


#: What goes wrong between two machines; a name of a host may be no name.
_TROUBLE = (OSError, http.client.HTTPException, UnicodeError)


class _Request(NamedTuple):
    verb: str
    target: str
    raw: bytes | None = None


class Answer(dict[str, Any]):
    """What an API answered; whoever is asked by mistake may answer anything."""

    asked = "the API"

    def __missing__(self, name: str) -> Any:
        raise exits.Refused(f"{self.asked} answered without {name!r}", hint=exits.NOT_MAESTRO)


class Api:
    """One API. Calls raise Refused when it says no, and Away when it does not answer."""

    def __init__(
        self, url: str, *, token: str = "", called: str = "the API", timeout_s: float = TIMEOUT_S
    ) -> None:
        """Nothing is sent yet. `url` may lead below a path of a proxy."""
        self.url = url
        self._parts = urllib.parse.urlsplit(url)
        self._asked = f"{called} at {url}"
        self._headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._timeout_s = timeout_s
        self._connection: http.client.HTTPConnection | None = None

    def get(self, *path: str, **query: object) -> Answer:
        """Ask; names in the path may hold anything, and None in the query is left out."""
        asked = {name: value for name, value in query.items() if value is not None}
        suffix = f"?{urllib.parse.urlencode(asked)}" if asked else ""
        request = _Request("GET", self._target(path) + suffix)
        if self._connection is None:
            self._connection = self._connect()
        elif self._connection.sock is not None:
            # The server may have closed it meanwhile: then it is asked anew, as it may be asked
            # as often as one likes.
            with contextlib.suppress(*_TROUBLE):
                return self._answer(self._connection, request)
            self._connection.close()
        return self._exchange(self._connection, request)

    def find(self, *path: str) -> Answer | None:
        """Ask; None when there is no such thing."""
        try:
            return self.get(*path)
        except exits.Refused as refusal:
            if refusal.status == http.HTTPStatus.NOT_FOUND:
                return None
            raise

    def send(self, verb: str, *path: str, body: object = None) -> Answer:
        """Have something changed; sent once, whatever becomes of it."""
        raw = None if body is None else json.dumps(body).encode()
        with contextlib.closing(self._connect()) as connection:
            return self._exchange(connection, _Request(verb, self._target(path), raw))

    def close(self) -> None:
        """Let go of the connection; the next call makes another one."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _target(self, path: tuple[str, ...]) -> str:
        steps = (f"/{urllib.parse.quote(step, safe='')}" for step in path)
        return self._parts.path + "".join(steps)

    def _connect(self) -> http.client.HTTPConnection:
        secure = self._parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        made = kind(self._parts.hostname or "", self._parts.port, timeout=self._timeout_s)
        try:
            made.connect()
        except _TROUBLE as error:
            made.close()
            raise self._away(error, NOT_THERE) from error
        return made

    def _exchange(self, connection: http.client.HTTPConnection, request: _Request) -> Answer:
        try:
            return self._answer(connection, request)
        except _TROUBLE as error:
            connection.close()
            hint = NOT_THERE if request.verb == "GET" else PERHAPS
            raise self._away(error, hint) from error

    def _away(self, error: Exception, hint: str) -> exits.Away:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return exits.Away(f"{self._asked} does not answer: {reason}", hint=hint)

    def _answer(self, connection: http.client.HTTPConnection, request: _Request) -> Answer:
        connection.request(request.verb, request.target, request.raw, self._headers)
        answer = connection.getresponse()
        text = answer.read(LARGEST_ANSWER)
        if answer.getheader("Location"):
            raise exits.Refused(
                f"{self._asked} answered {answer.status}: it is at {answer.getheader('Location')}"
            )
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        if answer.status != OK or not isinstance(body, dict):
            raise exits.of_answer(answer.status, body, asked=self._asked)
        found = Answer(body)
        found.asked = self._asked
        return found
