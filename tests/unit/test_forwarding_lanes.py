"""What a process knows of an outbox it drains, and when it leaves an address alone."""

import dataclasses

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
    return Drain(Hold(scheduler="arena", token="token"), until=1000)


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
        assert [each.forwarder for each in drain.add(resync(1))] == ["one", "two"]
        drain.add(end(2))
        assert numbers(lane(drain, "one")) == numbers(lane(drain, "two")) == [1, 2]
        assert (drain.held, drain.after) == (2, 2)

    def test_it_is_done_when_everybody_heard_of_it(self, drain: Drain) -> None:
        drain.add(end(1))
        drain.settle(lane(drain, "two"), now=0)
        assert done(drain) == []
        drain.settle(lane(drain, "one"), now=0)
        assert done(drain) == [1]
        assert (drain.held, drain.lanes()) == (0, [])

    def test_an_entry_for_nobody_is_done_at_once(self, drain: Drain) -> None:
        everybody = frozenset({"one", "two"})
        assert drain.add(dataclasses.replace(end(1), heard=everybody)) == []
        assert done(drain) == [1]

    def test_a_newer_ping_takes_the_place_of_one_that_waits(self, drain: Drain) -> None:
        drain.add(resync(1))
        drain.add(end(2))
        drain.add(resync(3))
        assert numbers(lane(drain)) == [2, 3]
        assert drain.held == 2

    def test_but_not_of_one_that_is_being_told(self, drain: Drain) -> None:
        drain.add(resync(1))
        lane(drain, "one").busy = True
        drain.add(resync(2))
        assert numbers(lane(drain, "one")) == [1, 2]
        assert numbers(lane(drain, "two")) == [2]
        drain.settle(lane(drain, "one"), now=0)
        assert done(drain) == []
        for name in ("one", "two"):
            drain.settle(lane(drain, name), now=0)
        assert done(drain) == [2]

    def test_one_that_failed_gives_way_to_the_newer_one(self, drain: Drain) -> None:
        drain.add(resync(1))
        lane(drain).busy = True
        drain.add(resync(2))
        lane(drain).busy = False
        drain.drop_replaced(lane(drain))
        assert numbers(lane(drain)) == [2]

    def test_a_lane_that_has_to_wait_has_to_wait_with_newer_pings_too(self, drain: Drain) -> None:
        drain.add(resync(1))
        lane(drain).due = 50
        drain.add(resync(2))
        assert lane(drain).due == 50

    def test_lanes_of_forwarders_that_are_gone_are_forgotten(self, drain: Drain) -> None:
        drain.add(resync(1))
        drain.add(resync(2, "arena-1", "three"))
        assert [each.forwarder for each in drain.lanes()] == ["three"]

    def test_who_heard_is_written_down_when_others_take_long(self, drain: Drain) -> None:
        drain.add(end(1))
        drain.settle(lane(drain, "two"), now=10)
        assert drain.report(10, most=5) == ([], {})
        refs, partly = drain.report(10 + NOTE_PARTLY_S, most=5)
        assert (refs, partly) == ([], {end(1).ref: ["two"]})
        drain.reported(refs, partly)
        assert drain.report(99, most=5) == ([], {})

    def test_what_is_done_is_written_down_once(self, drain: Drain) -> None:
        for number in range(1, 4):
            drain.add(end(number, f"arena-{number}"))
            for name in ("one", "two"):
                drain.settle(lane(drain, name, f"arena-{number}"), now=0)
        refs, partly = drain.report(0, most=2)
        drain.reported(refs, partly)
        assert [ref.number for ref in refs] == [1, 2]
        assert done(drain) == [3]


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
