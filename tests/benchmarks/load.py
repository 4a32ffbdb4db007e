"""
Requests as fast as a server answers them, from a few processes that do next to nothing per request:
what is sent is prepared, several at a time on each connection, and answers are only counted.
"""

import contextlib
import dataclasses
import multiprocessing
import random
import socket
import time
from collections.abc import Sequence

PROCESSES = 2
CONNECTIONS = 8
#: Requests on their way on one connection.
DEPTH = 8
_SPAWN = multiprocessing.get_context("spawn")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What came back."""

    answers: int
    #: Those that hold the text that was looked for.
    good: int
    seconds: float

    @property
    def rate(self) -> float:
        """Good answers per second."""
        return self.good / self.seconds


def request(method: str, path: str, body: bytes = b"", *, headers: str = "") -> bytes:
    """A request as it goes over the wire."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{headers}"
    )
    return head.encode() + b"\r\n" + body


def drive(port: int, requests: Sequence[bytes], *, good: bytes, seconds: float) -> Load:
    """Send the requests in turn, over and over."""
    with _SPAWN.Pool(PROCESSES) as pool:
        args = [(port, _batches(requests, index), good, seconds) for index in range(PROCESSES)]
        began = time.monotonic()
        counts = pool.starmap(_drive, args)
        took = time.monotonic() - began
    return Load(
        answers=sum(answers for answers, _ in counts),
        good=sum(found for _, found in counts),
        # Processes start one after the other, and each drives for so long.
        seconds=min(took, seconds),
    )


def _batches(requests: Sequence[bytes], seed: int) -> list[bytes]:
    """What goes out at once, in an order of its own."""
    order = list(requests) * max(1, DEPTH * CONNECTIONS // len(requests))
    random.Random(seed).shuffle(order)
    whole = len(order) - len(order) % DEPTH
    return [b"".join(order[start : start + DEPTH]) for start in range(0, whole, DEPTH)][:20_000]


def _drive(port: int, batches: Sequence[bytes], good: bytes, seconds: float) -> tuple[int, int]:
    with contextlib.ExitStack() as closing:
        connections = [
            closing.enter_context(socket.create_connection(("127.0.0.1", port)))
            for _ in range(CONNECTIONS)
        ]
        answers = found = turn = 0
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for connection in connections:
                connection.sendall(batches[turn % len(batches)])
                turn += 1
            for connection in connections:
                for text in _answers(connection):
                    answers += 1
                    found += good in text
        return answers, found


def _answers(connection: socket.socket) -> list[bytes]:
    """What was answered to one batch."""
    received = b""
    while received.count(b"HTTP/1.1 ") < DEPTH or not received.endswith((b"}", b"]")):
        more = connection.recv(65536)
        if not more:
            raise ConnectionError("the server closed the connection")
        received += more
    return received.split(b"HTTP/1.1 ")[1:]
