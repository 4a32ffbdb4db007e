"""
One scheduler's outbox, as far as this process has read it.

A lane is what waits for one forwarder about one room, in order. Lanes do not wait for each other.
"""

import dataclasses
from collections import deque
from collections.abc import Mapping, Sequence

from maestro.domain.schedulers import Forwarder
from maestro.ports.events import Entry, Hold, Ref

#: Seconds after which it is written down who heard of an entry, as others may take long.
NOTE_PARTLY_S = 1.0


@dataclasses.dataclass(eq=False, slots=True)
class Pending:
    """An entry that was read, and who has not heard of it."""

    entry: Entry
    left: dict[str, Forwarder]
    #: A newer one of the same room was read.
    replaced: bool = False
    #: When somebody heard of it; 0 when nobody did, or when that is written down.
    heard_at: float = 0.0

    @property
    def number(self) -> int:
        return self.entry.ref.number

    @property
    def heard(self) -> Sequence[str]:
        """Names of those that heard of it."""
        return [each.name for each in self.entry.forwarders if each.name not in self.left]


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

    def advance(self) -> Pending:
        """What was first is settled, in whatever way."""
        self.refusals = 0
        return self.waiting.popleft()


class Drain:
    """Everything about the outbox of one scheduler."""

    def __init__(self, hold: Hold, *, until: float) -> None:
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
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._pending: dict[str, Pending] = {}
        self._done: list[Ref] = []
        self._partly: dict[Pending, None] = {}

    @property
    def scheduler(self) -> str:
        return self.hold.scheduler

    @property
    def held(self) -> int:
        """How many entries are read and not settled."""
        return len(self._pending)

    @property
    def settled(self) -> int:
        """How many entries are to be taken out of the outbox."""
        return len(self._done)

    def lanes(self) -> list[Lane]:
        """Those in which something waits."""
        return [lane for lane in self._lanes.values() if lane.waiting]

    def add(self, entry: Entry) -> Sequence[Lane]:
        """Let an entry wait, in place of an older one of its key; returns the lanes it waits in."""
        self.after = max(self.after, entry.ref.number)
        old = self._pending.pop(entry.ref.key, None)
        if old:
            self._replace(old)
        pending = Pending(entry=entry, left={each.name: each for each in entry.left})
        lanes = [self._lane(name, entry.event.room) for name in pending.left]
        for lane in lanes:
            lane.waiting.append(pending)
        if old:
            self._forget_empty(old)
        if lanes:
            self._pending[entry.ref.key] = pending
        else:
            self._done.append(entry.ref)
        return lanes

    def _lane(self, forwarder: str, room: str) -> Lane:
        lane = self._lanes.get((forwarder, room))
        if lane is None:
            lane = self._lanes[forwarder, room] = Lane(drain=self, forwarder=forwarder, room=room)
        return lane

    def _forget_empty(self, old: Pending) -> None:
        """Lanes of forwarders that the newer entry is not for."""
        for name in old.left:
            lane = self._lanes.get((name, old.entry.event.room))
            if lane and not lane.waiting:
                del self._lanes[name, old.entry.event.room]

    def _replace(self, old: Pending) -> None:
        """What nobody is being told any more need not be told."""
        old.replaced = True
        self._partly.pop(old, None)
        for name in old.left:
            lane = self._lanes.get((name, old.entry.event.room))
            if lane and old in lane.waiting and not (lane.busy and lane.first is old):
                if lane.first is old:
                    lane.advance()
                else:
                    lane.waiting.remove(old)

    def settle(self, lane: Lane, now: float) -> None:
        """The forwarder of a lane heard of what is first, or never will."""
        pending = lane.advance()
        del pending.left[lane.forwarder]
        if not lane.waiting:
            self._lanes.pop((lane.forwarder, lane.room), None)
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
        lane.advance()
        if not lane.waiting:
            self._lanes.pop((lane.forwarder, lane.room), None)

    def report(self, now: float, *, most: int) -> tuple[Sequence[Ref], Mapping[Ref, Sequence[str]]]:
        """What is to be written down: entries that are done, and those that are in part."""
        late = [
            each for each in self._partly if self.leaving or now - each.heard_at >= NOTE_PARTLY_S
        ]
        return self._done[:most], {each.entry.ref: each.heard for each in late[:most]}

    def reported(self, done: Sequence[Ref], partly: Mapping[Ref, Sequence[str]]) -> None:
        """It was written down."""
        del self._done[: len(done)]
        for pending in list(self._partly):
            if partly.get(pending.entry.ref) == pending.heard:
                del self._partly[pending]
