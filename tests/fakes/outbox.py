"""Events that wait for forwarders, in memory."""

import dataclasses
import datetime
from collections import Counter
from collections.abc import Mapping, Sequence

from maestro import errors
from maestro.ports.events import (
    Audience,
    Batch,
    DeadLetter,
    Entry,
    Exchange,
    Hold,
    OutboxState,
    Ref,
)
from tests.fakes.world import Fleet, World


class FakeOutbox:
    """The Outbox of tests."""

    def __init__(
        self, world: World, *, letters_limit: int = 1000, letters_age_s: float = 3600
    ) -> None:
        self._world = world
        self._limit = letters_limit
        self._age = datetime.timedelta(seconds=letters_age_s)
        self._letters: dict[tuple[str, int, str], tuple[datetime.datetime, DeadLetter]] = {}
        self._processes: dict[str, datetime.datetime] = {}

    def audience(self, scheduler: str, room: str) -> Audience:
        with self._world.fleet(scheduler) as fleet:
            if fleet.settings is None:
                raise errors.NotFound(f"scheduler {scheduler} not found")
            record = fleet.rooms.get(room)
            return Audience(
                game=fleet.settings.game,
                forwarders=fleet.forwarders,
                room=record.room if record else None,
            )

    # Who drains

    def to_drain(self) -> list[str]:
        found = []
        with self._world.reached():
            schedulers = sorted(self._world.schedulers)
        for scheduler in schedulers:
            with self._world.fleet(scheduler) as fleet:
                if fleet.forwarders or fleet.outbox:
                    found.append(scheduler)
        return found

    def attend(self, process: str, *, ttl_s: float) -> int:
        with self._world.reached():
            now = self._world.clock.now()
            self._processes[process] = now + datetime.timedelta(seconds=ttl_s)
            return sum(until > now for until in self._processes.values())

    def leave(self, process: str) -> None:
        with self._world.reached():
            self._processes.pop(process, None)

    def hold(self, scheduler: str, process: str, *, ttl_s: float) -> Hold | None:
        now = self._world.clock.now()
        with self._world.fleet(scheduler) as fleet:
            if fleet.drained_until and fleet.drained_until > now:
                return None
            fleet.drained_by = f"{process}:{self._world.next_number()}"
            fleet.drained_until = now + datetime.timedelta(seconds=ttl_s)
            return Hold(scheduler=scheduler, token=fleet.drained_by)

    def renew(self, holds: Sequence[Hold], *, ttl_s: float) -> list[bool]:
        return [self._renew(hold, ttl_s) for hold in holds]

    def _renew(self, hold: Hold, ttl_s: float) -> bool:
        with self._world.fleet(hold.scheduler) as fleet:
            if not self._holds(fleet, hold):
                return False
            until = self._world.clock.now() + datetime.timedelta(seconds=ttl_s)
            fleet.drained_until = until
            return True

    def release(self, hold: Hold) -> None:
        with self._world.fleet(hold.scheduler) as fleet:
            if self._holds(fleet, hold):
                fleet.drained_until = None

    def _holds(self, fleet: Fleet, hold: Hold) -> bool:
        until = fleet.drained_until
        return (
            fleet.drained_by == hold.token and until is not None and until > self._world.clock.now()
        )

    # What waits

    def exchange(self, exchanges: Sequence[Exchange]) -> list[Batch | None]:
        return [self._exchange(exchange) for exchange in exchanges]

    def _exchange(self, exchange: Exchange) -> Batch | None:
        with self._world.fleet(exchange.hold.scheduler) as fleet:
            if not self._holds(fleet, exchange.hold):
                return None
            for ref in exchange.done:
                if _as_read(fleet, ref):
                    del fleet.outbox[ref.key]
            for ref, heard in exchange.partly.items():
                if entry := _as_read(fleet, ref):
                    fleet.outbox[ref.key] = dataclasses.replace(entry, heard=frozenset(heard))
            newer = [each for each in fleet.outbox.values() if each.ref.number > exchange.after]
            entries = newer[: exchange.limit]
            return Batch(
                entries=entries,
                read_to=entries[-1].ref.number if entries else exchange.after,
                now=self._world.clock.now(),
            )

    def waiting(self, scheduler: str) -> list[Entry]:
        with self._world.fleet(scheduler) as fleet:
            return list(fleet.outbox.values())

    def states(self, schedulers: Sequence[str]) -> list[OutboxState]:
        found = []
        for scheduler in schedulers:
            with self._world.fleet(scheduler) as fleet:
                found.append(OutboxState(length=len(fleet.outbox), dropped=fleet.dropped))
        return found

    # Dead letters

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        with self._world.reached():
            now = self._world.clock.now()
            for letter in letters:
                self._letters[_id(letter)] = (now, letter)
            kept = {name: each for name, each in self._letters.items() if each[0] > now - self._age}
            self._letters = dict(list(kept.items())[-self._limit :])

    def letters(self, scheduler: str) -> list[DeadLetter]:
        self.bury([])
        return [letter for _, letter in self._letters.values() if letter.scheduler == scheduler]

    def letter_counts(self) -> Mapping[str, int]:
        self.bury([])
        return Counter(letter.scheduler for _, letter in self._letters.values())

    def replay(self, letters: Sequence[DeadLetter]) -> None:
        for letter in letters:
            with self._world.fleet(letter.scheduler) as fleet:
                if fleet.settings is None:
                    raise errors.NotFound(f"scheduler {letter.scheduler} not found")
                now = self._world.clock.now()
                fleet.add_entry(letter.event, (letter.forwarder,), now, key="")
                self._letters.pop(_id(letter), None)


def _as_read(fleet: Fleet, ref: Ref) -> Entry | None:
    entry = fleet.outbox.get(ref.key)
    return entry if entry and entry.ref.number == ref.number else None


def _id(letter: DeadLetter) -> tuple[str, int, str]:
    return letter.scheduler, letter.number, letter.forwarder.name
