"""Rooms in memory."""

import dataclasses
import datetime
import random
from collections import Counter
from collections.abc import Collection, Sequence

from maestro import errors
from maestro.domain import health
from maestro.domain.decisions import Decision
from maestro.domain.figures import Figures
from maestro.domain.health import Memory, Outage
from maestro.domain.rooms import (
    DOUBTFUL,
    AllocationOrder,
    Instance,
    InstanceStatus,
    NewRoom,
    PingStatus,
    Room,
    RoomStatus,
    is_in_use,
)
from maestro.domain.schedulers import Scheduler
from maestro.ports import storage
from maestro.ports.storage import Grant, Ping, PingOutcome, Reported, RoomCounts
from tests.fakes.world import Fleet, Record, World

_OUTAGE = datetime.timedelta(seconds=health.OUTAGE_S)
_LONG_AGO = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class FakeRooms:
    """The RoomStore of tests."""

    def __init__(self, world: World) -> None:
        self._world = world

    # Settings

    def configure(
        self, scheduler: Scheduler, *, grant: Grant | None = None, only_if_missing: bool = False
    ) -> None:
        reached = self._world.granted(grant) if grant else self._world.fleet(scheduler.name)
        with reached as fleet:
            if fleet.settings is None or not only_if_missing:
                fleet.settings = scheduler
                fleet.rebuilt_at = self._world.clock.now() if only_if_missing else fleet.rebuilt_at

    def configured(self, schedulers: Sequence[str]) -> list[bool]:
        found = []
        for scheduler in schedulers:
            with self._world.fleet(scheduler) as fleet:
                found.append(fleet.settings is not None)
        return found

    # Coming and going

    def register(self, grant: Grant, rooms: Sequence[NewRoom]) -> None:
        now = self._world.clock.now()
        with self._world.granted(grant) as fleet:
            new = [room for room in rooms if room.id not in fleet.rooms]
            for room in new:
                fleet.rooms[room.id] = Record(_registered(room, now))
            if new:
                fleet.rooms_changed()

    def created(self, grant: Grant, instances: Sequence[Instance]) -> None:
        with self._world.granted(grant) as fleet:
            for instance in instances:
                record = fleet.rooms.get(instance.room)
                if record is None:
                    continue
                record.acknowledged_at = record.acknowledged_at or self._world.clock.now()
                uid = record.room.uid or instance.uid
                record.room = dataclasses.replace(record.room, uid=uid)

    def not_created(self, grant: Grant, rooms: Sequence[str]) -> None:
        now = self._world.clock.now()
        with self._world.granted(grant) as fleet:
            forgotten = [fleet.forget_room(room, now) for room in rooms]
            if any(forgotten):
                fleet.rooms_changed()

    def gone(self, grant: Grant, rooms: Sequence[str]) -> None:
        now = self._world.clock.now()
        with self._world.granted(grant) as fleet:
            forgotten = [fleet.lose_room(room, now) for room in rooms]
            if any(forgotten):
                fleet.rooms_changed()

    def claim_for_removal(
        self,
        grant: Grant,
        rooms: Sequence[str],
        *,
        allowed: Collection[RoomStatus],
        allowed_if_silent: Collection[RoomStatus] = (),
        silent_since: datetime.datetime | None = None,
    ) -> list[Room]:
        now = self._world.clock.now()
        taken, changed = [], False
        with self._world.granted(grant) as fleet:
            for record in (fleet.rooms[room] for room in rooms if room in fleet.rooms):
                room = record.room
                silent = silent_since and (
                    room.last_ping_at is None or room.last_ping_at <= silent_since
                )
                in_use = room.status in DOUBTFUL and is_in_use(room, now)
                status = RoomStatus.OCCUPIED if in_use else room.status
                may_go = status in allowed or (silent and status in allowed_if_silent)
                if room.terminating_since is None and may_go:
                    doomed = dataclasses.replace(room, terminating_since=now)
                    changed = fleet.settle(doomed, now) or changed
                    fleet.tell(record.room, now, pinged=False)
                elif not _may_be_claimed_again(room, allowed):
                    continue
                taken.append(record.room)
            if changed:
                fleet.rooms_changed()
        return taken

    def deletions_accepted(self, grant: Grant, rooms: Sequence[str]) -> None:
        now = self._world.clock.now()
        with self._world.granted(grant) as fleet:
            for record in (fleet.rooms[room] for room in rooms if room in fleet.rooms):
                record.room = dataclasses.replace(record.room, deletion_accepted=True)
                # What can be deleted exists, even if nobody heard that it was created.
                record.acknowledged_at = record.acknowledged_at or now

    # Pings

    def ping(self, scheduler: str, room: str, ping: Ping) -> PingOutcome:
        now = self._world.clock.now()
        with self._world.fleet(scheduler) as fleet:
            record = fleet.rooms.get(room)
            if record is None:
                return PingOutcome(known=False)
            said = dataclasses.replace(
                record.room,
                ping_status=ping.status,
                running_matches=ping.running_matches,
                metadata=record.room.metadata if ping.metadata is None else dict(ping.metadata),
                last_ping_at=now,
            )
            changed = fleet.settle(said, now)
            fleet.tell(fleet.rooms[room].room, now, pinged=True)
            return PingOutcome(
                known=True,
                status_changed=changed,
                status=fleet.rooms[room].room.status,
                wakes_operation=changed and fleet.rooms_changed(),
                wants_check=changed and fleet.wants_check(now),
            )

    # Allocation

    def allocate(
        self,
        scheduler: str,
        *,
        ttl_s: float,
        order: AllocationOrder = AllocationOrder.LONGEST_READY,
    ) -> storage.Allocation | None:
        now = self._world.clock.now()
        with self._world.fleet(scheduler) as fleet:
            if fleet.settings is None:
                raise errors.NotFound(f"scheduler {scheduler} not found")
            _expire_claims(fleet, now)
            waiting = [
                record
                for record in fleet.rooms.values()
                if record.room.status is RoomStatus.READY
                and record.room.host
                and not record.room.is_validation
                and (record.ready_since or now) <= now
            ]
            if not waiting:
                return None
            waiting.sort(key=lambda each: (each.ready_since or now, each.room.id))
            first = random.choice(waiting) if order is AllocationOrder.RANDOM else waiting[0]
            first = waiting[-1] if order is AllocationOrder.NEWEST else first
            until = now + datetime.timedelta(seconds=ttl_s)
            fleet.settle(dataclasses.replace(first.room, allocated_until=until), now)
            return storage.Allocation(
                room=fleet.rooms[first.room.id].room,
                wakes_operation=fleet.rooms_changed(),
                wants_check=fleet.wants_check(now),
            )

    def expire_claims(self, scheduler: str) -> None:
        with self._world.fleet(scheduler) as fleet:
            _expire_claims(fleet, self._world.clock.now())

    # Health

    def fleet(self, scheduler: str, *, crashes_since: datetime.datetime) -> storage.Fleet:
        with self._world.fleet(scheduler) as fleet:
            return storage.Fleet(
                rooms=[room for room in self.all(scheduler) if not room.is_validation],
                validation_rooms=[room for room in self.all(scheduler) if room.is_validation],
                memory=fleet.memory,
                crashes=Counter(
                    version for (version, _), at in fleet.crashes.items() if at >= crashes_since
                ),
                resumed_at=fleet.resumed_at,
                rebuilt_at=fleet.rebuilt_at,
            )

    def remember(
        self,
        grant: Grant,
        memory: Memory,
        *,
        decision: Decision | None = None,
        figures: Figures | None = None,
        check_again_s: float,
        check_due_s: float,
    ) -> None:
        with self._world.granted(grant) as fleet:
            if fleet.settings:
                if decision:
                    fleet.decide(decision)
                fleet.memory, fleet.check_again_s = memory, check_again_s
                due = datetime.timedelta(seconds=check_due_s)
                fleet.check_due_at = self._world.clock.now() + due
                if figures:
                    fleet.figures, fleet.figures_until = figures, fleet.check_due_at + due

    def decisions(self, scheduler: str) -> list[Decision]:
        with self._world.fleet(scheduler) as fleet:
            return list(fleet.decisions)

    def memories(self, schedulers: Sequence[str]) -> list[Memory]:
        found = []
        for scheduler in schedulers:
            with self._world.fleet(scheduler) as fleet:
                found.append(fleet.memory)
        return found

    def resume(self, scheduler: str) -> None:
        with self._world.fleet(scheduler) as fleet:
            if fleet.settings:
                fleet.resumed_at = self._world.clock.now()
                fleet.crashes.clear()

    def accepting(self) -> None:
        with self._world.reached():
            *past, latest = self.outages()
            is_outage = self._world.accepted_at and latest.end - latest.start > _OUTAGE
            self._world.outages = [*past, latest] if is_outage else past
            self._world.accepted_at = latest.end

    def outages(self) -> list[Outage]:
        with self._world.reached():
            latest = self._world.accepted_at or _LONG_AGO
            return [*self._world.outages, Outage(start=latest, end=self._world.clock.now())]

    # Reading

    def all(self, scheduler: str) -> list[Room]:
        with self._world.fleet(scheduler) as fleet:
            return [fleet.rooms[room].room for room in sorted(fleet.rooms)]

    def get(self, scheduler: str, room: str) -> Room:
        with self._world.fleet(scheduler) as fleet:
            if room not in fleet.rooms:
                raise errors.NotFound(f"room {room} not found in scheduler {scheduler}")
            return fleet.rooms[room].room

    def page(self, scheduler: str, *, offset: int, limit: int) -> tuple[list[Room], int]:
        rooms = self.all(scheduler)
        return rooms[offset : offset + limit], len(rooms)

    def reported(self, schedulers: Sequence[str]) -> list[Reported | None]:
        found = []
        for scheduler in schedulers:
            with self._world.fleet(scheduler) as fleet:
                until = fleet.figures_until
                known = fleet.figures if until and until > self._world.clock.now() else None
                game = fleet.settings.game if fleet.settings else None
                found.append(Reported(game=game, figures=known) if game is not None else None)
        return found

    def counts(self, schedulers: Sequence[str]) -> list[RoomCounts]:
        return [
            RoomCounts(
                by_status=Counter(
                    room.status for room in self.all(scheduler) if not room.is_validation
                )
            )
            for scheduler in schedulers
        ]


def _expire_claims(fleet: Fleet, now: datetime.datetime) -> None:
    changed = [fleet.settle(room, now) for room in fleet.claims_over(now)]
    if any(changed):
        fleet.rooms_changed()


def _may_be_claimed_again(room: Room, allowed: Collection[RoomStatus]) -> bool:
    if room.terminating_since is None:
        return False
    return not room.deletion_accepted or room.status in allowed


def _registered(room: NewRoom, now: datetime.datetime) -> Room:
    return Room(
        id=room.id,
        scheduler=room.scheduler,
        version=room.version,
        status=RoomStatus.PENDING,
        ping_status=PingStatus.UNKNOWN,
        instance_status=InstanceStatus.UNKNOWN,
        instance_description="",
        uid="",
        host="",
        ports=room.ports,
        running_matches=0,
        metadata={},
        is_validation=room.is_validation,
        operation=room.operation,
        created_at=now,
        last_ping_at=None,
        allocated_until=None,
        terminating_since=None,
        deletion_accepted=False,
    )
