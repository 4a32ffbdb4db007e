"""The queue of hints: "something is waiting". Losing one, or getting one twice, changes nothing."""

from typing import Protocol


class Hints(Protocol):
    """Wakes workers. Raises nothing: whoever is not woken finds the work at its next sweep."""

    def operations(self, scheduler: str) -> None:
        """Operations of `scheduler` may be waiting."""

    def changes(self, scheduler: str) -> None:
        """Changes of rooms of `scheduler` may be waiting."""
