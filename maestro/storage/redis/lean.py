"""
Calls one script over and over, at less than half the CPU time that redis-py takes for a call.

redis-py makes the connections, with all that a URL may ask for; what goes over them is written
and read here. Raises redis-py's errors, so that nobody needs to know which of them is at work.
"""

import collections
import contextlib
import hashlib
import socket
import ssl
import struct
import time
from collections.abc import Sequence
from typing import Any, cast

import hiredis
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

_TCP = ("redis://", "rediss://", "unix://")
_INCOMPLETE = object()
#: Answers after which the next call should ask a new connection, which may lead to another server.
_WRONG_SERVER = ("READONLY", "MASTERDOWN", "NOAUTH")


def supports(url: str) -> bool:
    """Whether the URL leads to one server; a cluster or sentinels are for redis-py."""
    return url.startswith(_TCP) and "," not in url


class LeanScript:
    """A script that is called with `keys` and `args` from any number of threads."""

    def __init__(self, url: str, text: str, *, timeout_s: float) -> None:
        """Nothing connects before the first call, none of which waits for longer than so long."""
        self._url = url
        self._text = text
        self._sha = hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 - Redis' name for it
        self._timeout_s = timeout_s
        #: The last one used is used next, so that there are only as many as are needed at once.
        self._idle: collections.deque[_Connection] = collections.deque()

    def __call__(self, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        """What the script returns."""
        answer = self._ask("EVALSHA", self._sha, len(keys), *keys, *args)
        if isinstance(answer, redis.ResponseError) and str(answer).startswith("NOSCRIPT"):
            answer = self._ask("EVAL", self._text, len(keys), *keys, *args)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Let go of the connections that nobody uses."""
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _ask(self, *command: str | int) -> Any:
        packed = hiredis.pack_command(command)  # type: ignore[arg-type]
        try:
            connection = self._idle.pop()
        except IndexError:
            return self._use(self._connect(), packed)
        try:
            return self._use(connection, packed)
        except redis.ConnectionError:
            # It broke while nobody used it, and so did the others. Running twice changes nothing.
            self.close()
            return self._use(self._connect(), packed)

    def _use(self, connection: "_Connection", packed: bytes) -> Any:
        try:
            answer = connection.ask(packed)
        except BaseException:
            connection.close()
            raise
        if isinstance(answer, Exception) and str(answer).startswith(_WRONG_SERVER):
            connection.close()
        else:
            self._idle.append(connection)
        return answer

    def _connect(self) -> "_Connection":
        return _Connection(self._url, self._timeout_s)


class _Connection:
    """One connection; it is of no use any more once it raised something."""

    def __init__(self, url: str, timeout_s: float) -> None:
        pool = redis.ConnectionPool.from_url(
            url,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
            # Newer ones have messages that nobody asked for.
            protocol=2,
        )
        self._made = cast(Any, pool.make_connection())
        self._made.connect()
        self._socket: socket.socket = self._made._sock
        self._timeout_s = timeout_s
        _limit_waits(self._socket, timeout_s)
        self._reader = hiredis.Reader(
            encoding="utf-8", replyError=redis.ResponseError, notEnoughData=_INCOMPLETE
        )

    def ask(self, packed: bytes) -> Any:
        """The answer to a command, an error of the server's included."""
        try:
            self._socket.sendall(packed)
            self._reader.feed(self._received())
            answer = self._reader.gets()
            return self._rest() if answer is _INCOMPLETE else answer
        except (TimeoutError, BlockingIOError) as error:
            raise redis.TimeoutError(f"no answer within {self._timeout_s} s") from error
        except (OSError, hiredis.HiredisError) as error:
            raise redis.ConnectionError(str(error)) from error

    def _received(self) -> bytes:
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionError("the server closed the connection")
        return received

    def _rest(self) -> Any:
        """An answer of which only a part came; to be waited for no longer than for a whole one."""
        until = time.monotonic() + self._timeout_s
        while time.monotonic() < until:
            self._reader.feed(self._received())
            answer = self._reader.gets()
            if answer is not _INCOMPLETE:
                return answer
        raise TimeoutError

    def close(self) -> None:
        self._made.disconnect()


def _limit_waits(connected: socket.socket, timeout_s: float) -> None:
    """Let the kernel watch the clock, as Python would ask it for each wait whether it may."""
    if isinstance(connected, ssl.SSLSocket) or not hasattr(socket, "SO_RCVTIMEO"):
        connected.settimeout(timeout_s)
        return
    connected.settimeout(None)
    seconds, micros = divmod(round(timeout_s * 1_000_000), 1_000_000)
    limit = struct.pack("@ll", seconds, micros)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
