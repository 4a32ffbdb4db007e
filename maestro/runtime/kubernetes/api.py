"""
Requests to a Kubernetes API server, as plain JSON.

Every request has a deadline, takes its turn among those of this process, and ends in an answer, a
`Refusal`, or `Unavailable` when nobody knows what became of it. A refusal that passes quickly is
asked again within the deadline.
"""

import contextlib
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

from maestro import errors
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


class Stream(Protocol):
    """An answer that does not end for long."""

    def lines(self) -> Iterator[bytes]:
        """Its lines, as they come. Raises Unavailable when the connection fails or is silent."""

    def close(self) -> None:
        """End it, from any thread."""


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

    def pages(self, path: str, *, limit: int, **query: str) -> Iterator[dict[str, Any]]:
        """A list, as it was at one moment; the last page's version is that of all."""
        asked: dict[str, str | int] = {"limit": limit, **query}
        while True:
            page = self._ask("GET", path, query=asked)
            yield page
            token = page["metadata"].get("continue")
            if not token:
                return
            asked["continue"] = token

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
        response = self._send("GET", path, query, None, "", timeout=(CONNECT_S, silence_s))
        return _Stream(response)

    def date(self) -> str:
        """The time by the server's clock, as the header of an answer; empty when it has none."""
        timeout = (CONNECT_S, self._timeout_s)
        with _closing(self._send("GET", "/version", {}, None, "", timeout=timeout)) as response:
            _json(response)
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
            left_s = max(0.01, deadline - time.monotonic())
            timeout = (min(CONNECT_S, left_s), left_s)
            try:
                with _closing(
                    self._send(method, path, query or {}, body, content_type, timeout=timeout)
                ) as response:
                    return _json(response)
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
        timeout: tuple[float, float],
    ) -> urllib3.BaseHTTPResponse:
        """Send it once, and once more when our credentials were exchanged meanwhile."""
        connected = self._connection()
        try:
            return self._send_by(connected, method, path, query, body, content_type, timeout)
        except Refusal as refusal:
            if refusal.meaning is not Meaning.UNAUTHENTICATED:
                raise
        self._forget(connected)
        return self._send_by(self._connection(), method, path, query, body, content_type, timeout)

    def _send_by(
        self,
        connected: client.ApiClient,
        method: str,
        path: str,
        query: Query,
        body: Body | None,
        content_type: str,
        timeout: tuple[float, float],
    ) -> urllib3.BaseHTTPResponse:
        if not self._pace.take(within_s=timeout[1]):
            raise errors.Unavailable("Kubernetes: too many requests of ours wait for their turn")
        headers = {"Accept": "application/json"} | ({"Content-Type": content_type} if body else {})
        with _answered(f"{method} {path}"):
            connected.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
            response: urllib3.BaseHTTPResponse = connected.call_api(
                method,
                f"{connected.configuration.host}{path}{_query_text(query)}",
                header_params=headers,
                body=body,
                _request_timeout=timeout,
            ).response
        if response.status >= 300:
            with _closing(response):
                raise _refusal(response)
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
        with _answered("the watch"), _closing(self._response):
            while chunk := self._response.read1(1024 * 1024):
                *complete, rest = (rest + chunk).split(b"\n")
                yield from filter(None, complete)

    def close(self) -> None:
        # Whoever reads at this moment wakes up.
        with contextlib.suppress(OSError, ValueError, urllib3.exceptions.HTTPError):
            self._response.shutdown()


@contextlib.contextmanager
def _answered(what: str) -> Iterator[None]:
    """What the client and the network raise, as what we do."""
    try:
        yield
    except (urllib3.exceptions.HTTPError, ApiException, OSError) as error:
        raise errors.Unavailable(f"Kubernetes did not answer {what}: {error}") from error


@contextlib.contextmanager
def _closing(response: urllib3.BaseHTTPResponse) -> Iterator[urllib3.BaseHTTPResponse]:
    """Give the connection back when it was read to its end, else close it."""
    try:
        yield response
        response.release_conn()
    except BaseException:
        response.close()
        raise


def _json(response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    with _answered("with anything that can be read"):
        raw = response.read(LONGEST_ANSWER)
    try:
        return dict(orjson.loads(raw))
    except (orjson.JSONDecodeError, TypeError, ValueError) as error:
        raise errors.Unavailable(f"Kubernetes answered no JSON: {error}") from error


def _refusal(response: urllib3.BaseHTTPResponse) -> Refusal:
    with _answered("why it refused"):
        raw = response.read(LONGEST_ANSWER)
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        # Of a proxy in between.
        body = {"message": raw[:200].decode(errors="replace")}
    after = response.headers.get("Retry-After", "")
    retry_after_s = float(after) if after.isdigit() else 0
    return Refusal(
        response.status, body if isinstance(body, dict) else None, retry_after_s=retry_after_s
    )


def _query_text(query: Query) -> str:
    given = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in query.items()
    }
    return f"?{urllib.parse.urlencode(given)}" if given else ""
