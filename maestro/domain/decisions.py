"""What was decided about the size of a fleet, kept so that operators can see why."""

import dataclasses
import datetime
from collections.abc import Mapping

_ANY_TIME = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One look at a fleet: what was seen, what follows, and what came of it (contract 0.3)."""

    #: When it was made; of equal ones in a row, the last time.
    at: datetime.datetime
    #: Type of the policy, or `roomsReplicas`.
    policy: str
    #: What it was computed from, in values of JSON.
    inputs: Mapping[str, object]
    formula: str
    #: What the formula gives, and how many rooms are wanted within the bounds.
    raw: int
    desired: int
    #: What changed or held up the outcome, in words.
    bounds: tuple[str, ...]
    #: Rooms that count.
    available: int
    outcome: str
    #: What was enqueued; empty when nothing was.
    operation_id: str = ""

    @property
    def line(self) -> str:
        """All of it in one line of an operation's history."""
        bounds = "".join(f", {bound}" for bound in self.bounds)
        return (
            f"{self.policy}: {self.formula} = {self.raw}{bounds}: {self.desired} wanted, "
            f"{self.available} available: {self.outcome}"
        )

    @property
    def essence(self) -> "Decision":
        """What two decisions share that differ in nothing but their time and operation."""
        return dataclasses.replace(self, at=_ANY_TIME, operation_id="")
