"""
One watch over all pods of this installation.

A thread reads lines, so that whoever watches gets a word in every second, and so that a burst
waits in a bounded queue and then in the network, not in our memory. Bookmarks make sure that a
healthy stream is never silent for long.
"""

import math
import queue
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

import orjson

from maestro.errors import Unavailable
from maestro.ports.runtime import TICK_S
from maestro.runtime.kubernetes import shape
from maestro.runtime.kubernetes.api import Stream
from maestro.runtime.kubernetes.refusals import Refusal

#: Most events that are handed on at once, and that wait.
BATCH = 500
WAITING = 4 * BATCH

Event = tuple[str, Mapping[str, Any]]


def events(
    open_stream: Callable[[int], Stream], *, timeout_s: float
) -> Generator[Sequence[Event], None, None]:
    """
    Batches of what happens, an empty one about every second; ends after `timeout_s`.

    `open_stream` gets the seconds after which the server is to end it. Raises Refusal when the
    server cannot continue from there, and Unavailable when the stream breaks or ends early.
    """
    end = time.monotonic() + timeout_s
    # The server's end comes after ours: one that comes before is a broken stream.
    reader = _Reader(open_stream(math.ceil(timeout_s) + 5))
    try:
        while True:
            batch = reader.take(within_s=min(TICK_S, max(0.05, end - time.monotonic())))
            told, failure = _told(batch)
            if told or not failure:
                yield told
            if failure:
                raise failure
            if time.monotonic() >= end:
                return
    finally:
        reader.stop()


class _Reader:
    """Reads a stream in a thread of its own, until it ends or is told to stop."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._lines: queue.Queue[bytes | Exception] = queue.Queue(WAITING)
        self._stopped = threading.Event()
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def take(self, *, within_s: float) -> list[bytes]:
        """What waits, at most a batch; raises what ended the stream once nothing waits."""
        batch: list[bytes] = []
        try:
            item = self._lines.get(timeout=within_s)
            while isinstance(item, bytes):
                batch.append(item)
                if len(batch) == BATCH:
                    return batch
                item = self._lines.get_nowait()
        except queue.Empty:
            return batch
        if not batch:
            raise item
        # It is raised the next time.
        self._lines.put(item)
        return batch

    def stop(self) -> None:
        """Let the thread end; it may be waiting for the network or for us."""
        self._stopped.set()
        self._stream.close()

    def _run(self) -> None:
        try:
            for line in self._stream.lines():
                if not self._put(line):
                    return
            self._put(Unavailable("Kubernetes ended the watch"))
        except Exception as error:
            # Whatever it is: a watch that nobody reads would seem to be one of a quiet cluster.
            self._put(error)

    def _put(self, item: bytes | Exception) -> bool:
        while not self._stopped.is_set():
            try:
                self._lines.put(item, timeout=TICK_S)
            except queue.Full:
                continue
            return True
        return False


def _told(batch: Sequence[bytes]) -> tuple[list[Event], Exception | None]:
    """What the lines tell, up to one that ends the stream."""
    told: list[Event] = []
    try:
        for line in batch:
            if event := _event(line):
                told.append(event)
    except (Refusal, Unavailable) as failure:
        return told, failure
    return told, None


def _event(line: bytes) -> Event | None:
    """The kind and the object of one line; None for what tells nothing of a pod."""
    try:
        told = orjson.loads(line)
        kind, told_of = told["type"], told["object"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise Unavailable(f"Kubernetes told something unreadable: {error}") from error
    if kind == "ERROR":
        # Too old a version is told like this too, after a status of success.
        status = shape.mapping(told_of)
        raise Refusal(shape.number(status.get("code")) or 500, status)
    return None if kind == "BOOKMARK" else (str(kind), shape.mapping(told_of))
