"""
How a game room talks to Maestro, with nothing but Python's standard library:

    with RoomClient.from_environment() as room:
        room.ready()
        while not room.wait_for_end(0):
            ...
            room.occupied(matches=1)

Maestro replaces rooms that it does not hear from, so the pings have a thread of their own and go on
whatever the game does and whatever the API answers. That Maestro is away is no error of the game's.
"""

import contextlib
import dataclasses
import http.client
import json
import os
import queue
import signal
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping
from types import FrameType, TracebackType
from typing import Any, Self

READY, OCCUPIED, TERMINATING = "ready", "occupied", "terminating"
TIMEOUT_S = 2.0

#: What goes wrong between a room and Maestro.
_TROUBLE = (OSError, ValueError, http.client.HTTPException)
Metadata = Mapping[str, object]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    status: str
    matches: int = 0
    #: As JSON; None leaves what was told before.
    metadata: str | None = None
    ends: bool = False


class RoomClient:
    """One room, for the length of a with-block."""

    def __init__(
        self,
        rooms_api_url: str,
        scheduler: str,
        room: str,
        *,
        interval_s: float = 1.0,
        complain: Callable[[str], object] = print,
    ) -> None:
        """Nothing is sent before the block begins and something is said in it."""
        self._api = _Api(rooms_api_url, scheduler, room)
        self._interval_s = interval_s
        self._complain = complain
        self._complaint = ""
        self._now = _Said(status="")
        #: Unlike an Event, it may be used by a signal handler whatever that interrupted.
        self._told: queue.SimpleQueue[_Said | None] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pings", daemon=True)
        self._previous: Any = signal.SIG_DFL

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, **options: Any) -> Self:
        """The room that the environment of this process describes; KeyError when it does not."""
        return cls(
            environment["MAESTRO_ROOMS_API_URL"],
            environment["MAESTRO_SCHEDULER_NAME"],
            environment["MAESTRO_ROOM_ID"],
            **options,
        )

    def __enter__(self) -> Self:
        self._thread.start()
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGTERM, self._on_sigterm)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Say `terminating`, and nothing after that."""
        # Compared by what they are: Python makes a method anew each time that it is asked for.
        if signal.getsignal(signal.SIGTERM) == self._on_sigterm:
            signal.signal(signal.SIGTERM, self._previous)
        self.end()
        self._told.put(None)
        self._thread.join(3 * TIMEOUT_S)

    # What a room says of itself

    def ready(self, metadata: Metadata | None = None) -> None:
        """Players may come."""
        self.say(READY, metadata=metadata)

    def occupied(self, matches: int = 1, metadata: Metadata | None = None) -> None:
        """So many matches are running."""
        self.say(OCCUPIED, matches=matches, metadata=metadata)

    def say(self, status: str, *, matches: int = 0, metadata: Metadata | None = None) -> None:
        """What to tell from now on; told at once. Without metadata, that told before stays."""
        told = None if metadata is None else json.dumps(dict(metadata), allow_nan=False)
        self._told.put(_Said(status=status, matches=matches, metadata=told))

    def end(self) -> None:
        """Say `terminating` from now on, whatever else is said."""
        self._told.put(_Said(status=TERMINATING, ends=True))

    def wait_for_end(self, timeout_s: float | None = None) -> bool:
        """Whether the room was asked to end, or is within so many seconds."""
        return self._ending.wait(timeout_s)

    # What happens in it

    def event(self, name: str, metadata: Metadata | None = None) -> bool:
        """Tell matchmakers of an event of the room; whether they were told."""
        return self._happened("roomevent", name, metadata or {})

    def player_joined(self, player: str, metadata: Metadata | None = None) -> bool:
        """Tell matchmakers of a player; whether they were told."""
        return self._happened("playerevent", "playerJoin", {**(metadata or {}), "playerId": player})

    def player_left(self, player: str, metadata: Metadata | None = None) -> bool:
        """Tell matchmakers of a player; whether they were told."""
        return self._happened("playerevent", "playerLeft", {**(metadata or {}), "playerId": player})

    def _happened(self, route: str, event: str, metadata: Metadata) -> bool:
        body = {"event": event, "timestamp": int(time.time()), "metadata": dict(metadata)}
        text = json.dumps(body, allow_nan=False)
        try:
            complaint = self._api.once("POST", route, text)
        except _TROUBLE as error:
            complaint = f"was not heard: {error or type(error).__name__}"
        if complaint:
            self._complain(f"the event {event} {complaint}")
        return not complaint

    # Pings

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            goes_on = self._listen()
            if self._now.status:
                self._try_to_ping()
        self._api.close()

    def _listen(self) -> bool:
        """Wait until there is something to say; whether there will be more after that."""
        with contextlib.suppress(queue.Empty):
            said = self._told.get(timeout=self._interval_s)
            while said is not None:
                self._take(said)
                said = self._told.get_nowait()
            return False
        return True

    def _take(self, said: _Said) -> None:
        if said.ends:
            self._ending.set()
        if said.ends or not self._ending.is_set():
            kept = said.metadata or self._now.metadata
            matches = self._now.matches if said.ends else said.matches
            self._now = dataclasses.replace(said, matches=matches, metadata=kept)

    def _try_to_ping(self) -> None:
        # Nothing the API or the network does is a reason to stop; the same trouble is told once.
        try:
            complaint = self._api.again("PUT", "ping", self._ping())
        except _TROUBLE as error:
            complaint = f"was not heard: {error or type(error).__name__}"
        if complaint and complaint != self._complaint:
            self._complain(f"the ping {complaint}")
        self._complaint = complaint

    def _ping(self) -> str:
        now = self._now
        body = {"status": now.status, "timestamp": int(time.time()), "runningMatches": now.matches}
        return json.dumps(body | {"metadata": json.loads(now.metadata or "null")})

    def _on_sigterm(self, number: int, frame: FrameType | None) -> None:
        """The room is to end; whoever wanted to know of it before us still hears of it."""
        self.end()
        if callable(self._previous):
            self._previous(number, frame)


class _Api:
    """The rooms API as one room sees it; answers what is to complain about, or nothing."""

    def __init__(self, url: str, scheduler: str, room: str) -> None:
        self._url = urllib.parse.urlsplit(url)
        names = (urllib.parse.quote(name, safe="") for name in (scheduler, room))
        self._path = "{}/scheduler/{}/rooms/{}/".format(self._url.path.rstrip("/"), *names)
        self._kept = self._connection()

    def once(self, method: str, route: str, body: str) -> str:
        """Ask something that must not be asked twice."""
        connection = self._connection()
        try:
            return self._ask(connection, method, route, body)
        finally:
            connection.close()

    def again(self, method: str, route: str, body: str) -> str:
        """Ask what is asked over and over; from one thread only."""
        was_open = self._kept.sock is not None
        try:
            return self._ask(self._kept, method, route, body)
        except _TROUBLE:
            self._kept.close()
            if not was_open:
                raise
        # The server had closed it meanwhile, as servers do.
        try:
            return self._ask(self._kept, method, route, body)
        except _TROUBLE:
            self._kept.close()
            raise

    def close(self) -> None:
        self._kept.close()

    def _connection(self) -> http.client.HTTPConnection:
        secure = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(self._url.netloc, timeout=TIMEOUT_S)

    def _ask(
        self, connection: http.client.HTTPConnection, method: str, route: str, body: str
    ) -> str:
        connection.request(
            method, self._path + route, body.encode(), {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        said = answer.read()
        if answer.status == http.HTTPStatus.OK and _is_success(json.loads(said)):
            return ""
        return f"was refused: {answer.status} {said.decode(errors='replace')[:200]}"


def _is_success(document: object) -> bool:
    """What cannot be done now is answered too, and `success` is false."""
    return isinstance(document, dict) and document.get("success") is True
