"""Taking turns: what waits, how long, and what is told at once that it would wait for too long."""

import threading

from maestro.runtime.kubernetes.pace import Pace
from tests.fakes.clock import FakeClock


class Asking:
    """Requests at a pace, on a clock that stands still while nobody waits."""

    def __init__(self, *, per_second: float, burst: int) -> None:
        self.clock = FakeClock()
        self.waits: list[float] = []
        self.pace = Pace(
            per_second=per_second, burst=burst, monotonic=self.clock.monotonic, wait=self.wait
        )

    def wait(self, seconds: float) -> None:
        # Sums of tenths are not exact.
        self.waits += filter(None, [round(seconds, 6)])
        self.clock.advance(seconds)

    def take(self, times: int = 1, *, within_s: float = 10) -> list[bool]:
        return [self.pace.take(within_s=within_s) for _ in range(times)]


def test_so_many_go_at_once_and_the_rest_at_an_even_pace() -> None:
    asking = Asking(per_second=10, burst=3)
    assert asking.take(6) == [True] * 6
    assert asking.waits == [0.1, 0.1, 0.1]


def test_a_pause_is_saved_up_but_only_so_much_of_it() -> None:
    asking = Asking(per_second=10, burst=3)
    asking.take(3)
    asking.clock.advance(0.2)
    asking.take(3)
    assert asking.waits == [0.1]
    asking.clock.advance(3600)
    asking.take(4)
    assert asking.waits == [0.1, 0.1]


def test_without_a_burst_each_has_its_turn() -> None:
    asking = Asking(per_second=4, burst=1)
    asking.take(3)
    assert asking.waits == [0.25, 0.25]


def test_who_would_wait_too_long_is_told_at_once_and_keeps_nobody_waiting() -> None:
    asking = Asking(per_second=1, burst=1)
    asking.take()
    assert asking.take(5, within_s=0.5) == [False] * 5
    assert asking.waits == []
    # The next one waits no longer for those who left
    asking.clock.advance(0.75)
    assert asking.take(within_s=0.5) == [True]
    assert asking.waits == [0.25]


def test_threads_share_a_pace() -> None:
    clock, guard = FakeClock(), threading.Lock()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        with guard:
            waits.extend(filter(None, [round(seconds, 6)]))

    pace = Pace(per_second=10, burst=5, monotonic=clock.monotonic, wait=wait)
    threads = [threading.Thread(target=pace.take, kwargs={"within_s": 10}) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The clock stands still: each of the others has a turn of its own
    assert sorted(waits) == [round(0.1 * turn, 6) for turn in range(1, 16)]
