"""
Replacing rooms of older versions by rooms of the active one (contract 5.4, decisions 23 and 24).

Stateless but for its progress: each step follows from the rooms there are, so that a rollback, an
edit or a crash in the middle needs no rule of its own. A step never lets fewer rooms be ready or in
use than wanted, never exceeds the surge, and ends a match only when nothing else is left and it
was waited for long enough.
"""

import dataclasses
import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from maestro.domain.rooms import Room, RoomStatus, is_in_use

#: Rooms in use, those first in which the fewest players are.
_LAST = (RoomStatus.ALLOCATED, RoomStatus.ACTIVE, RoomStatus.OCCUPIED)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """What is remembered of a rollout from one look to the next."""

    #: The active version.
    to: str
    since: datetime.datetime
    #: Rooms that were as they should be when it began.
    done_at_start: int
    #: Since when only matches in older rooms are in the way.
    waiting_since: datetime.datetime | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """The rooms of a fleet that count, by whether and how easily they are to be replaced."""

    #: As they should be: ready or in use, and not yet so far.
    new_serving: int
    new_idle: int
    #: To be replaced: not ready, ready, and in use.
    old_idle: int
    old_ready: int
    old_in_use: Sequence[Room]
    #: How many of those in use are not heard of.
    old_unheard: int
    old_versions: Sequence[str]

    @property
    def new(self) -> int:
        """Rooms of the active version, or of one that is as good."""
        return self.new_serving + self.new_idle

    @property
    def old(self) -> int:
        """Rooms that are to be replaced."""
        return self.old_idle + self.old_ready + len(self.old_in_use)

    @property
    def serving(self) -> int:
        """Rooms that players are in or may come to, as far as anybody knows."""
        return self.new_serving + self.old_ready + len(self.old_in_use) - self.old_unheard

    @property
    def rooms(self) -> int:
        """All of them."""
        return self.new + self.old


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What to do next, and what is waited for."""

    #: Rooms of the active version to create.
    add: int = 0
    #: Older rooms without players to remove.
    remove: int = 0
    #: Older rooms with players to remove.
    evict: tuple[str, ...] = ()
    waits_for: str = ""
    #: Whether only matches in older rooms are in the way.
    only_matches_left: bool = False


def survey(
    rooms: Iterable[Room],
    *,
    old_versions: Collection[str],
    silent: Collection[str] = (),
    now: datetime.datetime,
) -> Survey:
    """Look at the rooms that count; `silent` ones may look ready, and are not relied upon."""
    new_serving = new_idle = old_idle = old_ready = 0
    old_in_use, versions, ready = [], set(), RoomStatus.READY
    for room in rooms:
        is_ready = room.status is ready
        is_used = not is_ready and is_in_use(room, now)
        is_heard = not silent or room.id not in silent
        if room.version not in old_versions:
            serves = is_heard and (is_ready or is_used)
            new_serving += serves
            new_idle += not serves
            continue
        versions.add(room.version)
        if is_used:
            old_in_use.append(room)
        else:
            serves = is_heard and is_ready
            old_ready += serves
            old_idle += not serves
    return Survey(
        new_serving=new_serving,
        new_idle=new_idle,
        old_idle=old_idle,
        old_ready=old_ready,
        old_in_use=sorted(old_in_use, key=_by_players),
        old_unheard=sum(room.id in silent for room in old_in_use),
        old_versions=sorted(versions),
    )


def surge(max_surge: str, desired: int) -> int:
    """How many rooms there may be beyond the wanted number: at least one."""
    if max_surge.endswith("%"):
        return max(1, -(-desired * int(max_surge.removesuffix("%")) // 100))
    return max(1, int(max_surge))


def missing(seen: Survey, *, desired: int, surge: int) -> int:
    """How many rooms of the active version may and should be created."""
    return max(0, min(desired - seen.new, desired + surge - seen.rooms))


def step(seen: Survey, *, desired: int, add: int, may_evict: bool) -> Step:
    """
    The next step, given how many of the `missing` rooms can be created now.

    One thing at a time: what is added is to be ready before anything else goes.
    """
    if add:
        return Step(add=add, waits_for=f"{add} rooms to be created")
    spare = max(0, seen.serving - desired)
    ready = min(seen.old_ready, spare)
    # Rooms that are not ready may become so: as many as are wanted stay.
    idle = min(seen.old_idle, max(0, seen.old_idle + seen.serving - ready - desired))
    if ready or idle:
        return Step(remove=ready + idle, waits_for=f"{ready + idle} older rooms to be removed")
    left = not seen.old_ready and not seen.old_idle
    if left and may_evict and spare:
        evict = tuple(room.id for room in seen.old_in_use[:spare])
        return Step(
            evict=evict,
            waits_for=f"{len(evict)} older rooms with players to be removed",
            only_matches_left=True,
        )
    return Step(waits_for=_waits_for(seen, spare), only_matches_left=left)


def with_progress(
    known: Progress | None,
    seen: Survey,
    *,
    to: str,
    old_versions: Collection[str],
    now: datetime.datetime,
) -> Progress | None:
    """The progress of the rollout that is under way, if any; one to an equal version goes on."""
    if not seen.old:
        return None
    if known is None or known.to in old_versions:
        return Progress(to=to, since=now, done_at_start=seen.new_serving)
    return dataclasses.replace(known, to=to)


def may_evict(known: Progress, *, match_timeout_s: float, now: datetime.datetime) -> bool:
    """Whether the matches in older rooms were waited for long enough."""
    ends = evicts_at(known, match_timeout_s=match_timeout_s)
    return ends is not None and now >= ends


def evicts_at(known: Progress, *, match_timeout_s: float) -> datetime.datetime | None:
    """When matches in older rooms are waited for no longer; None while there is more to do."""
    if known.waiting_since is None:
        return None
    return known.waiting_since + datetime.timedelta(seconds=match_timeout_s)


def estimate(known: Progress, seen: Survey, *, now: datetime.datetime) -> datetime.datetime | None:
    """When it ends if it goes on as it did; None when nothing tells."""
    done = seen.new_serving - known.done_at_start
    if done <= 0 or not seen.old or known.waiting_since:
        return None
    return now + (now - known.since) * seen.old / done


def statuses(
    rooms: Iterable[Room], *, old_versions: Collection[str]
) -> Mapping[RoomStatus, tuple[int, int]]:
    """For each status that some rooms have: how many are as they should be, and how many not."""
    counts = Counter((room.status, room.version in old_versions) for room in rooms)
    return {
        status: (counts[status, False], counts[status, True])
        for status in RoomStatus
        if counts[status, False] or counts[status, True]
    }


def _waits_for(seen: Survey, spare: int) -> str:
    if seen.new_idle:
        return f"{seen.new_idle} new rooms to get ready"
    if seen.old_in_use and not seen.old_ready and not seen.old_idle:
        return f"matches in {len(seen.old_in_use)} older rooms to end"
    return "rooms to get ready" if not spare else "nothing"


def _by_players(room: Room) -> tuple[int, int, str]:
    order = _LAST.index(room.status) if room.status in _LAST else 0
    return order, room.running_matches, room.id
