"""Large fleets on record that run nowhere, written at once and not room by room."""

import redis

from maestro.bootstrap import Maestro
from maestro.domain.rooms import InstanceStatus, PingStatus, RoomStatus
from maestro.storage.redis import records
from maestro.storage.redis.keys import Keys
from tests import make

CHUNK = 5_000


def fill(maestro: Maestro, amount: int, *, scheduler: str = "arena") -> list[str]:
    """So many ready rooms of a scheduler; returns their ids. What was there before is gone."""
    maestro.operations.forget(scheduler)
    maestro.rooms.configure(make.scheduler(name=scheduler))
    ids = [f"{scheduler}-{index:06}" for index in range(amount)]
    keys = Keys(maestro.settings.redis_prefix, scheduler)
    for start in range(0, amount, CHUNK):
        _write(maestro.redis, keys, ids[start : start + CHUNK])
    return ids


def _write(client: redis.Redis, keys: Keys, ids: list[str]) -> None:
    with client.pipeline(transaction=False) as pipe:
        for index, room in enumerate(ids):
            pipe.hset(keys.room(room), mapping=_record(room, index))  # type: ignore[arg-type]
        pipe.zadd(keys.rooms, dict.fromkeys(ids, 0))
        pipe.zadd(keys.status, dict.fromkeys(ids, RoomStatus.READY.code))
        pipe.zadd(keys.ready, dict.fromkeys(ids, records.micros(make.NOW)))
        pipe.execute()


def _record(room: str, index: int) -> dict[str, str]:
    now = str(records.micros(make.NOW))
    return {
        "id": room,
        "version": "v1.0.0",
        "operation": "bench",
        "validation": "0",
        "host": "10.0.0.1",
        "ports": records.ports_text(make.host_ports()),
        "uid": f"uid-{index}",
        "ping_status": PingStatus.READY,
        "instance_status": InstanceStatus.READY,
        "status": RoomStatus.READY,
        "created_at": now,
        "acknowledged_at": now,
        "last_ping_at": now,
    }
