"""A storm from beginning to end: load and faults, then quiet, then the invariants."""

import random
import threading
import time
from collections.abc import Callable

from maestro import errors
from tests.chaos import fleets
from tests.chaos.faults import Faults
from tests.chaos.invariants import Broken, Invariants
from tests.chaos.ledger import Ledger
from tests.chaos.load import Client, Crew, Players, ask
from tests.chaos.probe import LONGEST_S, Probe
from tests.chaos.report import Report
from tests.chaos.site import Site, site

CLIENTS = 4
#: How long nothing falls, at most.
CALM_S = 1.5
#: How long it may take at the end until nothing goes on any more.
SETTLE_S = 60.0


def run(
    *, seed: str, seconds: float, schedulers: int, tell: Callable[[str], object] = print
) -> Report:
    """Let it storm for so long."""
    with site() as place:
        storm = Storm(place, seed=seed, schedulers=schedulers, tell=tell)
        storm.prepare()
        storm.rage(seconds)
        return storm.look_around()


class Storm:
    """What happens to one site."""

    def __init__(
        self, place: Site, *, seed: str, schedulers: int, tell: Callable[[str], object]
    ) -> None:
        self._site = place
        self._seed = seed
        self._tell = tell
        self._parts = place.parts()
        self._ledger = Ledger()
        self._fleets = fleets.fleets(schedulers)
        self._clients = [
            Client(place, self._parts, self._ledger, some, seed=f"{seed}/{number}")
            for number, some in enumerate(fleets.share(self._fleets, CLIENTS))
        ]
        self._players = Players(place, self._parts, self._ledger, self._fleets)
        self._probe = Probe(place, self._parts, fleets.probes(schedulers))
        self._chance = random.Random(seed)
        self._struck = {"kill": 0, "cut": 0}
        self._recoveries_s: list[float] = []
        self._broken: list[Broken] = []

    def prepare(self) -> None:
        """Make the fleets, and let players play in some."""
        self._probe.create_all()
        for client in self._clients:
            client.create_all()
        self._players.begin()

    def rage(self, seconds: float) -> None:
        """Ask for much, and let much fall."""
        until = time.monotonic() + seconds
        crew = Crew([*(client.work for client in self._clients), self._players.play])
        try:
            faults = Faults(self._site, self._chance)
            while time.monotonic() < until:
                self._strike(faults)
        finally:
            crew.end()

    def look_around(self) -> Report:
        """Let everything come to an end, and find what is wrong."""
        began = time.monotonic()
        crew = Crew([self._players.play])
        try:
            self._resume_all()
            invariants = Invariants(self._site, self._parts, self._ledger, self._fleets)
            self._settle(invariants)
            settled_s = time.monotonic() - began
            self._broken += invariants.broken()
        finally:
            crew.end()
        return Report(
            seed=self._seed,
            kills=self._struck["kill"],
            cuts=self._struck["cut"],
            operations=len(self._ledger.accepted),
            broken=self._broken,
            recoveries_s=self._recoveries_s,
            settled_s=settled_s,
        )

    def _strike(self, faults: Faults) -> None:
        threading.Event().wait(self._chance.random() * CALM_S)
        fault = faults.next()
        fault.strike()
        recovery_s = self._probe.recovery_s()
        fault.mend()
        self._tell(f"{fault.name}: {recovery_s:.2f} s")
        self._struck[fault.sort] += 1
        self._recoveries_s.append(recovery_s)
        if recovery_s >= LONGEST_S:
            self._broken.append(Broken(sort="lost", what=f"nothing went on after: {fault.name}"))

    def _resume_all(self) -> None:
        """End every pause and every deletion that nobody answered; all is there again."""
        deadline = time.monotonic() + SETTLE_S
        names = {fleet.name for fleet in self._fleets}
        gone = self._ledger.deleted
        todo = [("PUT", f"/schedulers/{name}/resume") for name in sorted(names - gone)]
        todo += [("DELETE", f"/schedulers/{name}") for name in sorted(gone)]
        for method, path in todo:
            while not (answer := ask(self._site, method, path)) or answer.status >= 500:
                assert time.monotonic() < deadline, f"{method} {path}: {answer}"
                threading.Event().wait(0.2)

    def _settle(self, invariants: Invariants) -> None:
        """Wait until nothing goes on, twice in a row, or for long enough."""
        deadline, quiet = time.monotonic() + SETTLE_S, 0
        while quiet < 2 and time.monotonic() < deadline:
            try:
                quiet = 0 if invariants.unsettled() else quiet + 1
            except errors.Unavailable:
                quiet = 0
            threading.Event().wait(1)
