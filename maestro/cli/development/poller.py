"""Asks the management API again and again how the fleets are. That it is away is part of life."""

import http.client
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from maestro.cli.development import asking, overview

EVERY_S = 1.0
TIMEOUT_S = 2.0
#: Operations are asked for one scheduler at a time, so not for more than a screen shows.
ASKED_SCHEDULERS = 30
#: What a server that starts, stops or changes may do to whoever asks it.
UNANSWERED = (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError)


class Poller:
    """Knows the last answer; a thread of its own asks."""

    def __init__(self, management_api: str) -> None:
        self._base = management_api
        self._done = threading.Event()
        self._fleets: tuple[overview.Fleet, ...] | None = None
        self._answers = False

    @property
    def fleets(self) -> tuple[overview.Fleet, ...] | None:
        """As they were last seen; None when they never were."""
        return self._fleets

    @property
    def answers(self) -> bool:
        """Whether the API answered the last time."""
        return self._answers

    def start(self) -> None:
        """Begin to ask."""
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """Ask no more; an answer under way is not waited for."""
        self._done.set()

    def ask(self) -> None:
        """Ask once."""
        try:
            infos = sorted(self._get("info")["schedulers"], key=lambda info: str(info["name"]))
            self._fleets = tuple(
                overview.fleet(info, self._operations(info) if at < ASKED_SCHEDULERS else None)
                for at, info in enumerate(infos)
            )
            self._answers = True
        except UNANSWERED:
            self._answers = False

    def _run(self) -> None:
        while not self._done.is_set():
            self.ask()
            self._done.wait(EVERY_S)

    def _operations(self, info: dict[str, Any]) -> overview.Operations | None:
        path = f"{urllib.parse.quote(str(info['name']), safe='')}/operations?stage="
        try:
            return overview.operations(self._get(f"{path}active"), self._get(f"{path}pending"))
        except urllib.error.HTTPError as refusal:
            # It may have been deleted a moment ago.
            refusal.close()
            return None

    def _get(self, path: str) -> Any:
        url = f"{self._base}/schedulers/{path}"
        request = asking.request(url)
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return json.load(answer)
