"""What was accepted, and what nobody knows: whoever got no answer cannot tell."""

import dataclasses
import threading


@dataclasses.dataclass
class Accepted:
    """An operation that somebody was told will happen."""

    scheduler: str
    id: str
    kind: str
    #: How many rooms an edit asked for.
    rooms: int | None = None
    #: Whether somebody was told that it will not happen after all.
    cancelled: bool = False


class Ledger:
    """Filled by many clients at once."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        #: In the order in which they were accepted, per scheduler.
        self.accepted: list[Accepted] = []
        #: Fleets of which nobody knows how many rooms were asked for.
        self.unsure: set[str] = set()
        self.deleted: set[str] = set()
        self.paused: set[str] = set()
        #: Rooms in which players played all the time, since they were first seen.
        self.occupied: dict[str, set[str]] = {}

    def accept(self, accepted: Accepted) -> None:
        with self._guard:
            self.accepted.append(accepted)

    def of(self, scheduler: str) -> list[Accepted]:
        """What was accepted of one fleet, in order."""
        with self._guard:
            return [each for each in self.accepted if each.scheduler == scheduler]

    def living(self) -> list[Accepted]:
        """What can still be asked for: a deletion leaves nothing but its own record."""
        with self._guard:
            return [
                each
                for each in self.accepted
                if each.scheduler not in self.deleted or each.kind == "delete"
            ]
