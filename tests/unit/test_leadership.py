"""Of several equal processes one leads, and a frozen one knows that it was replaced."""

import pytest

from maestro import errors
from maestro.services.leadership import Leadership
from tests.fakes.clock import FakeClock


class Seat:
    """A place in memory, with a lease."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._holder = ""
        self._until = 0.0
        self.away = False
        self.asked = 0

    def take(self, holder: str, *, ttl_s: float) -> bool:
        if self.away:
            raise errors.Unavailable("the store is away")
        self.asked += 1
        now = self._clock.monotonic()
        if self._holder not in ("", holder) and now < self._until:
            return False
        self._holder, self._until = holder, now + ttl_s
        return True

    def leave(self, holder: str) -> None:
        if self.away:
            raise errors.Unavailable("the store is away")
        if self._holder == holder:
            self._holder = ""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def seat(clock: FakeClock) -> Seat:
    return Seat(clock)


def two(seat: Seat, clock: FakeClock) -> list[Leadership]:
    return [Leadership(seat, clock, holder=name, lease_s=5) for name in ("first", "second")]


def test_the_first_one_leads_and_the_second_waits(seat: Seat, clock: FakeClock) -> None:
    first, second = two(seat, clock)

    for _ in range(30):
        assert first.keep()
        assert not second.keep()
        clock.advance(first.renewal_s)


def test_who_asks_often_asks_the_store_only_now_and_then(seat: Seat, clock: FakeClock) -> None:
    first, _ = two(seat, clock)

    for _ in range(100):
        first.keep()
        clock.advance(0.01)

    assert seat.asked <= 3


def test_when_the_first_one_dies_the_second_leads_within_a_lease(
    seat: Seat, clock: FakeClock
) -> None:
    first, second = two(seat, clock)
    first.keep()
    clock.advance(5)

    assert second.keep()


def test_when_the_first_one_resigns_the_second_leads_at_once(seat: Seat, clock: FakeClock) -> None:
    first, second = two(seat, clock)
    first.keep()

    first.resign()

    assert second.keep()
    assert not first.is_ours


def test_one_that_was_frozen_knows_that_it_may_have_been_replaced(
    seat: Seat, clock: FakeClock
) -> None:
    first, second = two(seat, clock)
    first.keep()
    clock.advance(6)
    second.keep()

    assert not first.is_ours
    assert not first.keep()


def test_while_the_store_is_away_nobody_leads_for_longer_than_its_lease(
    seat: Seat, clock: FakeClock
) -> None:
    first, second = two(seat, clock)
    first.keep()
    seat.away = True
    clock.advance(2)
    assert first.keep()
    clock.advance(3)
    assert not first.keep()
    assert not second.keep()
    first.resign()
    seat.away = False
    assert second.keep()
