"""What operators are shown of a rollout."""

import dataclasses
import datetime
from collections.abc import Sequence

from maestro.domain.rooms import RoomStatus


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class StatusCount:
    """How many rooms of one status are as they should be, and how many are to be replaced."""

    status: RoomStatus
    done: int
    to_do: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RolloutStatus:
    """How far a fleet is on its way to the active version."""

    in_progress: bool
    to_version: str
    from_versions: Sequence[str] = ()
    #: Rooms that are ready or in use in the active version, and rooms to be replaced.
    rooms_done: int
    rooms_to_do: int = 0
    statuses: Sequence[StatusCount] = ()
    #: In words.
    waits_for: str
    since: datetime.datetime | None = None
    waiting_since: datetime.datetime | None = None
    #: When rooms with players in them are removed as well; None while there is more to do.
    evicts_at: datetime.datetime | None = None
    #: None when nothing tells.
    estimated_end: datetime.datetime | None = None
