"""
How a room tells Maestro how it is: one small HTTP request, again and again.

Maestro replaces rooms that it does not hear from, so the pings must not depend on anything else
that the game does: they have a thread of their own, and go on whatever the API answers.
"""

import http.client
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping

READY, OCCUPIED, TERMINATING = "ready", "occupied", "terminating"
TIMEOUT_S = 2.0


class RoomPings:
    """The pings of one room, from `start` to `stop`."""

    def __init__(
        self,
        rooms_api_url: str,
        scheduler: str,
        room: str,
        *,
        interval_s: float = 1.0,
        complain: Callable[[str], None] = print,
    ) -> None:
        self._url = urllib.parse.urlsplit(rooms_api_url)
        names = (urllib.parse.quote(name, safe="") for name in (scheduler, room))
        self._path = "{}/scheduler/{}/rooms/{}/ping".format(self._url.path.rstrip("/"), *names)
        self._interval_s = interval_s
        self._complain = complain
        self._status = ""
        self._metadata: Mapping[str, object] | None = None
        self._matches = 0
        self._changed = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pings", daemon=True)
        self._complaint = ""

    def start(self) -> None:
        """Begin; nothing is said before the first `say`."""
        self._thread.start()

    def say(
        self, status: str, *, matches: int = 0, metadata: Mapping[str, object] | None = None
    ) -> None:
        """What to tell from now on; told at once. Without metadata, that told before stays."""
        self._status, self._matches = status, matches
        self._metadata = self._metadata if metadata is None else metadata
        self._changed.set()

    def stop(self) -> None:
        """Say `terminating`, and nothing after that."""
        self._stopped.set()
        self.say(TERMINATING)
        self._thread.join(2 * TIMEOUT_S)

    def _run(self) -> None:
        while True:
            self._changed.clear()
            is_last = self._stopped.is_set()
            if self._status:
                self._try_to_ping()
            if is_last:
                return
            self._changed.wait(self._interval_s)

    def _try_to_ping(self) -> None:
        # Nothing the API or the network does is a reason to stop; the same trouble is told once.
        try:
            complaint = self._ping()
        except (OSError, ValueError, http.client.HTTPException) as error:
            complaint = f"the ping was not heard: {error or type(error).__name__}"
        if complaint and complaint != self._complaint:
            self._complain(complaint)
        self._complaint = complaint

    def _ping(self) -> str:
        body = {
            "status": self._status,
            "timestamp": int(time.time()),
            "runningMatches": self._matches,
            "metadata": self._metadata,
        }
        secure = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self._url.netloc, timeout=TIMEOUT_S)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("PUT", self._path, json.dumps(body), headers)
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        # A room that Maestro does not know gets 200, and `success` is false.
        if answer.status == http.HTTPStatus.OK and json.loads(said) == {"success": True}:
            return ""
        return f"the ping was refused: {answer.status} {said.decode(errors='replace')[:200]}"
