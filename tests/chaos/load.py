"""Clients that ask for all kinds of things, and note down what they were promised."""

import contextlib
import http.client
import json
import random
import threading
from collections.abc import Callable, Iterator, Sequence

from maestro import errors
from maestro.bootstrap import Maestro
from maestro.domain.operations import TestOperation
from maestro.domain.rooms import Room
from tests.acceptance.system import Answer, soon
from tests.chaos.fleets import PLAYING, Fleet, any_rooms
from tests.chaos.ledger import Accepted, Ledger
from tests.chaos.site import Site

#: How long a client thinks, at most.
PAUSE_S = 0.25
PING_EVERY_S = 1.0


class Client:
    """Asks for one thing after the other, of fleets that nobody else asks anything of."""

    def __init__(
        self, site: Site, parts: Maestro, ledger: Ledger, fleets: Sequence[Fleet], *, seed: str
    ) -> None:
        self._site = site
        self._parts = parts
        self._ledger = ledger
        self._fleets = list(fleets)
        self._chance = random.Random(seed)
        self._uids: dict[str, str] = {}

    def create_all(self) -> None:
        """Ask for the fleets, before anything falls."""
        for fleet in self._fleets:
            assert self._site.post("/schedulers", fleet.body(fleet.rooms[-1])).status == 200
            self._uids[fleet.name] = self._parts.schedulers.get(fleet.name).uid

    def work(self, stopping: threading.Event) -> None:
        """Go on until told to stop."""
        while not stopping.wait(self._chance.random() * PAUSE_S):
            fleet = self._chance.choice(self._fleets)
            actions = [self._try_out, self._edit, self._cancel, self._pause, self._delete]
            (action,) = self._chance.choices(actions, weights=[40, 25, 20, 10, 2])
            action(fleet)

    def _try_out(self, fleet: Fleet) -> None:
        definition = TestOperation(sleep_seconds=self._chance.choice([0, 0, 0, 0.5]))
        operation = self._parts.dispatch.new(fleet.name, self._uids[fleet.name], definition)
        try:
            self._parts.operations.enqueue(operation)
        except errors.Unavailable:
            return
        self._ledger.accept(Accepted(fleet.name, operation.id, "test"))
        with contextlib.suppress(errors.Unavailable):
            self._parts.dispatch.hint(fleet.name)

    def _edit(self, fleet: Fleet) -> None:
        rooms = any_rooms(fleet, self._chance)
        answer = self._ask("PATCH", f"/schedulers/{fleet.name}", {"roomsReplicas": rooms})
        if answer is None or answer.status >= 500:
            self._ledger.unsure.add(fleet.name)
        elif answer.status == 200:
            operation = answer.body["operationId"]
            self._ledger.accept(Accepted(fleet.name, operation, "edit", rooms=rooms))

    def _cancel(self, fleet: Fleet) -> None:
        known = self._ledger.of(fleet.name)[-5:]
        if not known:
            return
        chosen = self._chance.choice(known)
        path = f"/schedulers/{fleet.name}/operations/{chosen.id}/cancel"
        answer = self._ask("POST", path)
        chosen.cancelled = chosen.cancelled or bool(answer and answer.status == 200)

    def _pause(self, fleet: Fleet) -> None:
        paused = fleet.name in self._ledger.paused
        self._ask("PUT", f"/schedulers/{fleet.name}/{'resume' if paused else 'pause'}")
        if paused:
            self._ledger.paused.discard(fleet.name)
        else:
            self._ledger.paused.add(fleet.name)

    def _delete(self, fleet: Fleet) -> None:
        if fleet.is_busy or len(self._fleets) < 3:
            return
        # From now on it is not asked for anything, whatever the answer is.
        self._fleets.remove(fleet)
        self._ledger.deleted.add(fleet.name)
        answer = self._ask("DELETE", f"/schedulers/{fleet.name}")
        if answer and answer.status == 200:
            self._ledger.accept(Accepted(fleet.name, answer.body["operationId"], "delete"))

    def _ask(self, method: str, path: str, body: object = None) -> Answer | None:
        return ask(self._site, method, path, body)


class Players:
    """Say of the rooms of busy fleets that somebody plays in them, as these rooms cannot."""

    def __init__(self, site: Site, parts: Maestro, ledger: Ledger, fleets: Sequence[Fleet]) -> None:
        self._site = site
        self._parts = parts
        self._occupied = ledger.occupied
        self._fleets = [fleet.name for fleet in fleets if fleet.is_busy]

    def begin(self) -> None:
        """Once there are enough rooms, play in some of them."""
        for name in self._fleets:
            soon(lambda name=name: len(self._rooms(name)) >= PLAYING, within_s=60)  # type: ignore[misc]
            self._occupied[name] = {room.id for room in self._rooms(name)[:PLAYING]}
            soon(lambda name=name: self._are_occupied(name), within_s=60)  # type: ignore[misc]

    def play(self, stopping: threading.Event) -> None:
        """Go on until told to stop."""
        while not stopping.wait(PING_EVERY_S):
            for name in self._fleets:
                self._ping_all(name)

    def _are_occupied(self, name: str) -> bool:
        self._ping_all(name)
        occupied = {room.id for room in self._rooms(name) if room.status == "occupied"}
        return occupied >= self._occupied[name]

    def _ping_all(self, name: str) -> None:
        for room in self._rooms(name):
            status = "occupied" if room.id in self._occupied[name] else "ready"
            path = f"/scheduler/{name}/rooms/{room.id}/ping"
            with _whatever_happens():
                self._put(path, {"status": status, "timestamp": "1"})

    def _rooms(self, name: str) -> list[Room]:
        try:
            return self._parts.rooms.all(name)
        except errors.Unavailable:
            return []

    def _put(self, path: str, body: object) -> None:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._site.ports["rooms_api"], timeout=3
        )
        with contextlib.closing(connection):
            connection.request("PUT", path, json.dumps(body))
            connection.getresponse().read()


def ask(site: Site, method: str, path: str, body: object = None) -> Answer | None:
    """What the management API says; None when it says nothing."""
    with _whatever_happens():
        return site.ask(method, path, json.dumps(body).encode() if body is not None else None)
    return None


@contextlib.contextmanager
def _whatever_happens() -> Iterator[None]:
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        yield


class Crew:
    """Threads whose failures are not lost."""

    def __init__(self, works: Sequence[Callable[[threading.Event], None]]) -> None:
        self._stopping = threading.Event()
        self._failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run, args=(work,)) for work in works]
        for thread in self._threads:
            thread.start()

    def _run(self, work: Callable[[threading.Event], None]) -> None:
        try:
            work(self._stopping)
        except BaseException as error:
            self._failures.append(error)

    def end(self) -> None:
        """Stop them all. Raises what one of them raised."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)
        if self._failures:
            raise self._failures[0]
