"""Rooms in Redis. The runtime owns whether they exist; here is what they and it said."""

import datetime
import functools
import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import chain
from typing import Any

import orjson
import redis

from maestro import errors
from maestro.domain.decisions import Decision
from maestro.domain.figures import Figures
from maestro.domain.health import OUTAGE_S, Memory, Outage
from maestro.domain.rooms import (
    AllocationOrder,
    Instance,
    InstanceStatus,
    NewRoom,
    PingStatus,
    Room,
    RoomStatus,
    status_of,
)
from maestro.domain.schedulers import Scheduler
from maestro.metrics import REDIS_FAILS, REDIS_SECONDS
from maestro.metrics.tally import Tally
from maestro.metrics.timing import timed
from maestro.ports.storage import (
    Allocation,
    Fleet,
    Grant,
    Ping,
    PingOutcome,
    Reported,
    RoomCounts,
)
from maestro.storage.redis import events, records, scripts
from maestro.storage.redis import keys as names
from maestro.storage.redis.keys import Keys
from maestro.storage.redis.scripts import Replicas
from maestro.storage.redis.translation import raise_in_our_words, translated

_OUTAGE_US = round(OUTAGE_S * 1_000_000)
_STORAGE = "room-storage"
_PINGS = Tally(REDIS_SECONDS, _STORAGE, "ping")
#: Longer than any room may be silent.
_REMEMBERED_US = 24 * 3600 * 1_000_000


@timed(REDIS_SECONDS, REDIS_FAILS, _STORAGE, but={"ping"})
class RedisRooms:
    """The RoomStore of production."""

    def __init__(
        self,
        client: redis.Redis,
        *,
        prefix: str,
        tombstone_ttl_s: float,
        outbox_limit: int = 50_000,
        decisions_kept: int = 50,
        ping: Callable[[Sequence[str], Sequence[Any]], Any] | None = None,
        replicas: Replicas = scripts.NO_REPLICAS,
    ) -> None:
        """`ping` calls the script of that name, when something else than `client` should."""
        self._client = client
        self._prefix = prefix
        self._replicas = replicas
        self._decisions_kept = decisions_kept
        self._tombstone_us = round(tombstone_ttl_s * 1_000_000)
        self._configure = scripts.register(client, "configure_fleet")
        self._outbox_limit = outbox_limit
        self._register = scripts.register(client, "register_rooms")
        self._acknowledge = scripts.register(client, "acknowledge_rooms")
        self._remove = scripts.register(client, "remove_rooms")
        self._ping = ping or scripts.register(client, "ping_room")
        self._allocate = scripts.register(client, "allocate_room")
        self._expire_claims = scripts.register(client, "expire_claims")
        self._claim = scripts.register(client, "claim_rooms_for_removal")
        self._accept = scripts.register(client, "accept_deletions")
        self._read = scripts.register(client, "read_rooms")
        self._read_fleet = scripts.register(client, "read_fleet")
        self._remember = scripts.register(client, "remember_check")
        self._resume = scripts.register(client, "resume_fleet")
        self._count = scripts.register(client, "count_rooms")
        self._note_accepting = scripts.register(client, "note_accepting")

    def _keys(self, scheduler: str) -> Keys:
        return Keys(self._prefix, scheduler)

    # Settings

    def configure(
        self, scheduler: Scheduler, *, grant: Grant | None = None, only_if_missing: bool = False
    ) -> None:
        keys = self._keys(scheduler.name)
        settings = {
            "uid": scheduler.uid,
            "version": scheduler.version,
            "game": scheduler.game,
            "max_matches": str(scheduler.match_allocation.max_matches),
        }
        with translated():
            self._configure(
                keys=[keys.running, keys.settings, keys.outbox],
                args=[
                    grant.token if grant else "", int(only_if_missing),
                    events.audience_text(scheduler), self._outbox_limit,
                    *chain.from_iterable(settings.items()),
                ],
            )  # fmt: skip

    def configured(self, schedulers: Sequence[str]) -> list[bool]:
        with translated(), self._client.pipeline(transaction=False) as pipe:
            for scheduler in schedulers:
                # The youngest field: a fleet of before it is configured once more.
                pipe.hexists(self._keys(scheduler).settings, "outbox_limit")
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
        self._forget(grant, rooms, existed=False)

    def gone(self, grant: Grant, rooms: Sequence[str]) -> None:
        self._forget(grant, rooms, existed=True)

    def _forget(self, grant: Grant, rooms: Sequence[str], *, existed: bool) -> None:
        keys = self._keys(grant.scheduler)
        with translated():
            self._remove(
                keys=[
                    keys.running, keys.rooms, keys.status, keys.ports, keys.tombstones,
                    keys.generation, keys.parked, keys.wakeful, keys.ready, keys.claims,
                    keys.settings, keys.outbox, *map(keys.room, rooms),
                ],
                args=[grant.token, self._tombstone_us, int(existed), *rooms],
            )  # fmt: skip

    def claim_for_removal(
        self,
        grant: Grant,
        rooms: Sequence[str],
        *,
        allowed: Collection[RoomStatus],
        allowed_if_silent: Collection[RoomStatus] = (),
        silent_since: datetime.datetime | None = None,
    ) -> list[Room]:
        keys = self._keys(grant.scheduler)
        since = records.micros(silent_since) if silent_since else 0
        with translated():
            taken = self._claim(
                keys=[
                    keys.running, keys.status, keys.generation, keys.parked, keys.wakeful,
                    keys.ready, keys.claims, keys.settings, keys.outbox, *map(keys.room, rooms),
                ],
                args=[
                    grant.token, json.dumps(sorted(allowed)), json.dumps(sorted(allowed_if_silent)),
                    since, *rooms,
                ],
            )  # fmt: skip
        return [records.room(grant.scheduler, records.fields(flat)) for flat in taken[1::2]]

    def deletions_accepted(self, grant: Grant, rooms: Sequence[str]) -> None:
        keys = self._keys(grant.scheduler)
        with translated():
            self._accept(keys=[keys.running, *map(keys.room, rooms)], args=[grant.token])

    # Pings

    def ping(self, scheduler: str, room: str, ping: Ping) -> PingOutcome:
        # All that is done here is done thousands of times per second.
        prefix, keys = _ping_keys(self._prefix, scheduler)
        metadata = (
            "" if ping.metadata is None else orjson.dumps(ping.metadata, default=dict).decode()
        )
        began = time.perf_counter()
        try:
            answer = self._ping(
                (prefix + room, *keys), (room, ping.status, ping.running_matches, metadata)
            )
        except redis.RedisError as error:
            REDIS_FAILS.labels(_STORAGE, "ping").inc()
            raise_in_our_words(error)
        _PINGS.note(time.perf_counter() - began)
        return _outcome(*answer) if answer else _UNKNOWN

    # Allocation

    def allocate(
        self,
        scheduler: str,
        *,
        ttl_s: float,
        order: AllocationOrder = AllocationOrder.LONGEST_READY,
    ) -> Allocation | None:
        keys = self._keys(scheduler)
        with translated():
            call = (
                [
                    keys.ready, keys.settings, keys.status, keys.generation, keys.parked,
                    keys.wakeful, keys.checking, keys.claims, keys.room_prefix,
                ],
                [round(ttl_s * 1_000_000), order],
            )  # fmt: skip
            answer = scripts.call_safely(self._client, self._allocate, call, self._replicas)
        if answer is None:
            raise errors.NotFound(f"scheduler {scheduler} not found")
        if not answer:
            return None
        flat, wakes, wants_check = answer
        return Allocation(
            room=records.room(scheduler, records.fields(flat)),
            wakes_operation=bool(wakes),
            wants_check=bool(wants_check),
        )

    def expire_claims(self, scheduler: str) -> None:
        keys = self._keys(scheduler)
        with translated():
            self._expire_claims(
                keys=[
                    keys.claims, keys.settings, keys.status, keys.ready, keys.generation,
                    keys.parked, keys.wakeful, keys.room_prefix,
                ]
            )  # fmt: skip

    # Health

    def fleet(self, scheduler: str, *, crashes_since: datetime.datetime) -> Fleet:
        keys = self._keys(scheduler)
        with translated():
            memory, crashes, resumed_at, rebuilt_at, *found = self._read_fleet(
                keys=[keys.rooms, keys.memory, keys.crashes, keys.settings, keys.room_prefix],
                args=[records.micros(crashes_since)],
            )
        rooms = [records.room(scheduler, records.fields(flat)) for flat in found if flat]
        return Fleet(
            rooms=[room for room in rooms if not room.is_validation],
            validation_rooms=[room for room in rooms if room.is_validation],
            memory=records.memory(memory),
            crashes=Counter(crash.partition("/")[0] for crash in crashes),
            resumed_at=records.moment(resumed_at) if resumed_at else None,
            rebuilt_at=records.moment(rebuilt_at) if rebuilt_at else None,
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
        keys = self._keys(grant.scheduler)
        with translated():
            self._remember(
                keys=[keys.running, keys.memory, keys.settings, keys.decisions, keys.figures],
                args=[
                    grant.token, records.memory_text(memory), round(check_again_s * 1000),
                    round(check_due_s * 1_000_000),
                    records.decision_text(decision) if decision else "",
                    records.decision_mark(decision) if decision else "",
                    self._decisions_kept,
                    records.figures_text(figures) if figures else "",
                    # Two checks that were due and did not come: whatever it was, it is not now.
                    records.millis(2 * check_due_s),
                ],
            )  # fmt: skip

    def decisions(self, scheduler: str) -> list[Decision]:
        with translated():
            kept = self._client.lrange(self._keys(scheduler).decisions, 0, -1)
        return [records.decision(str(text)) for text in kept]

    def memories(self, schedulers: Sequence[str]) -> list[Memory]:
        with translated(), self._client.pipeline(transaction=False) as pipe:
            for scheduler in schedulers:
                pipe.get(self._keys(scheduler).memory)
            return [records.memory(text) for text in pipe.execute()]

    def resume(self, scheduler: str) -> None:
        keys = self._keys(scheduler)
        with translated():
            self._resume(keys=[keys.settings, keys.crashes])

    def accepting(self) -> None:
        with translated():
            self._note_accepting(
                keys=[names.accepting(self._prefix), names.outages(self._prefix)],
                args=[_OUTAGE_US, _REMEMBERED_US],
            )

    def outages(self) -> list[Outage]:
        with translated(), self._client.pipeline(transaction=False) as pipe:
            pipe.zrange(names.outages(self._prefix), 0, -1)
            pipe.get(names.accepting(self._prefix))
            pipe.time()
            past, last, (seconds, micros) = pipe.execute()
        now = int(seconds) * 1_000_000 + int(micros)
        found = [tuple(each.split("-")) for each in past]
        # Whether pings were accepted since then, nobody knows yet.
        found.append((last or "0", str(max(now, int(last or 0)))))
        return [
            Outage(start=records.moment(start), end=records.moment(end)) for start, end in found
        ]

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

    def reported(self, schedulers: Sequence[str]) -> list[Reported | None]:
        with translated(), self._client.pipeline(transaction=False) as pipe:
            for scheduler in schedulers:
                keys = self._keys(scheduler)
                pipe.hget(keys.settings, "game")
                pipe.get(keys.figures)
            found = pipe.execute()
        return [
            None
            if game is None
            else Reported(game=game, figures=records.figures(text) if text else None)
            for game, text in zip(found[::2], found[1::2], strict=True)
        ]

    def counts(self, schedulers: Sequence[str]) -> list[RoomCounts]:
        calls: list[tuple[list[str], list[str]]] = [
            ([self._keys(scheduler).status], []) for scheduler in schedulers
        ]
        with translated():
            found = scripts.call_each(self._client, self._count, calls)
        return [
            RoomCounts(by_status=dict(zip(RoomStatus, map(int, numbers), strict=True)))
            for numbers in found
        ]


_UNKNOWN = PingOutcome(known=False)


@functools.lru_cache(maxsize=1024)
def _outcome(status: str, changed: int, wakes: int, wants_check: int) -> PingOutcome:
    return PingOutcome(
        known=True,
        status=RoomStatus(status),
        status_changed=bool(changed),
        wakes_operation=bool(wakes),
        wants_check=bool(wants_check),
    )


@functools.lru_cache(maxsize=1024)
def _ping_keys(prefix: str, scheduler: str) -> tuple[str, tuple[str, ...]]:
    """What the key of a room begins with, and the keys that follow it in `ping_room`."""
    keys = Keys(prefix, scheduler)
    return keys.room_prefix, (
        keys.settings, keys.status, keys.generation, keys.parked, keys.wakeful, keys.checking,
        keys.ready, keys.claims, keys.outbox,
    )  # fmt: skip


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
