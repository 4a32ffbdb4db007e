"""What a policy of automatic scaling answers. Each is a module of its own, with no state."""

import dataclasses
from collections.abc import Mapping
from typing import Protocol

from maestro.domain.autoscaling.load import Load
from maestro.domain.schedulers import PolicyParameters


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """How many rooms a policy wants, before any bounds, and why."""

    rooms: int
    #: As it was computed, with the numbers in it.
    formula: str
    #: What it was computed from, in values of JSON.
    inputs: Mapping[str, object]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Shrinking:
    """Whether a fleet that is too large may become smaller now, and why."""

    allowed: bool
    reason: str


class Policy(Protocol):
    """How the number of rooms follows demand."""

    def wish(self, parameters: PolicyParameters, load: Load) -> Wish:
        """How many rooms there should be."""

    def may_shrink(self, parameters: PolicyParameters, load: Load, wish: Wish) -> Shrinking:
        """Whether rooms that are too many may go now."""
