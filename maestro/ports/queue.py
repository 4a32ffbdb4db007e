"""The queue of hints: "something is waiting". Losing one, or getting one twice, changes nothing."""

from typing import Protocol


class Hints(Protocol):
    """Wakes workers. Raises nothing: whoever is not woken finds the work at its next sweep."""

    def operations(self, scheduler: str, *, operation: str = "") -> None:
        """
        Operations of `scheduler` may be waiting.

        Whoever takes the hint does what is next; for people it tells by which operation it came.
        """

    def changes(self, scheduler: str) -> None:
        """Changes of rooms of `scheduler` may be waiting."""
