"""
The state of a fleet: which rooms count, which have expired, and on what evidence.

Contract 4.5 and 5.1 with decisions 20, 22 and 42. Pure: rooms and a moment in, verdicts out.
Silence is weak evidence, as it may be ours: it counts only while pings could be accepted, for a
few rooms at a time, and more of it is asked for before a room with players in it goes.
"""

import dataclasses
import datetime
import enum
import math
from collections.abc import Container, Iterable, Mapping, Sequence

from maestro.domain.rollout import Progress
from maestro.domain.rooms import InstanceStatus, Room, RoomStatus, is_in_use
from maestro.domain.shortage import Asked, Shortage

#: How often it is said that pings can be accepted, and the longest silence that is no outage: a
#: busy machine may be late. What is not said yet, counts for nobody.
ACCEPTING_EVERY_S = 1.0
OUTAGE_S = 3.0


class Verdict(enum.StrEnum):
    """What a health check makes of one room."""

    AVAILABLE = "available"
    #: On its way out.
    LEAVING = "leaving"
    #: The runtime or the room itself says that it is over.
    ENDED = "ended"
    NOT_TERMINATED = "not_terminated"
    NEVER_STARTED = "never_started"
    NEVER_READY = "never_ready"
    SILENT = "silent"


#: Verdicts that need no more evidence, and of which any number may go at once.
CERTAIN = frozenset({Verdict.ENDED, Verdict.NOT_TERMINATED})
#: Verdicts about what did not happen in time.
OVERDUE = frozenset({Verdict.NEVER_STARTED, Verdict.NEVER_READY, Verdict.SILENT})


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Timeouts:
    """How long a room may take, in seconds."""

    #: Until the runtime started it.
    pending_s: float
    #: From creation to its first ping.
    initialization_s: float
    #: Between pings.
    ping_s: float
    #: Beyond its grace period until it is gone.
    deletion_s: float


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Caution:
    """How much evidence is asked for before rooms are removed."""

    #: Share of a fleet that may expire per `cycle_s`; at least one room may.
    expiry_share: float
    #: Checks in a row that must find a room in use silent.
    evidence_cycles: int
    #: Seconds between two checks that count as two, however often rooms have a fleet checked.
    cycle_s: float
    #: More of a fleet than this being silent at once is a wave, and nothing expires.
    wave_share: float
    #: Seconds after which a wave is believed.
    wave_freeze_s: float


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Outage:
    """Time in which no ping could be accepted."""

    start: datetime.datetime
    end: datetime.datetime


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """How many checks in a row found a room in use silent, and when the last one did."""

    count: int
    at: datetime.datetime


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """What one check of a fleet leaves to the next."""

    evidence: Mapping[str, Evidence] = dataclasses.field(default_factory=dict)
    #: How many rooms expired in this cycle, and when it began.
    expired: int = 0
    cycle_began: datetime.datetime | None = None
    #: Since when a wave of silence keeps rooms from expiring; and what operators are told.
    frozen_since: datetime.datetime | None = None
    frozen_reason: str = ""
    #: Version of which no more rooms are created, since when, and what operators are told.
    crash_loop_version: str = ""
    crash_loop_since: datetime.datetime | None = None
    crash_loop_reason: str = ""
    #: The rollout that is under way.
    rollout: Progress | None = None
    #: Rooms that were to be created last, and those that could not be.
    asked: Asked | None = None
    shortage: Shortage | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """What a check found, and what follows."""

    verdicts: Mapping[str, Verdict]
    expired: Sequence[str]
    memory: Memory

    def available(self, rooms: Iterable[Room]) -> list[Room]:
        """Those that count for the size of the fleet: that are fine, or may be."""
        leaving = {Verdict.LEAVING, *CERTAIN}
        gone = set(self.expired)
        return [
            room for room in rooms if self.verdicts[room.id] not in leaving and room.id not in gone
        ]

    @property
    def silent(self) -> frozenset[str]:
        """Rooms of which nobody knows how they are."""
        verdicts = self.verdicts.items()
        return frozenset(room for room, verdict in verdicts if verdict is Verdict.SILENT)


def examine(
    rooms: Sequence[Room],
    *,
    now: datetime.datetime,
    timeouts: Timeouts,
    caution: Caution,
    grace_period_s: float,
    outages: Sequence[Outage],
    memory: Memory,
    may_expire: bool = True,
) -> Examination:
    """Judge all rooms of a fleet, and choose which of them expire now, if any may."""
    verdicts = {
        room.id: judge(
            room, now=now, timeouts=timeouts, grace_period_s=grace_period_s, outages=outages
        )
        for room in rooms
    }
    silent = [room for room in rooms if verdicts[room.id] is Verdict.SILENT]
    memory = _with_wave(memory, silent=len(silent), fleet=len(rooms), now=now, caution=caution)
    memory = _with_evidence(memory, silent, now=now, caution=caution)
    certain = [room.id for room in rooms if verdicts[room.id] in CERTAIN]
    overdue = [
        room
        for room in rooms
        if verdicts[room.id] in OVERDUE and _may_go(room, memory, now=now, caution=caution)
    ]
    # Of those that may go, the ones without players first.
    overdue.sort(key=lambda room: is_in_use(room, now))
    if is_frozen(memory, now=now, caution=caution):
        overdue = [room for room in overdue if verdicts[room.id] is not Verdict.SILENT]
    memory = _in_cycle(memory, now=now, caution=caution)
    most = max(0, math.ceil(caution.expiry_share * len(rooms)) - memory.expired)
    chosen = [room.id for room in overdue[:most]] if may_expire else []
    memory = dataclasses.replace(memory, expired=memory.expired + len(chosen))
    expired = [*certain, *chosen] if may_expire else []
    return Examination(verdicts=verdicts, expired=expired, memory=memory)


def judge(
    room: Room,
    *,
    now: datetime.datetime,
    timeouts: Timeouts,
    grace_period_s: float,
    outages: Sequence[Outage] = (),
) -> Verdict:
    """What to make of one room; the first rule that fits decides."""
    if room.terminating_since is not None:
        limit_s = grace_period_s + timeouts.deletion_s
        overdue = not room.deletion_accepted or _age(room.terminating_since, now) > limit_s
        return Verdict.NOT_TERMINATED if overdue else Verdict.LEAVING
    if room.status in (RoomStatus.TERMINATED, RoomStatus.ERROR):
        return Verdict.ENDED
    if room.instance_status is InstanceStatus.TERMINATING:
        return Verdict.ENDED
    never_ran = room.instance_status in (InstanceStatus.PENDING, InstanceStatus.UNKNOWN)
    if never_ran and room.last_ping_at is None:
        is_late = _age(room.created_at, now) > timeouts.pending_s
        return Verdict.NEVER_STARTED if is_late else Verdict.AVAILABLE
    if room.last_ping_at is None:
        is_late = _heard_age(room.created_at, now, outages) > timeouts.initialization_s
        return Verdict.NEVER_READY if is_late else Verdict.AVAILABLE
    if _heard_age(room.last_ping_at, now, outages) > timeouts.ping_s:
        return Verdict.SILENT
    return Verdict.LEAVING if room.status is RoomStatus.TERMINATING else Verdict.AVAILABLE


def left_behind(
    validation_rooms: Sequence[Room],
    *,
    open_operations: Container[str],
    now: datetime.datetime,
    timeouts: Timeouts,
    grace_period_s: float,
) -> list[str]:
    """Rooms whose operation will never look after them again, but those that are leaving."""

    def is_leaving(room: Room) -> bool:
        verdict = judge(room, now=now, timeouts=timeouts, grace_period_s=grace_period_s)
        return verdict is Verdict.LEAVING

    return [
        room.id
        for room in validation_rooms
        if room.operation not in open_operations and not is_leaving(room)
    ]


def is_frozen(memory: Memory, *, now: datetime.datetime, caution: Caution) -> bool:
    """Whether a wave of silence keeps rooms from expiring."""
    since = memory.frozen_since
    return since is not None and _age(since, now) <= caution.wave_freeze_s


def with_crashes(
    memory: Memory,
    *,
    version: str,
    crashes: int,
    limit: int,
    window_s: float,
    resumed_at: datetime.datetime | None,
    now: datetime.datetime,
) -> Memory:
    """
    Remember that the active version crashes again and again, until somebody resumes it or
    another version is active.
    """
    broken = memory.crash_loop_version == version
    since = memory.crash_loop_since
    if broken and since and (resumed_at is None or resumed_at < since):
        return memory
    if crashes < limit:
        return dataclasses.replace(
            memory, crash_loop_version="", crash_loop_since=None, crash_loop_reason=""
        )
    reason = (
        f"version {version} is in a crash loop: {crashes} rooms crashed within {window_s:g} s; "
        "no more rooms of it are created until it is resumed or another version is active"
    )
    return dataclasses.replace(
        memory, crash_loop_version=version, crash_loop_since=now, crash_loop_reason=reason
    )


def _with_wave(
    memory: Memory, *, silent: int, fleet: int, now: datetime.datetime, caution: Caution
) -> Memory:
    if silent < 2 or silent <= caution.wave_share * fleet:
        return dataclasses.replace(memory, frozen_since=None, frozen_reason="")
    since = memory.frozen_since or now
    reason = f"{silent} of {fleet} rooms are silent at once"
    thawed = _age(since, now) > caution.wave_freeze_s
    reason += (
        f" for {caution.wave_freeze_s:g} s: they expire, a few at a time"
        if thawed
        else "; none of them expires"
    )
    return dataclasses.replace(memory, frozen_since=since, frozen_reason=reason)


def _with_evidence(
    memory: Memory, silent: Sequence[Room], *, now: datetime.datetime, caution: Caution
) -> Memory:
    """Only rooms that are silent now keep their evidence: it has to be of checks in a row."""
    evidence = {}
    for room in silent:
        known = memory.evidence.get(room.id)
        if known and _age(known.at, now) < caution.cycle_s:
            evidence[room.id] = known
        else:
            evidence[room.id] = Evidence(count=known.count + 1 if known else 1, at=now)
    return dataclasses.replace(memory, evidence=evidence)


def _in_cycle(memory: Memory, *, now: datetime.datetime, caution: Caution) -> Memory:
    """Nobody expired yet in a cycle that begins."""
    if memory.cycle_began and _age(memory.cycle_began, now) < caution.cycle_s:
        return memory
    return dataclasses.replace(memory, expired=0, cycle_began=now)


def _may_go(room: Room, memory: Memory, *, now: datetime.datetime, caution: Caution) -> bool:
    if not is_in_use(room, now):
        return True
    known = memory.evidence.get(room.id)
    return known is not None and known.count >= caution.evidence_cycles


def _heard_age(
    since: datetime.datetime, now: datetime.datetime, outages: Sequence[Outage]
) -> float:
    """Seconds since then in which pings could be accepted; outages do not overlap."""
    deaf_s = sum(
        max(0.0, (min(outage.end, now) - max(outage.start, since)).total_seconds())
        for outage in outages
    )
    return _age(since, now) - deaf_s


def _age(since: datetime.datetime, now: datetime.datetime) -> float:
    return (now - since).total_seconds()
