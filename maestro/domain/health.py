"""
The state of a fleet: which rooms count, which have expired and on what evidence (contract 5.1).

Pure: rooms and a moment in, verdicts out.
"""

import dataclasses
import datetime
import enum

from maestro.domain.rooms import InstanceStatus, Room, RoomStatus


class Verdict(enum.StrEnum):
    """What a health check makes of one room."""

    AVAILABLE = "available"
    #: On its way out, or in an error that may pass.
    IGNORED = "ignored"
    NEVER_STARTED = "never_started"
    NEVER_READY = "never_ready"
    SILENT = "silent"
    NOT_TERMINATED = "not_terminated"
    ENDED = "ended"


EXPIRED = frozenset(
    {
        Verdict.NEVER_STARTED,
        Verdict.NEVER_READY,
        Verdict.SILENT,
        Verdict.NOT_TERMINATED,
        Verdict.ENDED,
    }
)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Timeouts:
    """How long a room may take, in seconds."""

    #: Until the runtime started it.
    pending_s: float
    #: From creation until it is ready.
    initialization_s: float
    #: Between pings.
    ping_s: float
    #: Beyond its grace period until it is gone.
    deletion_s: float


def judge(
    room: Room, *, now: datetime.datetime, timeouts: Timeouts, grace_period_s: float
) -> Verdict:
    """What to make of one room; the first rule that fits decides."""
    if room.terminating_since is not None:
        limit_s = grace_period_s + timeouts.deletion_s
        overdue = not room.deletion_accepted or _age(room.terminating_since, now) > limit_s
        return Verdict.NOT_TERMINATED if overdue else Verdict.IGNORED
    if room.status in (RoomStatus.TERMINATED, RoomStatus.ERROR):
        return Verdict.ENDED
    if room.status is RoomStatus.TERMINATING and room.instance_status is InstanceStatus.TERMINATING:
        return Verdict.ENDED
    age_s = _age(room.created_at, now)
    if room.instance_status in (InstanceStatus.PENDING, InstanceStatus.UNKNOWN):
        return Verdict.NEVER_STARTED if age_s > timeouts.pending_s else Verdict.AVAILABLE
    if room.last_ping_at is None:
        return Verdict.NEVER_READY if age_s > timeouts.initialization_s else Verdict.AVAILABLE
    if _age(room.last_ping_at, now) > timeouts.ping_s:
        return Verdict.SILENT
    return Verdict.IGNORED if room.status is RoomStatus.TERMINATING else Verdict.AVAILABLE


def _age(since: datetime.datetime, now: datetime.datetime) -> float:
    return (now - since).total_seconds()
