"""Rooms in Redis. The runtime owns whether they exist; here is what they and it said."""

import json
from collections.abc import Collection, Sequence

import redis

from maestro import errors
from maestro.domain.rooms import (
    Instance,
    InstanceStatus,
    NewRoom,
    PingStatus,
    Room,
    RoomStatus,
    status_of,
)
from maestro.domain.schedulers import Scheduler
from maestro.ports.storage import Grant, Ping, PingOutcome, RoomCounts
from maestro.storage.redis import records, scripts
from maestro.storage.redis.keys import Keys
from maestro.storage.redis.translation import translated


class RedisRooms:
    """The RoomStore of production."""

    def __init__(self, client: redis.Redis, *, prefix: str, tombstone_ttl_s: float) -> None:
        self._client = client
        self._prefix = prefix
        self._tombstone_us = round(tombstone_ttl_s * 1_000_000)
        self._register = scripts.register(client, "register_rooms")
        self._acknowledge = scripts.register(client, "acknowledge_rooms")
        self._remove = scripts.register(client, "remove_rooms")
        self._ping = scripts.register(client, "ping_room")
        self._claim = scripts.register(client, "claim_rooms_for_removal")
        self._accept = scripts.register(client, "accept_deletions")
        self._read = scripts.register(client, "read_rooms")

    def _keys(self, scheduler: str) -> Keys:
        return Keys(self._prefix, scheduler)

    # Settings

    def configure(self, scheduler: Scheduler) -> None:
        settings = {
            "uid": scheduler.uid,
            "version": scheduler.version,
            "game": scheduler.game,
            "max_matches": str(scheduler.match_allocation.max_matches),
        }
        with translated():
            self._client.hset(self._keys(scheduler.name).settings, mapping=settings)  # type: ignore[arg-type]

    def configured(self, schedulers: Sequence[str]) -> list[bool]:
        with translated(), self._client.pipeline(transaction=False) as pipe:
            for scheduler in schedulers:
                pipe.exists(self._keys(scheduler).settings)
            return [bool(found) for found in pipe.execute()]

    # Coming and going

    def register(self, grant: Grant, rooms: Sequence[NewRoom]) -> None:
        keys = self._keys(grant.scheduler)
        args = [text for room in rooms for text in (room.id, json.dumps(_fields(room)))]
        with translated():
            self._register(
                keys=[
                    keys.running, keys.rooms, keys.status, keys.generation, keys.parked,
                    keys.wakeful, *(keys.room(room.id) for room in rooms),
                ],
                args=[grant.token, *args],
            )  # fmt: skip

    def created(self, grant: Grant, instances: Sequence[Instance]) -> None:
        keys = self._keys(grant.scheduler)
        with translated():
            self._acknowledge(
                keys=[keys.running, *(keys.room(instance.room) for instance in instances)],
                args=[grant.token, *(instance.uid for instance in instances)],
            )

    def not_created(self, grant: Grant, rooms: Sequence[str]) -> None:
        self.gone(grant, rooms)

    def gone(self, grant: Grant, rooms: Sequence[str]) -> None:
        keys = self._keys(grant.scheduler)
        with translated():
            self._remove(
                keys=[
                    keys.running, keys.rooms, keys.status, keys.ports, keys.tombstones,
                    keys.generation, keys.parked, keys.wakeful, *map(keys.room, rooms),
                ],
                args=[grant.token, self._tombstone_us, *rooms],
            )  # fmt: skip

    def claim_for_removal(
        self, grant: Grant, rooms: Sequence[str], *, allowed: Collection[RoomStatus]
    ) -> list[Room]:
        keys = self._keys(grant.scheduler)
        with translated():
            taken = self._claim(
                keys=[
                    keys.running, keys.status, keys.generation, keys.parked, keys.wakeful,
                    *map(keys.room, rooms),
                ],
                args=[grant.token, json.dumps(sorted(allowed)), *rooms],
            )  # fmt: skip
        return [records.room(grant.scheduler, records.fields(flat)) for flat in taken[1::2]]

    def deletions_accepted(self, grant: Grant, rooms: Sequence[str]) -> None:
        keys = self._keys(grant.scheduler)
        with translated():
            self._accept(keys=[keys.running, *map(keys.room, rooms)], args=[grant.token])

    # Pings

    def ping(self, scheduler: str, room: str, ping: Ping) -> PingOutcome:
        keys = self._keys(scheduler)
        metadata = "" if ping.metadata is None else json.dumps(dict(ping.metadata))
        with translated():
            answer = self._ping(
                keys=[
                    keys.room(room), keys.settings, keys.status, keys.generation, keys.parked,
                    keys.wakeful,
                ],
                args=[room, ping.status, ping.running_matches, metadata],
            )  # fmt: skip
        if not answer:
            return PingOutcome(known=False)
        status, changed, wakes = answer
        return PingOutcome(
            known=True,
            status=RoomStatus(status),
            status_changed=bool(changed),
            wakes_operation=bool(wakes),
        )

    # Reading

    def all(self, scheduler: str) -> list[Room]:
        return self._positions(scheduler, 0, -1)[0]

    def page(self, scheduler: str, *, offset: int, limit: int) -> tuple[list[Room], int]:
        return self._positions(scheduler, offset, offset + limit - 1)

    def _positions(self, scheduler: str, first: int, last: int) -> tuple[list[Room], int]:
        keys = self._keys(scheduler)
        with translated():
            total, *found = self._read(keys=[keys.rooms, keys.room_prefix], args=[first, last])
        return [records.room(scheduler, records.fields(flat)) for flat in found if flat], total

    def get(self, scheduler: str, room: str) -> Room:
        with translated():
            record = self._client.hgetall(self._keys(scheduler).room(room))
        if not record:
            raise errors.NotFound(f"room {room} not found in scheduler {scheduler}")
        return records.room(scheduler, record)  # type: ignore[arg-type]

    def counts(self, schedulers: Sequence[str]) -> list[RoomCounts]:
        with translated(), self._client.pipeline(transaction=False) as pipe:
            for scheduler in schedulers:
                key = self._keys(scheduler).status
                for status in RoomStatus:
                    pipe.zcount(key, status.code, status.code)
            numbers = iter(pipe.execute())
        return [
            RoomCounts(by_status={status: int(next(numbers)) for status in RoomStatus})
            for _ in schedulers
        ]


def _fields(room: NewRoom) -> dict[str, str]:
    ping, instance = PingStatus.UNKNOWN, InstanceStatus.UNKNOWN
    return {
        "id": room.id,
        "version": room.version,
        "operation": room.operation,
        "validation": "1" if room.is_validation else "0",
        "ports": records.ports_text(room.ports),
        "ping_status": ping,
        "instance_status": instance,
        "status": status_of(ping=ping, instance=instance),
    }
