"""
Whether a new version works: what one room of it tells, in the words of v10 (contract 3.3).

Pure: what is known of the room in, verdict out. A room that ended will never be ready, so nobody
waits for it any longer.
"""

import dataclasses
import datetime

from maestro.domain.rooms import IN_USE, SPENT, Room, RoomStatus

DETECTED = "Major version detected, starting game room validation process..."
ALL_FAILED = "All validation attempts have failed, operation aborted!"
_VANISHED = "the room does not exist any more"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What one attempt came to."""

    passed: bool
    #: Line of history.
    text: str


def judge(
    room: Room | None,
    *,
    attempt: int,
    name: str,
    now: datetime.datetime,
    until: datetime.datetime,
    accept_occupied: bool,
) -> Verdict | None:
    """What to make of the room called `name`; None while there is hope."""
    wanted = {RoomStatus.READY, *(IN_USE if accept_occupied else ())}
    if room is None or room.status in SPENT:
        description = room.instance_description or room.status if room else _VANISHED
        return Verdict(passed=False, text=_broken(attempt, name, description))
    if room.status in wanted:
        return Verdict(passed=True, text=f"{attempt}º Attempt: Game room validation success!")
    if now >= until:
        return Verdict(passed=False, text=_late(attempt, name))
    return None


def refused(attempt: int, reason: str) -> Verdict:
    """No room could be created."""
    return Verdict(
        passed=False,
        text=(
            f"{attempt}º Attempt: Unexpected Error, contact the Maestro's responsible team for "
            f'helping: "{reason}"'
        ),
    )


def _late(attempt: int, name: str) -> str:
    return (
        f"{attempt}º Attempt: Got timeout waiting for the GRU with ID: {name} to be ready. "
        "You can check if\n\t\tthe GRU image is stable on its logs."
    )


def _broken(attempt: int, name: str, description: str) -> str:
    return (
        f"{attempt}º Attempt: The room created for validation with ID {name} is entering in error "
        "state. You can check if\n\t\tthe GRU image is stable on its logs using the provided room "
        f'id. Last event in the game room: "{description}"'
    )
