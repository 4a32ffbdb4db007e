"""What the watcher learned, on its way to the rooms."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import redis

from maestro.metrics import REDIS_FAILS, REDIS_SECONDS
from maestro.metrics.timing import timed
from maestro.ports.storage import Applied, Change
from maestro.storage.redis import keys as names
from maestro.storage.redis import records, scripts
from maestro.storage.redis.keys import Keys
from maestro.storage.redis.translation import translated


@timed(REDIS_SECONDS, REDIS_FAILS, "instance-storage")
class RedisChanges:
    """The ChangeStore of production."""

    def __init__(
        self, client: redis.Redis, *, prefix: str, tombstone_ttl_s: float, quarantine_s: float
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._tombstone_us = round(tombstone_ttl_s * 1_000_000)
        self._quarantine_us = round(quarantine_s * 1_000_000)
        self._lead = scripts.register(client, "keep_leadership")
        self._resign = scripts.register(client, "resign_leadership")
        self._next_epoch = scripts.register(client, "next_epoch")
        self._push = scripts.register(client, "push_changes")
        self._apply = scripts.register(client, "apply_changes")

    def lead(self, holder: str, *, ttl_s: float) -> bool:
        with translated():
            return bool(
                self._lead(keys=[names.watcher(self._prefix)], args=[holder, round(ttl_s * 1000)])
            )

    def resign(self, holder: str) -> None:
        with translated():
            self._resign(keys=[names.watcher(self._prefix)], args=[holder])

    def now(self) -> datetime:
        with translated():
            seconds, micros = self._client.time()
        return records.moment(seconds * 1_000_000 + micros)

    def next_epoch(self) -> int:
        with translated():
            return int(self._next_epoch(keys=[names.epoch(self._prefix)]))

    def known_rooms(self, schedulers: Sequence[str]) -> Mapping[str, list[str]]:
        with translated(), self._client.pipeline(transaction=False) as pipe:
            for scheduler in schedulers:
                pipe.zrange(Keys(self._prefix, scheduler).rooms, 0, -1)
            return dict(zip(schedulers, pipe.execute(), strict=True))

    def push(self, changes: Sequence[Change]) -> None:
        by_scheduler: dict[str, list[Any]] = defaultdict(lambda: [self._tombstone_us])
        for change in changes:
            by_scheduler[change.scheduler] += [change.room, json.dumps(_document(change))]
        calls = [
            ([keys.changes, keys.settings, keys.tombstones], args)
            for scheduler, args in by_scheduler.items()
            for keys in [Keys(self._prefix, scheduler)]
        ]
        with translated():
            scripts.call_each(self._client, self._push, calls)

    def apply(self, scheduler: str, *, limit: int) -> Applied:
        keys = Keys(self._prefix, scheduler)
        with translated():
            found = self._client.hrandfield(keys.changes, limit, withvalues=True)
            waiting = list(records.fields(found).items())  # type: ignore[arg-type]
            wakes, wants_check, left = self._apply(
                keys=[
                    keys.changes, keys.settings, keys.rooms, keys.status, keys.ports,
                    keys.tombstones, keys.generation, keys.parked, keys.wakeful, keys.running,
                    keys.lease, keys.checking, keys.crashes, keys.ready, keys.claims,
                    keys.outbox,
                    *(keys.room(room) for room, _ in waiting),
                ],
                args=[
                    self._tombstone_us, self._quarantine_us,
                    *(text for change in waiting for text in change),
                ],
            )  # fmt: skip
        return Applied(
            taken=len(waiting),
            wakes_operation=bool(wakes),
            wants_check=bool(wants_check),
            more=left > 0,
        )


def _document(change: Change) -> dict[str, Any]:
    """Everything as text: Lua's numbers are too short for some of it."""
    document: dict[str, Any] = {
        "epoch": str(change.epoch),
        "uid": change.uid,
        "resource_version": change.resource_version,
        "gone": change.instance is None,
        "listed_at": str(records.micros(change.listed_at)) if change.listed_at else "0",
    }
    if change.instance is None:
        return document
    instance = change.instance
    return document | {
        "status": instance.status,
        "description": instance.description,
        "host": instance.host,
        "ports": records.ports_text(instance.ports),
        "version": instance.version,
        "operation": instance.operation,
        "validation": "1" if instance.is_validation else "0",
        "created_at": str(records.micros(instance.created_at)) if instance.created_at else "0",
    }
