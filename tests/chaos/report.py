"""What a storm came to, in one line."""

import dataclasses
import statistics
from collections import Counter
from collections.abc import Sequence

from tests.chaos.invariants import Broken


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """How much fell, and what became of it."""

    seed: str
    kills: int
    cuts: int
    operations: int
    broken: Sequence[Broken]
    #: Seconds from the end of each cause until operations ended again.
    recoveries_s: Sequence[float]
    #: Seconds from the last fault until nothing went on any more.
    settled_s: float

    def line(self) -> str:
        """Everything, in words that a program may look for."""
        broken = Counter(each.sort for each in self.broken)
        recoveries = self.recoveries_s or [0.0]
        figures = {
            "seed": self.seed,
            "kills": self.kills,
            "cuts": self.cuts,
            "operations": self.operations,
            "lost": broken["lost"],
            "doubled": broken["doubled"],
            "leaked": broken["leaked"],
            "recovery_p50_s": f"{statistics.median(recoveries):.2f}",
            "recovery_max_s": f"{max(recoveries):.2f}",
            "settled_s": f"{self.settled_s:.1f}",
        }
        return " ".join(f"{name}={value}" for name, value in figures.items())
