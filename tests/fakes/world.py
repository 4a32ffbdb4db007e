"""
What the fast stores share: one world per test, so that a grant of one is checked by all.

One lock stands for what a script in Redis is: everything or nothing, one after the other.
"""

import contextlib
import dataclasses
import datetime
import threading
from collections.abc import Iterator

from maestro import errors
from maestro.domain import rooms
from maestro.domain.decisions import Decision
from maestro.domain.figures import Figures
from maestro.domain.forwarding import events
from maestro.domain.forwarding.events import Event
from maestro.domain.health import Memory, Outage
from maestro.domain.operations import Operation
from maestro.domain.rooms import Room
from maestro.domain.schedulers import Forwarder, Scheduler
from maestro.domain.serving import Served
from maestro.ports.events import Entry, Ref
from maestro.ports.storage import Change, Grant
from tests.fakes.clock import FakeClock

#: How many decisions of each fleet are kept.
DECISIONS_KEPT = 50
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclasses.dataclass
class Running:
    """Which operation runs, under which token, and how long nobody else may take it."""

    operation: str
    token: str
    worker: str
    since: datetime.datetime
    until: datetime.datetime
    #: Of the rooms, when the operation was taken.
    generation: int


@dataclasses.dataclass
class Parked:
    """When a parked operation goes on, and whether a room's change is reason enough."""

    until: datetime.datetime
    wake_on_rooms: bool


@dataclasses.dataclass
class Record:
    """A room, and what decides whether news of it is news."""

    room: Room
    acknowledged_at: datetime.datetime | None = None
    epoch: int | None = None
    ready_since: datetime.datetime | None = None
    #: Until when a room that was forgotten is given to nobody.
    quarantined_until: datetime.datetime | None = None
    resource_version: str = ""


@dataclasses.dataclass
class Fleet:
    """Everything that is stored of one scheduler."""

    settings: Scheduler | None = None
    operations: dict[str, Operation] = dataclasses.field(default_factory=dict)
    #: Ids in order of arrival.
    waiting: list[str] = dataclasses.field(default_factory=list)
    parked: dict[str, Parked] = dataclasses.field(default_factory=dict)
    running: Running | None = None
    #: Ids of operations that have no way back.
    committed: set[str] = dataclasses.field(default_factory=set)
    hinted_until: datetime.datetime | None = None
    rooms: dict[str, Record] = dataclasses.field(default_factory=dict)
    changes: dict[str, Change] = dataclasses.field(default_factory=dict)
    #: (room, uid) of what is gone, and until when that is remembered.
    tombstones: dict[tuple[str, str], datetime.datetime] = dataclasses.field(default_factory=dict)
    #: (protocol, port) and the (room, port name) that holds it.
    ports: dict[tuple[str, int], tuple[str, str]] = dataclasses.field(default_factory=dict)
    #: How long it is remembered which instances are gone.
    tombstone_ttl: datetime.timedelta = datetime.timedelta(minutes=10)
    #: What the last health check left, and how long changes of rooms wait for the next.
    memory: Memory = dataclasses.field(default_factory=Memory)
    check_again_s: float = 1.0
    checking_until: datetime.datetime | None = None
    #: (version, room) → when it crashed.
    crashes: dict[tuple[str, str], datetime.datetime] = dataclasses.field(default_factory=dict)
    resumed_at: datetime.datetime | None = None
    #: What was decided about its size, newest first.
    decisions: list[Decision] = dataclasses.field(default_factory=list)
    rebuilt_at: datetime.datetime | None = None
    #: What the last check saw, and until when that counts.
    figures: Figures | None = None
    figures_until: datetime.datetime | None = None
    generation: int = 0
    #: The generation for which a health check was enqueued last.
    checked: int = 0
    check_due_at: datetime.datetime | None = None
    #: Events that wait for forwarders, by key, oldest first.
    outbox: dict[str, Entry] = dataclasses.field(default_factory=dict)
    #: Most of them, and how many resyncs had to make room.
    outbox_limit: int = 50_000
    dropped: int = 0
    last_number: int = 0
    #: Who drains it, and how long nobody else may.
    drained_by: str = ""
    drained_until: datetime.datetime | None = None
    #: Rooms of which forwarders were told that they are over.
    told_terminated: set[str] = dataclasses.field(default_factory=set)

    def tell(self, room: Room, now: datetime.datetime, *, pinged: bool, lost: bool = False) -> None:
        """Write what forwarders are to be told of a room as it is now."""
        settings = self.settings
        if settings is None or room.is_validation or not self.forwarders:
            return
        deleting = lost or room.terminating_since is not None
        if rooms.is_over(status=room.status, instance=room.instance_status, deleting=deleting):
            if room.id not in self.told_terminated:
                self.told_terminated.add(room.id)
                self.add_event(events.terminated(room.id, settings.game), room, now, key="")
        elif pinged and room.host and room.ports:
            self.told_terminated.discard(room.id)
            said = events.resync(room.id, settings.game, room.ping_status, room.metadata)
            self.add_event(said, room, now, key=f"r/{room.id}")

    @property
    def forwarders(self) -> tuple[Forwarder, ...]:
        """Who is told now."""
        return (
            tuple(each for each in self.settings.forwarders if each.enabled)
            if (self.settings)
            else ()
        )

    def add_event(self, told: Event, room: Room, now: datetime.datetime, *, key: str) -> None:
        """Let an event about a room wait for all forwarders; in place of the one of that key."""
        placed = dataclasses.replace(told, host=room.host, ports=room.ports if room.host else ())
        self.add_entry(placed, self.forwarders, now, key=key)

    def add_entry(
        self, told: Event, forwarders: tuple[Forwarder, ...], now: datetime.datetime, *, key: str
    ) -> None:
        """Let an event wait, and older resyncs make room for it."""
        micros = round((now - _EPOCH) / datetime.timedelta(microseconds=1))
        self.last_number = max(micros, self.last_number + 1)
        ref = Ref(key=key or str(self.last_number), number=self.last_number)
        self.outbox.pop(ref.key, None)
        self.outbox[ref.key] = Entry(
            ref=ref, event=told, forwarders=forwarders, replaceable=bool(key)
        )
        resyncs = [each for each, entry in self.outbox.items() if entry.replaceable]
        if len(self.outbox) > self.outbox_limit and resyncs:
            del self.outbox[resyncs[0]]
            self.dropped += 1

    def lose_room(self, room: str, now: datetime.datetime) -> bool:
        """Remove a room that is gone; whether there was anything to remove."""
        if room in self.rooms:
            self.tell(self.rooms[room].room, now, pinged=False, lost=True)
        return self.forget_room(room, now)

    def check_due(self, now: datetime.datetime) -> bool:
        """Whether a room changed since a check was enqueued, or none ended for long."""
        is_late = self.check_due_at is not None and self.check_due_at <= now
        return is_late or bool(self.claims_over(now)) or self.generation != self.checked

    def claims_over(self, now: datetime.datetime) -> list[Room]:
        """Rooms that were reserved until now."""
        all_rooms = (record.room for record in self.rooms.values())
        return [room for room in all_rooms if room.allocated_until and room.allocated_until <= now]

    def rooms_changed(self) -> bool:
        """Note that a room did; whether an operation waited for that."""
        self.generation += 1
        wakeful = [parked for parked in self.parked.values() if parked.wake_on_rooms]
        for parked in wakeful:
            parked.until = datetime.datetime.min.replace(tzinfo=datetime.UTC)
        return bool(wakeful)

    def decide(self, decision: Decision) -> None:
        """Keep a decision; one that repeats the newest takes its place."""
        newest = self.decisions[0] if self.decisions else None
        older = self.decisions[bool(newest and newest.essence == decision.essence) :]
        self.decisions = [decision, *older][:DECISIONS_KEPT]

    def wants_check(self, now: datetime.datetime) -> bool:
        """Whether the fleet should be checked: once, then not until a moment has passed."""
        if self.checking_until and self.checking_until > now:
            return False
        self.checking_until = now + datetime.timedelta(seconds=self.check_again_s)
        return True

    def settle(self, room: Room, now: datetime.datetime) -> bool:
        """Store the room with the status that follows; whether that is another one."""
        settings = self.settings
        composed = rooms.status_of(
            ping=room.ping_status,
            instance=room.instance_status,
            matches=room.running_matches,
            max_matches=settings.match_allocation.max_matches if settings else 1,
        )
        deleting = room.terminating_since is not None
        claimed = (
            room.allocated_until is not None
            and room.allocated_until > now
            and composed in rooms.CLAIM_HOLDS
        )
        status = rooms.next_status(
            stored=room.status, composed=composed, claimed=claimed, deleting=deleting
        )
        claim = room.allocated_until if claimed and not deleting else None
        record = self.rooms.setdefault(room.id, Record(room))
        if status is not room.status:
            since = max(now, record.quarantined_until or now)
            record.ready_since = since if status is rooms.RoomStatus.READY else None
        record.room = dataclasses.replace(room, status=status, allocated_until=claim)
        return status is not room.status

    def forget_room(self, room: str, now: datetime.datetime) -> bool:
        """Remove a room and free its ports; whether there was anything to remove."""
        for port, (holder, _) in list(self.ports.items()):
            if holder == room:
                del self.ports[port]
        record = self.rooms.pop(room, None)
        self.told_terminated.discard(room)
        if record and record.room.uid:
            self.bury(room, record.room.uid, now)
        return record is not None

    def bury(self, room: str, uid: str, now: datetime.datetime) -> None:
        """Remember that this instance of the room is gone for good."""
        self.tombstones[room, uid] = now + self.tombstone_ttl


class World:
    """All schedulers, and the time it is there."""

    def __init__(self, clock: FakeClock | None = None, *, tombstone_ttl_s: float = 600) -> None:
        self.clock = clock or FakeClock()
        self._tombstone_ttl = datetime.timedelta(seconds=tombstone_ttl_s)
        #: While this is set, nobody reaches the stores.
        self.away = False
        #: When pings could be accepted last, and when they could not.
        self.accepted_at: datetime.datetime | None = self.clock.now()
        self.outages: list[Outage] = []
        #: Names under which something was enqueued.
        self.schedulers: set[str] = set()
        #: What workers said that they serve, and until when that holds.
        self.attended: dict[Served, datetime.datetime] = {}
        #: Most events that wait, per scheduler.
        self.outbox_limit = 50_000
        self._fleets: dict[str, Fleet] = {}
        self._lock = threading.RLock()
        self._counter = 0

    @contextlib.contextmanager
    def reached(self) -> Iterator[None]:
        """The stores, for as long as nobody else looks at them."""
        with self._lock:
            if self.away:
                raise errors.Unavailable("the stores are away")
            yield

    @contextlib.contextmanager
    def fleet(self, scheduler: str) -> Iterator[Fleet]:
        """One scheduler, for as long as nobody else looks at it."""
        with self.reached():
            new = Fleet(tombstone_ttl=self._tombstone_ttl, outbox_limit=self.outbox_limit)
            yield self._fleets.setdefault(scheduler, new)

    @contextlib.contextmanager
    def granted(self, grant: Grant) -> Iterator[Fleet]:
        """The scheduler that the grant is for, unless its lease is somebody else's."""
        with self.fleet(grant.scheduler) as fleet:
            if fleet.running is None or fleet.running.token != grant.token:
                raise errors.LeaseLost("another worker may be executing this operation")
            yield fleet

    def forget(self, scheduler: str, *, operations: dict[str, Operation]) -> None:
        """Let these operations be all that is stored of the scheduler."""
        with self.fleet(scheduler) as fleet:
            # Whoever deletes the scheduler still runs, and has to end its own operation.
            self._fleets[scheduler] = Fleet(
                operations=operations,
                running=fleet.running,
                committed=fleet.committed,
                tombstone_ttl=self._tombstone_ttl,
                outbox_limit=self.outbox_limit,
            )

    def next_number(self) -> int:
        """A number that was never given before."""
        with self._lock:
            self._counter += 1
            return self._counter
