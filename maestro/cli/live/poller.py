"""Asks the management API again and again how the fleets are. That it is away is part of life."""

import threading
from typing import Any

from maestro.cli import exits
from maestro.cli.live import overview
from maestro.cli.remote.asking import Api

EVERY_S = 1.0
#: Operations are asked for one scheduler at a time, so not for more than a screen shows.
ASKED_SCHEDULERS = 30
#: What a server that starts, stops or changes may do to whoever asks it.
UNANSWERED = (exits.Trouble, ValueError, KeyError, TypeError, AttributeError)


class Poller:
    """Knows the last answer; a thread of its own asks."""

    def __init__(self, api: Api) -> None:
        self._api = api
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
            found = self._api.get("schedulers", "info")["schedulers"]
            infos = sorted(found, key=lambda info: str(info["name"]))
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
        path = ("schedulers", str(info["name"]), "operations")
        try:
            return overview.operations(
                self._api.get(*path, stage="active"), self._api.get(*path, stage="pending")
            )
        except exits.Refused:
            # It may have been deleted a moment ago.
            return None
