"""How often we may ask: so many requests per second on average, and some more at once."""

import threading
import time
from collections.abc import Callable


class Pace:
    """A token bucket that all threads of a process share."""

    def __init__(
        self,
        *,
        per_second: float,
        burst: int,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._monotonic = monotonic
        self._wait = wait
        self._guard = threading.Lock()
        #: When the request that was let through last would have its turn at an even pace.
        self._turn = -float("inf")

    def take(self, *, within_s: float) -> bool:
        """Wait for one's turn; False, at once, when it would not come in time."""
        with self._guard:
            now = self._monotonic()
            earliest = now - (self._burst - 1) / self._per_second
            turn = max(self._turn + 1 / self._per_second, earliest)
            delay_s = turn - now
            if delay_s > within_s:
                return False
            self._turn = turn
        if delay_s > 0:
            self._wait(delay_s)
        return True
