"""
One scheduler's outbox, as far as this process has read it.

A lane is what waits for one forwarder about one room, in order. Lanes do not wait for each other,
and a forwarder of which too much waits does not keep others from being told: it falls behind, and
what it missed is read again for it alone.
"""

import dataclasses
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence

from maestro.domain.schedulers import Forwarder
from maestro.ports.events import Entry, Hold, Ref

#: Seconds after which it is written down who heard of an entry, as others may take long.
NOTE_PARTLY_S = 1.0


@dataclasses.dataclass(eq=False, slots=True)
class Pending:
    """An entry that was read, and who has not heard of it."""

    entry: Entry
    left: dict[str, Forwarder]
    #: Those of `left` that are behind: they are told when they have caught up.
    behind: set[str] = dataclasses.field(default_factory=set)
    #: A newer one of the same room was read.
    replaced: bool = False
    #: When somebody heard of it and that was not written down.
    heard_at: float = 0.0

    @property
    def number(self) -> int:
        return self.entry.ref.number

    @property
    def heard(self) -> Sequence[str]:
        """Names of those that heard of it."""
        return [each.name for each in self.entry.forwarders if each.name not in self.left]

    @property
    def waits_only_for_those_behind(self) -> bool:
        """Whether it need not be remembered once it is written down who heard of it."""
        return self.left.keys() <= self.behind


@dataclasses.dataclass(eq=False, slots=True)
class Lane:
    """What waits for one forwarder about one room, oldest first."""

    drain: "Drain"
    forwarder: str
    room: str
    waiting: deque[Pending] = dataclasses.field(default_factory=deque)
    #: The first one is being delivered.
    busy: bool = False
    #: The lane is in line for a call.
    queued: bool = False
    #: Failures in a row, of whatever was first.
    failures: int = 0
    #: How often the forwarder refused what is first.
    refusals: int = 0
    #: Not before that.
    due: float = 0.0

    @property
    def first(self) -> Pending:
        """What is next to be delivered, or is being delivered."""
        return self.waiting[0]

    @property
    def target(self) -> Forwarder:
        """The forwarder as it was when what is first was written."""
        return self.first.left[self.forwarder]


class Drain:
    """Everything about the outbox of one scheduler."""

    def __init__(self, hold: Hold, *, until: float, most: int) -> None:
        self.hold = hold
        #: Until when it is surely ours (monotonic).
        self.until = until
        #: Nothing more is read or begun; it is given back when nothing runs.
        self.leaving = False
        #: It is another process's.
        self.closed = False
        #: Number of the newest entry that was read.
        self.after = 0
        self.busy = 0
        self._most = most
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._pending: dict[str, Pending] = {}
        self._done: list[Ref] = []
        self._partly: dict[Pending, None] = {}
        #: Forwarder → how much waits for it here.
        self._waiting: Counter[str] = Counter()
        #: Forwarder that is behind → number of the newest entry that waits for it here.
        self._behind: dict[str, int] = {}

    @property
    def scheduler(self) -> str:
        return self.hold.scheduler

    @property
    def held(self) -> int:
        """How many entries are remembered."""
        return len(self._pending)

    @property
    def settled(self) -> int:
        """How many entries are to be taken out of the outbox."""
        return len(self._done)

    def lanes(self) -> list[Lane]:
        """Those in which something waits."""
        return [lane for lane in self._lanes.values() if lane.waiting]

    # What was read

    def read(self, entries: Iterable[Entry], *, to: int) -> list[Lane]:
        """Let new entries wait; returns the lanes in which they do."""
        lanes = [lane for entry in entries for lane in self._add(entry)]
        self.after = max(self.after, to)
        return lanes

    def _add(self, entry: Entry) -> list[Lane]:
        old = self._pending.pop(entry.ref.key, None)
        if old:
            self._replace(old)
        pending = Pending(entry=entry, left={each.name: each for each in entry.left})
        for name in pending.left:
            if name not in self._behind and self._waiting[name] >= self._most:
                self._behind[name] = entry.ref.number - 1
        pending.behind = pending.left.keys() & self._behind.keys()
        lanes = [self._append(name, pending) for name in pending.left if name not in pending.behind]
        if old:
            self._forget_empty(old)
        if lanes:
            self._pending[entry.ref.key] = pending
        elif not pending.left:
            self._done.append(entry.ref)
        return lanes

    def catching_up(self) -> Mapping[str, int]:
        """Forwarders that are behind and have room again → number after which to read for them."""
        return {
            name: number
            for name, number in self._behind.items()
            if self._waiting[name] <= self._most // 2
        }

    def catch_up(self, name: str, entries: Sequence[Entry], *, to: int, whole: bool) -> list[Lane]:
        """Let entries wait for a forwarder that was behind; `whole`: there were no more."""
        lanes = []
        for entry in entries:
            if entry.ref.number <= self.after:
                lanes += self._add_for(name, entry)
        self._behind[name] = max(self._behind[name], to)
        if whole or self._behind[name] >= self.after:
            del self._behind[name]
        return lanes

    def _add_for(self, name: str, entry: Entry) -> list[Lane]:
        pending = self._pending.get(entry.ref.key)
        if pending is None or pending.number != entry.ref.number:
            left = {each.name: each for each in entry.left}
            pending = Pending(entry=entry, left=left, behind=set(left))
        if name not in pending.behind:
            return []
        pending.behind.discard(name)
        self._pending[entry.ref.key] = pending
        return [self._append(name, pending)]

    def _append(self, name: str, pending: Pending) -> Lane:
        room = pending.entry.event.room
        lane = self._lanes.get((name, room))
        if lane is None:
            lane = self._lanes[name, room] = Lane(drain=self, forwarder=name, room=room)
        lane.waiting.append(pending)
        self._waiting[name] += 1
        return lane

    def _replace(self, old: Pending) -> None:
        """What nobody is being told any more need not be told."""
        old.replaced = True
        self._partly.pop(old, None)
        for name in old.left.keys() - old.behind:
            lane = self._lanes.get((name, old.entry.event.room))
            if lane and old in lane.waiting and not (lane.busy and lane.first is old):
                if lane.first is old:
                    lane.refusals = 0
                lane.waiting.remove(old)
                self._waiting[name] -= 1

    def _forget_empty(self, old: Pending) -> None:
        """Lanes of forwarders that the newer entry is not for, or that are behind."""
        for name in old.left:
            self._forget_if_empty(name, old.entry.event.room)

    def _forget_if_empty(self, name: str, room: str) -> None:
        lane = self._lanes.get((name, room))
        if lane and not lane.waiting:
            del self._lanes[name, room]

    # What was told

    def settle(self, lane: Lane, now: float) -> None:
        """The forwarder of a lane heard of what is first, or never will."""
        pending = self._advance(lane)
        del pending.left[lane.forwarder]
        if pending.replaced:
            return
        if pending.left:
            pending.heard_at = now
            self._partly[pending] = None
            return
        self._partly.pop(pending, None)
        self._pending.pop(pending.entry.ref.key, None)
        self._done.append(pending.entry.ref)

    def drop_replaced(self, lane: Lane) -> None:
        """What is first in a lane failed, and something newer takes its place."""
        self._advance(lane)

    def _advance(self, lane: Lane) -> Pending:
        lane.refusals = 0
        self._waiting[lane.forwarder] -= 1
        pending = lane.waiting.popleft()
        self._forget_if_empty(lane.forwarder, lane.room)
        return pending

    # What is to be written down

    def report(self, now: float, *, most: int) -> tuple[Sequence[Ref], Mapping[Ref, Sequence[str]]]:
        """Entries that are done, and those that are in part."""
        late = [each for each in self._partly if self._is_late(each, now)]
        return self._done[:most], {each.entry.ref: each.heard for each in late[:most]}

    def _is_late(self, pending: Pending, now: float) -> bool:
        return (
            self.leaving
            or pending.waits_only_for_those_behind
            or now - pending.heard_at >= NOTE_PARTLY_S
        )

    def reported(self, done: Sequence[Ref], partly: Mapping[Ref, Sequence[str]]) -> None:
        """It was written down."""
        del self._done[: len(done)]
        for pending in list(self._partly):
            if partly.get(pending.entry.ref) == pending.heard:
                del self._partly[pending]
                if pending.waits_only_for_those_behind:
                    del self._pending[pending.entry.ref.key]
