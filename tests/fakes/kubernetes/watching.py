"""
Watches: from a version on, everything that happens to what a selector selects.

A version of the future is no error: nothing is told before it is reached, as in the real cache.
"""

import dataclasses
import itertools
import threading
import time
from collections.abc import Iterator, Mapping

import orjson

from tests.fakes.kubernetes import listing, refusals
from tests.fakes.kubernetes.listing import Question
from tests.fakes.kubernetes.refusals import Refusal
from tests.fakes.kubernetes.state import Change, State, Stored

_END_OF_LIST = {"k8s.io/initial-events-end": "true"}


@dataclasses.dataclass(eq=False)
class Stream:
    """One open watch, as the test may disturb it."""

    question: Question
    wants_bookmarks: bool
    ends_at: float | None
    #: How much of the history of its resource it has told.
    position: int
    is_cut: bool = False
    is_frozen: bool = False
    owes_bookmark: bool = False


class Streams:
    """All open watches."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._open: list[Stream] = []

    def __len__(self) -> int:
        return len(self._open)

    def follow(self, question: Question, query: Mapping[str, str]) -> Iterator[bytes]:
        """
        What is sent, piece by piece; an empty piece is a chance to notice that nobody listens.

        Ends when the watch ends well; raises `ConnectionAbortedError` when it is cut.
        """
        since = _version(question)
        timeout_s = listing.whole("timeoutSeconds", query.get("timeoutSeconds"))
        stream = Stream(
            question=question,
            wants_bookmarks=listing.is_true(query.get("allowWatchBookmarks")),
            ends_at=time.monotonic() + timeout_s if timeout_s else None,
            position=0,
        )
        told = self._told(stream, since, listing.is_true(query.get("sendInitialEvents")))
        # Open from now on, not only once somebody reads.
        return itertools.chain([next(told)], told)

    def bookmark(self) -> None:
        """Let every watch that allows it say how far it is."""
        with self._state.changed:
            for stream in self._open:
                stream.owes_bookmark = True
            self._state.changed.notify_all()

    def cut(self) -> None:
        """Break all connections off."""
        with self._state.changed:
            for stream in self._open:
                stream.is_cut = True
            self._state.changed.notify_all()

    def freeze(self, frozen: bool = True) -> None:
        """Let the open ones stay open and say nothing, not even goodbye."""
        with self._state.changed:
            for stream in self._open:
                stream.is_frozen = frozen
            self._state.changed.notify_all()

    def _told(self, stream: Stream, since: int, with_marker: bool) -> Iterator[bytes]:
        with self._state.changed:
            floor = self._state.floor
            is_expired = 0 < since < floor
            if not is_expired:
                first = self._begin(stream, since, with_marker)
                self._open.append(stream)
        # Nothing is told under the lock: whoever listens may take for ever.
        if is_expired:
            yield _error(since, floor)
            return
        try:
            yield first
            while (piece := self._next(stream)) is not None:
                yield piece
        finally:
            with self._state.changed:
                self._open.remove(stream)

    def _begin(self, stream: Stream, since: int, with_marker: bool) -> bytes:
        history = self._state.history[stream.question.resource]
        if since:
            stream.position = _first_after(history, since)
            return b""
        stream.position = len(history)
        question = stream.question
        stored = self._state.all(question.resource, namespace=question.namespace)
        events = [_event("ADDED", each) for each in stored if question.matches(each.body)]
        if with_marker:
            events.append(_bookmark(question, self._state.version, _END_OF_LIST))
        return b"".join(events)

    def _next(self, stream: Stream) -> bytes | None:
        with self._state.changed:
            while True:
                if stream.is_cut:
                    raise ConnectionAbortedError
                if not stream.is_frozen and (piece := self._news(stream)):
                    return piece
                if self._is_over(stream):
                    return None
                self._state.changed.wait(_patience(stream))

    def _news(self, stream: Stream) -> bytes:
        """All that happened since the last time, and what goes before the end."""
        history = self._state.history[stream.question.resource]
        changes, stream.position = history[stream.position :], len(history)
        events = [_seen(change, stream.question) for change in changes]
        if stream.owes_bookmark or self._is_over(stream):
            stream.owes_bookmark = False
            if stream.wants_bookmarks:
                events.append(_bookmark(stream.question, self._state.version))
                stream.wants_bookmarks = not self._is_over(stream)
        return b"".join(events)

    @staticmethod
    def _is_over(stream: Stream) -> bool:
        ends_at = None if stream.is_frozen else stream.ends_at
        return ends_at is not None and time.monotonic() >= ends_at


def _patience(stream: Stream) -> float:
    """How long to wait for news; never for ever, so that a frozen stream notices its end."""
    if stream.ends_at is None or stream.is_frozen:
        return threading.TIMEOUT_MAX
    return max(0.0, stream.ends_at - time.monotonic())


def _version(question: Question) -> int:
    if question.version and not listing.is_number(question.version):
        why = f'strconv.ParseUint: parsing "{question.version}": invalid syntax'
        message = f'resourceVersion: Invalid value: "{question.version}": {why}'
        raise Refusal(500, "", message)
    return listing.number(question.version)


def _first_after(history: list[Change], version: int) -> int:
    low, high = 0, len(history)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if history[middle].version > version else (middle + 1, high)
    return low


def _seen(change: Change, question: Question) -> bytes:
    """What a change looks like to one watch; nothing when it concerns others."""
    was = _selected(change.before, question)
    is_ = _selected(change.after, question)
    if is_:
        return _event("MODIFIED" if was else "ADDED", is_)
    # Whatever leaves the selection is shown as it was last selected, as if it were gone.
    return _event("DELETED", was.at_version(change.version)) if was else b""


def _selected(stored: Stored | None, question: Question) -> Stored | None:
    if stored is None or question.namespace not in ("", stored.key[0]):
        return None
    return stored if question.matches(stored.body) else None


def _event(type_: str, stored: Stored) -> bytes:
    return b'{"type":"%s","object":%s}\n' % (type_.encode(), stored.as_object)


def _bookmark(question: Question, version: int, annotations: dict[str, str] | None = None) -> bytes:
    metadata = {"resourceVersion": str(version)}
    resource = question.resource
    found = {
        "kind": resource.kind,
        "apiVersion": resource.api_version,
        "metadata": {**metadata, **({"annotations": annotations} if annotations else {})},
        "spec": {"containers": None} if resource.kind == "Pod" else {},
        "status": {},
    }
    return orjson.dumps({"type": "BOOKMARK", "object": found}) + b"\n"


def _error(since: int, floor: int) -> bytes:
    refusal = refusals.expired(f"too old resource version: {since} ({floor})")
    return orjson.dumps({"type": "ERROR", "object": refusal.body()}) + b"\n"
