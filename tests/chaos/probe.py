"""How long it takes after a fault until operations end again."""

import threading
import time
from collections.abc import Sequence

from maestro import errors
from maestro.bootstrap import Maestro
from maestro.domain.operations import OPEN, TestOperation
from tests.chaos.fleets import Fleet
from tests.chaos.site import Site

LONGEST_S = 60.0


class Probe:
    """Asks for something small in fleets of its own, and waits for its end."""

    def __init__(self, site: Site, parts: Maestro, fleets: Sequence[Fleet]) -> None:
        self._site = site
        self._parts = parts
        self._fleets = fleets
        self._uids: dict[str, str] = {}

    def create_all(self) -> None:
        """Ask for its fleets."""
        for fleet in self._fleets:
            assert self._site.post("/schedulers", fleet.body(0)).status == 200
            self._uids[fleet.name] = self._parts.schedulers.get(fleet.name).uid

    def recovery_s(self) -> float:
        """Seconds until one operation of each fleet ended."""
        began = time.monotonic()
        waiting = dict.fromkeys(self._uids, "")
        while waiting and time.monotonic() - began < LONGEST_S:
            for name in list(waiting):
                try:
                    waiting[name] = waiting[name] or self._ask(name)
                    if self._parts.operations.get(name, waiting[name]).status not in OPEN:
                        del waiting[name]
                except errors.Unavailable:
                    continue
            threading.Event().wait(0.02)
        return time.monotonic() - began

    def _ask(self, name: str) -> str:
        operation = self._parts.dispatch.new(name, self._uids[name], TestOperation())
        return self._parts.dispatch.enqueue(operation)
