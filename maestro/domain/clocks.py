"""How far two clocks are apart, as far as one question can tell, and how much of that matters."""

import dataclasses

from maestro.domain import findings
from maestro.domain.findings import Finding

#: What synchronised clocks keep to easily.
NOTED_S = 1.0
#: Timeouts of rooms compare times that different machines wrote down.
HARMFUL_S = 30.0
ADVICE = "synchronise the clocks of both machines (chrony, systemd-timesyncd)"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Another clock, read between two looks at ours; all in Unix seconds."""

    before_s: float
    theirs_s: float
    after_s: float
    #: The smallest step of the other clock, which cuts off the rest.
    step_s: float = 0.0

    @property
    def offset_s(self) -> float:
        """How far the other clock is certainly ahead of ours (or behind: negative)."""
        ahead = self.theirs_s - self.after_s
        behind = self.theirs_s + self.step_s - self.before_s
        return max(0.0, ahead) + min(0.0, behind)


def judge(name: str, reading: Reading) -> Finding:
    """Whether two clocks agree well enough."""
    offset_s = reading.offset_s
    if abs(offset_s) <= NOTED_S:
        return findings.ok(name, "agrees with ours")
    found = f"{abs(offset_s):.1f} s {'ahead of' if offset_s > 0 else 'behind'} ours"
    if abs(offset_s) <= HARMFUL_S:
        return findings.warning(name, found, ADVICE)
    return findings.failure(name, found, ADVICE)
