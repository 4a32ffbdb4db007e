"""Hints that nobody takes: a test looks at which were sent."""


class FakeHints:
    """Remembers for which schedulers somebody was to wake up, in order."""

    def __init__(self) -> None:
        self.for_operations: list[str] = []
        self.for_changes: list[str] = []

    def operations(self, scheduler: str, *, operation: str = "") -> None:
        self.for_operations.append(scheduler)

    def changes(self, scheduler: str) -> None:
        self.for_changes.append(scheduler)
