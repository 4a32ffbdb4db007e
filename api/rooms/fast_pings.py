"""
Pings on the short way: past the routing and the layers of Flask, to the same functions.

It answers nothing but pings that are stored, or cannot be. Whatever is unusual about a request,
and every mistake in it, it leaves to the application behind it, as if it had not been there.
"""

import io
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any
from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

from api import bodies, messages, web
from api.rooms import ping_calls
from api.rooms.ping_schema import (
    UpdateRoomWithPingRequestSchema,
    UpdateRoomWithPingResponseSchema,
)
from maestro import metrics
from maestro.metrics.declaring import Module
from maestro.metrics.tally import Presence, Tally

#: Names in their plainest spelling; others have to be decoded as Flask does it.
_PATH = re.compile(r"/scheduler/([A-Za-z0-9._~-]+)/rooms/([A-Za-z0-9._~-]+)/ping")
#: Of a Content-Length; longer ones are looked at elsewhere.
_FEW_DIGITS = 9

#: They change where a request leads, or how long its body is; or somebody wants to find it again.
_UNUSUAL = {"HTTP_TRANSFER_ENCODING", "HTTP_UPGRADE", "HTTP_X_REQUEST_ID"}
_HANDLER = "/scheduler/:schedulerName/rooms/:roomID/ping"
_LABELS = (Module.ROOMS_API, _HANDLER, "PUT", "200")
_inside = Presence(metrics.HTTP_INFLIGHT, Module.ROOMS_API, _HANDLER)
_seconds = Tally(metrics.HTTP_SECONDS, *_LABELS)
_bytes = Tally(metrics.HTTP_BYTES, *_LABELS)

_REQUEST = UpdateRoomWithPingRequestSchema()
_RESPONSE = UpdateRoomWithPingResponseSchema()


class FastPings:
    """In front of an application; `extensions` are those that it keeps its services in."""

    def __init__(
        self, behind: WSGIApplication, extensions: Mapping[str, Any], *, body_limit: int
    ) -> None:
        self._behind = behind
        self._extensions = extensions
        self._body_limit = body_limit
        self._answers = {
            success: _answer(bodies.write(_RESPONSE.dump({"success": success})))
            for success in (True, False)
        }

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        # What is counted behind is left to count there.
        began = time.perf_counter()
        _inside.enter(None)
        try:
            success = self._ping(environ)
        finally:
            _inside.leave()
        if success is None:
            return self._behind(environ, start)
        headers, body = self._answers[success]
        _seconds.note(time.perf_counter() - began)
        _bytes.note(len(body[0]))
        start("200 OK", headers[:])
        return body

    def _ping(self, environ: WSGIEnvironment) -> bool | None:
        """Whether the ping was stored; None when it is not ours to answer."""
        if environ["REQUEST_METHOD"] != "PUT":
            return None
        names = _PATH.fullmatch(environ["PATH_INFO"])
        if names is None:
            return None
        length = self._length(environ)
        if length is None:
            return None
        raw = _read(environ["wsgi.input"], length)
        try:
            if len(raw) < length:
                raise EOFError
            ping = messages.load(_REQUEST, bodies.read(raw))
            services = self._extensions[web.EXTENSION]
            success: bool = ping_calls.ping(services, ping, *names.groups())["success"]
        except Exception:
            # The application finds the same, tells and logs it; it needs the body again for that.
            environ["wsgi.input"] = io.BytesIO(raw)
            return None
        return success

    def _length(self, environ: WSGIEnvironment) -> int | None:
        text = environ.get("CONTENT_LENGTH", "")
        if not (text.isascii() and text.isdecimal()) or len(text) > _FEW_DIGITS:
            return None
        if not _UNUSUAL.isdisjoint(environ):
            return None
        return int(text) if int(text) <= self._body_limit else None


def _read(stream: InputStream, length: int) -> bytes:
    """So many bytes, or all there are; a server may give them in pieces."""
    raw = stream.read(length)
    while len(raw) < length and (more := stream.read(length - len(raw))):
        raw += more
    return raw


def _answer(body: bytes) -> tuple[list[tuple[str, str]], list[bytes]]:
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    return headers, [body]
