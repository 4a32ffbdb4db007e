"""
A circuit breaker: an address that does not answer is left alone, and tried by one call at a time.

Answers that refuse an event say nothing against the address.
"""

import math
import random

#: Failures in a row that open it.
FAILURES = 5
#: Seconds it stays open, first and at most.
FIRST_S, LONGEST_S = 0.5, 5.0


class Breaker:
    """That of one address. The caller says what time it is."""

    def __init__(self) -> None:
        self._failures = 0
        self._closed_at = 0.0
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether calls have to wait, except for one every now and then."""
        return self._failures >= FAILURES

    def admits(self, now: float) -> bool:
        """Whether a call may begin now; it is to be reported with `began`."""
        return not self.is_open or (not self._probing and now >= self._closed_at)

    def began(self) -> bool:
        """A call begins; whether it is the one that tries while the breaker is open."""
        self._probing = self.is_open
        return self._probing

    def opens_at(self) -> float:
        """When the next call may try; never, as far as is known, while one does."""
        return math.inf if self._probing else self._closed_at

    def succeeded(self) -> None:
        """The address answered."""
        self._failures, self._probing = 0, False

    def failed(self, now: float, *, tried: bool) -> None:
        """It did not answer, or not in time; `tried` is what `began` said of the call."""
        if self.is_open and not tried:
            return  # It was begun before; that the address is away is known by now.
        self._failures += 1
        self._probing = False
        if self.is_open:
            self._closed_at = now + backoff(
                self._failures - FAILURES, first_s=FIRST_S, longest_s=LONGEST_S
            )


def backoff(attempt: int, *, first_s: float, longest_s: float) -> float:
    """Seconds to wait; spread, so that what failed at once does not come back at once."""
    wait: float = min(longest_s, first_s * 2.0 ** min(attempt, 20))
    return wait * random.uniform(0.5, 1)  # noqa: S311
