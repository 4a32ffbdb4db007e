"""What a process knows of an outbox it drains, and when it leaves an address alone."""

import dataclasses
import math

import pytest

from maestro.domain.forwarding import events
from maestro.domain.rooms import PingStatus
from maestro.forwarding.breaker import FAILURES, LONGEST_S, Breaker, backoff
from maestro.forwarding.lanes import NOTE_PARTLY_S, Drain, Lane
from maestro.ports.events import Entry, Hold, Ref
from tests import make

ONE, TWO = make.forwarder(name="one"), make.forwarder(name="two")


@pytest.fixture
def drain() -> Drain:
    return Drain(Hold(scheduler="arena", token="token"), until=1000, most=100)


def add(drain: Drain, *entries: Entry) -> list[Lane]:
    return drain.read(entries, to=entries[-1].ref.number)


def resync(number: int, room: str = "arena-1", *forwarders: str) -> Entry:
    said = events.resync(room, "game", PingStatus.READY, {})
    every = [make.forwarder(name=name) for name in forwarders] or [ONE, TWO]
    return Entry(
        ref=Ref(key=f"r/{room}", number=number),
        event=said,
        forwarders=tuple(every),
        replaceable=True,
    )


def end(number: int, room: str = "arena-1") -> Entry:
    return Entry(
        ref=Ref(key=str(number), number=number),
        event=events.terminated(room, "game"),
        forwarders=(ONE, TWO),
    )


def numbers(lane: Lane) -> list[int]:
    return [pending.number for pending in lane.waiting]


def lane(drain: Drain, forwarder: str = "one", room: str = "arena-1") -> Lane:
    return next(each for each in drain.lanes() if (each.forwarder, each.room) == (forwarder, room))


def done(drain: Drain) -> list[int]:
    refs, _ = drain.report(0, most=100)
    return [ref.number for ref in refs]


class TestLanes:
    def test_an_entry_waits_in_a_lane_per_forwarder(self, drain: Drain) -> None:
        assert [each.forwarder for each in add(drain, resync(1))] == ["one", "two"]
        add(drain, end(2))
        assert numbers(lane(drain, "one")) == numbers(lane(drain, "two")) == [1, 2]
        assert (drain.held, drain.after) == (2, 2)

    def test_it_is_done_when_everybody_heard_of_it(self, drain: Drain) -> None:
        add(drain, end(1))
        drain.settle(lane(drain, "two"), now=0)
        assert done(drain) == []
        drain.settle(lane(drain, "one"), now=0)
        assert done(drain) == [1]
        assert (drain.held, drain.lanes()) == (0, [])

    def test_an_entry_for_nobody_is_done_at_once(self, drain: Drain) -> None:
        everybody = frozenset({"one", "two"})
        assert add(drain, dataclasses.replace(end(1), heard=everybody)) == []
        assert done(drain) == [1]

    def test_a_newer_ping_takes_the_place_of_one_that_waits(self, drain: Drain) -> None:
        add(drain, resync(1))
        add(drain, end(2))
        add(drain, resync(3))
        assert numbers(lane(drain)) == [2, 3]
        assert drain.held == 2

    def test_but_not_of_one_that_is_being_told(self, drain: Drain) -> None:
        add(drain, resync(1))
        lane(drain, "one").busy = True
        add(drain, resync(2))
        assert numbers(lane(drain, "one")) == [1, 2]
        assert numbers(lane(drain, "two")) == [2]
        drain.settle(lane(drain, "one"), now=0)
        assert done(drain) == []
        for name in ("one", "two"):
            drain.settle(lane(drain, name), now=0)
        assert done(drain) == [2]

    def test_one_that_failed_gives_way_to_the_newer_one(self, drain: Drain) -> None:
        add(drain, resync(1))
        lane(drain).busy = True
        add(drain, resync(2))
        lane(drain).busy = False
        drain.drop_replaced(lane(drain))
        assert numbers(lane(drain)) == [2]

    def test_a_lane_that_has_to_wait_has_to_wait_with_newer_pings_too(self, drain: Drain) -> None:
        add(drain, resync(1))
        lane(drain).due = 50
        add(drain, resync(2))
        assert lane(drain).due == 50

    def test_lanes_of_forwarders_that_are_gone_are_forgotten(self, drain: Drain) -> None:
        add(drain, resync(1))
        add(drain, resync(2, "arena-1", "three"))
        assert [each.forwarder for each in drain.lanes()] == ["three"]

    def test_who_heard_is_written_down_when_others_take_long(self, drain: Drain) -> None:
        add(drain, end(1))
        drain.settle(lane(drain, "two"), now=10)
        assert drain.report(10, most=5) == ([], {})
        refs, partly = drain.report(10 + NOTE_PARTLY_S, most=5)
        assert (refs, partly) == ([], {end(1).ref: ["two"]})
        drain.reported(refs, partly)
        assert drain.report(99, most=5) == ([], {})

    def test_what_is_done_is_written_down_once(self, drain: Drain) -> None:
        for number in range(1, 4):
            add(drain, end(number, f"arena-{number}"))
            for name in ("one", "two"):
                drain.settle(lane(drain, name, f"arena-{number}"), now=0)
        refs, partly = drain.report(0, most=2)
        drain.reported(refs, partly)
        assert [ref.number for ref in refs] == [1, 2]
        assert done(drain) == [3]


class TestFallingBehind:
    """Two entries may wait per forwarder."""

    @pytest.fixture
    def drain(self) -> Drain:
        drain = Drain(Hold(scheduler="arena", token="token"), until=1000, most=2)
        for number in range(1, 7):
            add(drain, end(number, f"arena-{number}"))
            drain.settle(lane(drain, "two", f"arena-{number}"), now=0)
        return drain

    def test_a_forwarder_of_which_much_waits_does_not_keep_others_from_being_told(
        self, drain: Drain
    ) -> None:
        assert [(each.forwarder, each.room) for each in drain.lanes()] == [
            ("one", "arena-1"), ("one", "arena-2"),
        ]  # fmt: skip
        assert drain.after == 6

    def test_it_is_written_down_who_heard_and_then_forgotten(self, drain: Drain) -> None:
        refs, partly = drain.report(0, most=100)
        assert (refs, [ref.number for ref in partly]) == ([], [3, 4, 5, 6])
        assert drain.held == 6
        drain.reported(refs, partly)
        assert drain.held == 2

    def test_when_it_has_room_it_gets_what_it_missed_in_order(self, drain: Drain) -> None:
        drain.reported(*drain.report(0, most=100))
        assert drain.catching_up() == {}
        drain.settle(lane(drain, "one", "arena-1"), now=0)
        assert drain.catching_up() == {"one": 2}
        heard = frozenset({"two"})
        missed = [
            dataclasses.replace(end(number, f"arena-{number}"), heard=heard)
            for number in range(3, 7)
        ]
        drain.catch_up("one", missed[:2], to=4, whole=False)
        assert drain.catching_up() == {}
        # And what is new waits behind it
        assert [each.forwarder for each in add(drain, end(7))] == ["two"]
        for room in ("arena-2", "arena-3"):
            drain.settle(lane(drain, "one", room), now=0)
        assert drain.catching_up() == {"one": 4}
        newer = [*missed[2:], end(7), end(8)]
        lanes = drain.catch_up("one", newer, to=8, whole=True)
        assert [each.first.number for each in lanes] == [5, 6, 7]
        # That is much again, and what is even newer waits again
        assert [each.forwarder for each in add(drain, end(8, "arena-8"))] == ["two"]
        assert numbers(lane(drain, "two")) == [7]
        for room in ("arena-4", "arena-5", "arena-6"):
            drain.settle(lane(drain, "one", room), now=0)
        assert drain.catching_up() == {"one": 7}

    def test_what_it_hears_late_is_done_when_all_the_others_heard_before(
        self, drain: Drain
    ) -> None:
        drain.reported(*drain.report(0, most=100))
        for room in ("arena-1", "arena-2"):
            drain.settle(lane(drain, "one", room), now=0)
        missed = dataclasses.replace(end(3, "arena-3"), heard=frozenset({"two"}))
        drain.catch_up("one", [missed], to=3, whole=False)
        drain.settle(lane(drain, "one", "arena-3"), now=0)
        assert done(drain) == [1, 2, 3]

    def test_a_newer_ping_replaces_what_waits_for_it_and_waits_with_what_it_missed(self) -> None:
        drain = Drain(Hold(scheduler="arena", token="token"), until=1000, most=1)
        add(drain, resync(1))
        add(drain, end(2, "arena-2"))
        add(drain, resync(3))
        assert drain.lanes() == []
        assert drain.catching_up() == {"one": 1, "two": 1}
        for name in ("one", "two"):
            drain.catch_up(name, [end(2, "arena-2"), resync(3)], to=3, whole=True)
        assert numbers(lane(drain, "one", "arena-1")) == [3]
        assert numbers(lane(drain, "two", "arena-2")) == [2]


class TestBreaker:
    def test_a_few_failures_do_not_matter(self) -> None:
        breaker = Breaker()
        for _ in range(FAILURES - 1):
            breaker.failed(0, tried=breaker.began())
        assert breaker.admits(0)
        breaker.succeeded()
        breaker.failed(0, tried=False)
        assert breaker.admits(0)

    def opened(self) -> Breaker:
        breaker = Breaker()
        for _ in range(FAILURES):
            breaker.failed(100, tried=breaker.began())
        return breaker

    def test_many_in_a_row_open_it(self) -> None:
        breaker = self.opened()
        assert breaker.is_open
        assert not breaker.admits(100)
        assert 100 < breaker.opens_at() <= 100 + LONGEST_S

    def test_then_one_call_at_a_time_tries(self) -> None:
        breaker = self.opened()
        now = breaker.opens_at()
        assert breaker.admits(now)
        assert breaker.began()
        assert not breaker.admits(now)
        assert breaker.opens_at() == math.inf
        breaker.failed(now, tried=True)
        assert not breaker.admits(now)
        assert breaker.admits(now + LONGEST_S)

    def test_and_closes_it_when_it_is_answered(self) -> None:
        breaker = self.opened()
        breaker.began()
        breaker.succeeded()
        assert breaker.admits(0)
        assert not breaker.is_open

    def test_calls_begun_before_say_nothing_new(self) -> None:
        breaker = self.opened()
        before = breaker.opens_at()
        for _ in range(50):
            breaker.failed(105, tried=False)
        assert breaker.opens_at() == before

    def test_waits_grow_up_to_a_limit(self) -> None:
        for attempt in range(60):
            wait = backoff(attempt, first_s=1, longest_s=30)
            assert min(30, 2**attempt) / 2 <= wait <= 30
