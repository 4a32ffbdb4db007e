"""Host ports in Redis: who holds which, within one scheduler."""

import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import redis

from maestro.domain.rooms import HostPort
from maestro.domain.schedulers import PortRange, Scheduler
from maestro.metrics import REDIS_FAILS, REDIS_SECONDS
from maestro.metrics.timing import timed
from maestro.ports.storage import Grant
from maestro.storage.redis import scripts
from maestro.storage.redis.keys import Keys
from maestro.storage.redis.translation import translated

_SHORT = -1


@timed(REDIS_SECONDS, REDIS_FAILS, "port-storage")
class RedisPorts:
    """The PortRegistry of production."""

    def __init__(self, client: redis.Redis, *, prefix: str) -> None:
        self._prefix = prefix
        self._reserve = scripts.register(client, "reserve_ports")

    def reserve(
        self,
        grant: Grant,
        rooms: Sequence[str],
        scheduler: Scheduler,
        *,
        taken: Collection[tuple[str, int]] = (),
    ) -> Mapping[str, tuple[HostPort, ...] | str]:
        keys = Keys(self._prefix, grant.scheduler)
        wishes = _wishes(scheduler)
        unavailable = [f"{protocol}:{port}" for protocol, port in taken]
        # Rooms begin to look at different places, so that a port rests before it is used again.
        offsets = [text for room in rooms for text in (room, zlib.crc32(room.encode()))]
        with translated():
            answers = self._reserve(
                keys=[keys.running, keys.ports],
                args=[grant.token, json.dumps(wishes), json.dumps(unavailable), *offsets],
            )
        return {
            room: _answer(wishes, numbers) for room, numbers in zip(rooms, answers, strict=True)
        }


def _wishes(scheduler: Scheduler) -> list[dict[str, Any]]:
    wishes = []
    for port in scheduler.ports:
        wanted: PortRange | None = port.host_port_range or scheduler.port_range
        if wanted:
            ends = {"start": wanted.start, "end": wanted.end}
            wishes.append({"name": port.name, "protocol": port.protocol, **ends})
    return wishes


def _answer(wishes: list[dict[str, Any]], numbers: list[int]) -> tuple[HostPort, ...] | str:
    if numbers and numbers[0] == _SHORT:
        _, free, start, end = numbers
        need = sum((wish["start"], wish["end"]) == (start, end) for wish in wishes)
        return f"not enough ports to allocate: need {need}, free {free} in {start}-{end}"
    return tuple(
        HostPort(name=wish["name"], protocol=wish["protocol"], port=number)
        for wish, number in zip(wishes, numbers, strict=True)
    )
