"""Changes in memory, on their way from the watcher to the rooms."""

import dataclasses
import datetime
from collections.abc import Mapping, Sequence

from maestro.domain.rooms import Instance, InstanceStatus, PingStatus, Room, RoomStatus
from maestro.ports.storage import Applied, Change
from tests.fakes.world import Fleet, Record, World


class FakeChanges:
    """The ChangeStore of tests."""

    def __init__(self, world: World, *, quarantine_s: float = 300) -> None:
        self._world = world
        self._quarantine = datetime.timedelta(seconds=quarantine_s)
        self._leader = ""
        self._leads_until = world.clock.now()
        self._epoch = 0

    def lead(self, holder: str, *, ttl_s: float) -> bool:
        with self._world.reached():
            now = self._world.clock.now()
            if self._leader not in ("", holder) and self._leads_until > now:
                return False
            self._leader = holder
            self._leads_until = now + datetime.timedelta(seconds=ttl_s)
            return True

    def resign(self, holder: str) -> None:
        with self._world.reached():
            if self._leader == holder:
                self._leader = ""

    def now(self) -> datetime.datetime:
        with self._world.reached():
            return self._world.clock.now()

    def next_epoch(self) -> int:
        with self._world.reached():
            self._epoch += 1
            return self._epoch

    def known_rooms(self, schedulers: Sequence[str]) -> Mapping[str, list[str]]:
        known = {}
        for scheduler in schedulers:
            with self._world.fleet(scheduler) as fleet:
                known[scheduler] = sorted(fleet.rooms)
        return known

    def push(self, changes: Sequence[Change]) -> None:
        for change in changes:
            with self._world.fleet(change.scheduler) as fleet:
                if fleet.settings is None:
                    continue
                if change.instance is None and change.uid:
                    # Even when newer news of the room hides it.
                    fleet.bury(change.room, change.uid, self._world.clock.now())
                waiting = fleet.changes.get(change.room)
                if waiting is None or _is_newer(change, waiting):
                    fleet.changes[change.room] = change

    def apply(self, scheduler: str, *, limit: int) -> Applied:
        now = self._world.clock.now()
        with self._world.fleet(scheduler) as fleet:
            taken = [fleet.changes.pop(room) for room in list(fleet.changes)[:limit]]
            free_at = now + self._quarantine
            changed = [_apply(fleet, change, now, free_at) for change in taken if fleet.settings]
            wakes = any(changed) and fleet.rooms_changed()
            return Applied(
                taken=len(taken),
                wakes_operation=wakes,
                wants_check=any(changed) and fleet.wants_check(now),
                more=bool(fleet.changes),
            )


def _apply(
    fleet: Fleet, change: Change, now: datetime.datetime, free_at: datetime.datetime
) -> bool:
    """Whether the status of a room is another one, or the room came or went."""
    record = fleet.rooms.get(change.room)
    if change.instance:
        return _show(fleet, change, change.instance, record, now, free_at)
    return bool(record and _is_gone(fleet, change, record, now)) and fleet.lose_room(
        change.room, now
    )


def _show(
    fleet: Fleet,
    change: Change,
    instance: Instance,
    record: Record | None,
    now: datetime.datetime,
    free_at: datetime.datetime,
) -> bool:
    if fleet.tombstones.get((change.room, change.uid), now) > now:
        return False
    if record and record.epoch is not None and not _is_newer(change, _seen(record)):
        return False
    is_new = record is None
    record = record or _adopt(fleet, instance, now, free_at)
    record.epoch, record.resource_version = change.epoch, change.resource_version
    record.acknowledged_at = record.acknowledged_at or now
    if not is_new and _crashes(record.room, instance):
        fleet.crashes[record.room.version, record.room.id] = now
    room = dataclasses.replace(
        record.room,
        uid=change.uid,
        instance_status=instance.status,
        instance_description=instance.description,
        host=instance.host,
        ports=instance.ports if instance.host else record.room.ports,
    )
    changed = fleet.settle(room, now) or is_new
    fleet.tell(fleet.rooms[room.id].room, now, pinged=False)
    return changed


def _crashes(room: Room, instance: Instance) -> bool:
    """Whether it ended in an error, or at all before it said anything; and not on request."""
    over = (InstanceStatus.ERROR, InstanceStatus.TERMINATING)
    if room.terminating_since or room.is_validation or room.instance_status in over:
        return False
    ended_early = (
        instance.status is InstanceStatus.TERMINATING and room.ping_status is PingStatus.UNKNOWN
    )
    return instance.status is InstanceStatus.ERROR or ended_early


def _is_gone(fleet: Fleet, change: Change, record: Record, now: datetime.datetime) -> bool:
    room, running = record.room, fleet.running
    if (room.id, room.uid) in fleet.tombstones:
        return True  # Its end was pushed too, and this newer news hid it.
    if change.uid:
        return room.uid in ("", change.uid)
    leased = running is not None and running.until > now and running.operation == room.operation
    return (
        record.acknowledged_at is not None
        and change.listed_at is not None
        and record.acknowledged_at < change.listed_at
        and (record.epoch or 0) < change.epoch
        and not leased
    )


def _seen(record: Record) -> Change:
    """The change that the record shows."""
    return Change(
        scheduler=record.room.scheduler,
        room=record.room.id,
        epoch=record.epoch or 0,
        uid=record.room.uid,
        resource_version=record.resource_version,
        instance=_INSTANCE,
    )


def _is_newer(change: Change, than: Change) -> bool:
    if change.uid and change.uid == than.uid and None in (change.instance, than.instance):
        return than.instance is not None  # A certain instance goes only once.
    if change.epoch != than.epoch:
        return change.epoch > than.epoch
    if not change.uid or not than.uid:
        return bool(change.uid)  # What the list of an epoch did not show was seen after it.
    try:
        return int(change.resource_version) > int(than.resource_version)
    except ValueError:
        return True


def _adopt(
    fleet: Fleet, instance: Instance, now: datetime.datetime, free_at: datetime.datetime
) -> Record:
    """Store a room that was forgotten, and the ports that it holds."""
    for port in instance.ports:
        fleet.ports.setdefault((port.protocol, port.port), (instance.room, port.name))
    fleet.rooms[instance.room] = Record(_room(instance, now), quarantined_until=free_at)
    return fleet.rooms[instance.room]


def _room(instance: Instance, now: datetime.datetime) -> Room:
    return Room(
        id=instance.room,
        scheduler=instance.scheduler,
        version=instance.version,
        status=RoomStatus.PENDING,
        ping_status=PingStatus.UNKNOWN,
        instance_status=InstanceStatus.UNKNOWN,
        instance_description="",
        uid=instance.uid,
        host="",
        ports=instance.ports,
        running_matches=0,
        metadata={},
        is_validation=instance.is_validation,
        operation=instance.operation,
        created_at=instance.created_at or now,
        last_ping_at=None,
        allocated_until=None,
        terminating_since=None,
        deletion_accepted=False,
    )


_INSTANCE = Instance(
    room="", scheduler="", uid="", resource_version="", status=InstanceStatus.UNKNOWN
)
