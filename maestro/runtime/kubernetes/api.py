"""
Requests to a Kubernetes API server, as plain JSON.

Every request has a deadline, takes its turn among those of this process, and ends in an answer, a
`Refusal`, or `Unavailable` when nobody knows what became of it. A refusal that passes quickly is
asked again within the deadline.
"""

import contextlib
import dataclasses
import http.client
import random
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import orjson
import urllib3
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException

from maestro import errors, metrics
from maestro.runtime.kubernetes import shape
from maestro.runtime.kubernetes.access import Access
from maestro.runtime.kubernetes.pace import Pace
from maestro.runtime.kubernetes.refusals import SHORT, Meaning, Refusal

Body = Mapping[str, Any]
Query = Mapping[str, str | int | bool]

CONNECT_S = 3.0
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
MERGE_PATCH = "application/merge-patch+json"
#: Answers are read no further: a list comes in pages.
LONGEST_ANSWER = 64 * 1024 * 1024
PIECE = 1024 * 1024


class Stream(Protocol):
    """An answer that does not end for long."""

    def lines(self) -> Iterator[bytes]:
        """Its lines, as they come. Raises Unavailable when the connection fails or is silent."""

    def close(self) -> None:
        """End it, from any thread."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A part of a list."""

    items: list[Mapping[str, Any]]
    resource_version: str
    #: For the next one; empty after the last.
    token: str


class Api:
    """All that is asked of one API server by this process."""

    def __init__(self, access: Access, pace: Pace, *, timeout_s: float) -> None:
        self._access = access
        self._pace = pace
        self._timeout_s = timeout_s
        self._guard = threading.Lock()
        self._connected: client.ApiClient | None = None

    def deadline(self, share: float = 1.0) -> float:
        """When a call that begins now has to end, or a part of it; by the monotonic clock."""
        return time.monotonic() + share * self._timeout_s

    def get(self, path: str, *, until: float | None = None, **query: str | int) -> dict[str, Any]:
        """Read an object, or a page of a list."""
        return self._ask("GET", path, query=query, until=until)

    def find(self, path: str, *, until: float | None = None) -> dict[str, Any] | None:
        """Read an object; None when there is none."""
        try:
            return self.get(path, until=until)
        except Refusal as refusal:
            if refusal.meaning is not Meaning.MISSING:
                raise
            return None

    def pages(self, path: str, *, limit: int, **query: str) -> Iterator["Page"]:
        """A list, as it was at one moment; the last page's version is that of all."""
        asked: dict[str, str | int] = {"limit": limit, **query}
        while True:
            page = _page(self._ask("GET", path, query=asked))
            yield page
            if not page.token:
                return
            asked["continue"] = page.token

    def post(self, path: str, body: Body, *, until: float | None = None) -> dict[str, Any]:
        """Create an object. After Unavailable it may exist."""
        return self._ask("POST", path, body=body, until=until)

    def patch(self, path: str, body: Body) -> dict[str, Any]:
        """Change some fields of an object."""
        return self._ask("PATCH", path, body=body, content_type=MERGE_PATCH)

    def delete(self, path: str, body: Body, *, until: float | None = None) -> dict[str, Any]:
        """Delete an object."""
        return self._ask("DELETE", path, body=body, until=until)

    def stream(self, path: str, *, silence_s: float, **query: str | int | bool) -> Stream:
        """An answer that is read line by line; a longer silence than this ends it."""
        response = self._send("GET", path, query, None, "", until=self.deadline())
        # It has begun; from now on only silence ends it.
        _wait_at_most(response, silence_s)
        return _Stream(response)

    def date(self) -> str:
        """The time by the server's clock, as the header of an answer; empty when it has none."""
        until = self.deadline()
        response = self._send("GET", "/version", {}, None, "", until=until)
        _read(response, until=until)
        return str(response.headers.get("Date", ""))

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Body | None = None,
        content_type: str = "application/json",
        until: float | None = None,
    ) -> dict[str, Any]:
        deadline, pause_s = until or self.deadline(), FIRST_PAUSE_S
        while True:
            try:
                response = self._send(method, path, query or {}, body, content_type, until=deadline)
                return _json(_read(response, until=deadline))
            except Refusal as refusal:
                wait_s = max(pause_s * random.uniform(0.5, 1), refusal.retry_after_s)  # noqa: S311
                if refusal.meaning not in SHORT or time.monotonic() + wait_s >= deadline:
                    raise
            time.sleep(wait_s)
            pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)

    def _send(
        self,
        method: str,
        path: str,
        query: Query,
        body: Body | None,
        content_type: str,
        *,
        until: float,
    ) -> urllib3.BaseHTTPResponse:
        """Send it once, and once more when our credentials were exchanged meanwhile."""
        asked = (method, path, query, body, content_type, until)
        connected = self._connection()
        try:
            return self._send_by(connected, *asked)
        except Refusal as refusal:
            if refusal.meaning is not Meaning.UNAUTHENTICATED:
                raise
        self._forget(connected)
        return self._send_by(self._connection(), *asked)

    def _send_by(
        self,
        connected: client.ApiClient,
        method: str,
        path: str,
        query: Query,
        body: Body | None,
        content_type: str,
        until: float,
    ) -> urllib3.BaseHTTPResponse:
        if not self._pace.take(within_s=_left_s(until)):
            raise errors.Unavailable("Kubernetes: too many requests of ours wait for their turn")
        left_s = _left_s(until)
        headers = {"Accept": "application/json"} | ({"Content-Type": content_type} if body else {})
        with _observed(method, path) as answer, _answered(f"{method} {path}"):
            connected.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
            response: urllib3.BaseHTTPResponse = connected.call_api(
                method,
                f"{connected.configuration.host}{path}{_query_text(query)}",
                header_params=headers,
                body=body,
                _request_timeout=(min(CONNECT_S, left_s), left_s),
            ).response
            answer.code = response.status
        if response.status >= 300:
            raise _refusal(response, until=until)
        return response

    def _connection(self) -> client.ApiClient:
        with self._guard:
            if self._connected is None:
                self._connected = self._access.connect()
            return self._connected

    def _forget(self, connected: client.ApiClient) -> None:
        """The next request reads the credentials anew."""
        with self._guard:
            if self._connected is connected:
                self._connected = None


class _Stream:
    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def lines(self) -> Iterator[bytes]:
        rest = b""
        with _answered("the watch"), contextlib.closing(self._response):
            while chunk := self._response.read1(1024 * 1024):
                *complete, rest = (rest + chunk).split(b"\n")
                yield from filter(None, complete)

    def close(self) -> None:
        # Whoever reads at this moment wakes up. A RuntimeError tells that it has ended anyway.
        with contextlib.suppress(OSError, ValueError, RuntimeError, urllib3.exceptions.HTTPError):
            self._response.shutdown()


@dataclasses.dataclass(slots=True)
class _Answer:
    """What is known of an answer; 0 while there is none."""

    code: int = 0


@contextlib.contextmanager
def _observed(method: str, path: str) -> Iterator[_Answer]:
    """Time a request until its answer begins."""
    answer, began = _Answer(), time.perf_counter()
    try:
        yield answer
    finally:
        labels = (method, resource(path), str(answer.code))
        metrics.KUBERNETES_SECONDS.labels(*labels).observe(time.perf_counter() - began)


def resource(path: str) -> str:
    """What kind of object a path leads to, such as `pods`; never a name of one."""
    parts = path.strip("/").split("/")
    # /api/v1/…, or /apis/policy/v1/…
    parts = parts[2:] if parts[0] == "api" else parts[3:]
    if parts[:1] == ["namespaces"] and len(parts) > 2:
        parts = parts[2:]
    return parts[0] if parts else ""


@contextlib.contextmanager
def _answered(what: str) -> Iterator[None]:
    """What the client and the network raise, as what we do."""
    try:
        yield
    except (urllib3.exceptions.HTTPError, ApiException, ConfigException, OSError) as error:
        raise errors.Unavailable(f"Kubernetes did not answer {what}: {error}") from error
    except ValueError:
        # It quotes the header that cannot be sent, and that may be our token.
        raise errors.Unavailable(f"Kubernetes cannot be asked {what} as it is set up") from None


def _left_s(until: float) -> float:
    return max(0.01, until - time.monotonic())


def _read(response: urllib3.BaseHTTPResponse, *, until: float) -> bytes:
    """All of an answer; gives the connection back when that was read to its end, else closes it."""
    raw = bytearray()
    try:
        with _answered("to the end"):
            while chunk := _some(response, until=until):
                raw += chunk
                if len(raw) > LONGEST_ANSWER:
                    raise errors.Unavailable("Kubernetes answered more than can be read")
        response.release_conn()
    except BaseException:
        response.close()
        raise
    return bytes(raw)


def _some(response: urllib3.BaseHTTPResponse, *, until: float) -> bytes:
    """What has arrived of an answer; waits no longer than there is time, also for a slow one."""
    if time.monotonic() >= until:
        raise errors.Unavailable("Kubernetes did not end its answer in time")
    _wait_at_most(response, _left_s(until))
    return response.read1(PIECE)


def _wait_at_most(response: urllib3.BaseHTTPResponse, seconds: float) -> None:
    """How long the next piece of an answer may take."""
    connection = response.connection
    if isinstance(connection, http.client.HTTPConnection) and connection.sock:
        connection.sock.settimeout(seconds)


def _json(raw: bytes) -> dict[str, Any]:
    try:
        return dict(orjson.loads(raw))
    except (orjson.JSONDecodeError, TypeError, ValueError) as error:
        raise errors.Unavailable(f"Kubernetes answered no JSON: {error}") from error


def _page(body: Mapping[str, Any]) -> Page:
    metadata = shape.mapping(body.get("metadata"))
    if not metadata.get("resourceVersion") or "items" not in body:
        raise errors.Unavailable("Kubernetes answered something else than a list")
    return Page(
        items=shape.mappings(body["items"]),
        resource_version=str(metadata["resourceVersion"]),
        token=shape.text(metadata.get("continue")),
    )


def _refusal(response: urllib3.BaseHTTPResponse, *, until: float) -> Refusal:
    raw = _read(response, until=until)
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        # Of a proxy in between.
        body = {"message": raw[:200].decode(errors="replace")}
    after = response.headers.get("Retry-After", "")
    retry_after_s = float(after) if after.isascii() and after.isdigit() else 0
    return Refusal(
        response.status, body if isinstance(body, dict) else None, retry_after_s=retry_after_s
    )


def _query_text(query: Query) -> str:
    given = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in query.items()
    }
    return f"?{urllib.parse.urlencode(given)}" if given else ""
