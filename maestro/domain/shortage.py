"""
Rooms that could not be created: tried again later and later, while others are not held up by it
(contract 0.3, "Ports exhausted").

Pure: what was asked for and what became of it in, what to ask for next out.
"""

import dataclasses
import datetime
from collections.abc import Mapping
from typing import cast

from maestro.domain.operations import AddRooms, Operation, OperationStatus

#: Under which name an operation has written how many rooms it could not create, by reason.
FAILURES = "failures"
FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = 300.0


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Rooms that an operation was to create, and of which nobody looked yet what they became."""

    operation: str
    amount: int
    #: How many more were wanted, but not asked for.
    held_back: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Shortage:
    """So many rooms could not be created, for this reason."""

    rooms: int
    reason: str
    #: Of the scheduler; another one may need less.
    version: str
    at: datetime.datetime
    delay_s: float

    @property
    def retry_at(self) -> datetime.datetime:
        """When to try again."""
        return self.at + datetime.timedelta(seconds=self.delay_s)


def failures(operation: Operation) -> tuple[int, str]:
    """How many rooms an operation that ended could not create, and why."""
    counted = cast(Mapping[str, int], operation.choices.get(FAILURES) or {})
    if counted:
        return sum(counted.values()), max(counted, key=counted.__getitem__)
    if operation.status is OperationStatus.ERROR and isinstance(operation.definition, AddRooms):
        return operation.definition.amount, "no room could be created"
    return 0, ""


def after(
    known: Shortage | None,
    asked: Asked,
    *,
    failed: int,
    reason: str,
    version: str,
    now: datetime.datetime,
) -> Shortage | None:
    """What is known once it is known how many of the rooms asked for failed."""
    if not failed:
        return known if asked.held_back else None
    # Whoever failed although the others were held back is new to it, and waits no longer for them.
    delay_s = FIRST_RETRY_S
    if known and not asked.held_back:
        delay_s = min(LONGEST_RETRY_S, known.delay_s * 2)
    return Shortage(
        rooms=failed + asked.held_back, reason=reason, version=version, at=now, delay_s=delay_s
    )


def standing(
    known: Shortage | None,
    *,
    version: str,
    missing: int,
    resumed_at: datetime.datetime | None,
) -> Shortage | None:
    """The shortage, unless nothing is missing, or something else is to be created by now."""
    if known is None or known.version != version or missing <= 0:
        return None
    return None if resumed_at and resumed_at > known.at else known


def addable(missing: int, known: Shortage | None, *, now: datetime.datetime) -> int:
    """How many of the missing rooms to ask for now."""
    if known is None or now >= known.retry_at:
        return missing
    return max(0, missing - known.rooms)
