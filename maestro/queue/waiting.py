"""How many hints wait in the broker, and how long: when that grows, workers do not keep up."""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
import redis

from maestro import errors
from maestro.ports import tasks as names


class RedisBroker:
    """The Broker of production, where Redis carries Celery's messages as lists."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        """Connects at first use."""
        self._client = redis.Redis.from_url(
            url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s
        )

    def waiting(self, schedulers: Sequence[str]) -> Mapping[str, tuple[int, float]]:
        queues = [names.operations(scheduler) for scheduler in schedulers]
        kinds = [*(names.OPERATIONS for _ in queues), names.SYSTEM, names.METRICS]
        with _translated(), self._client.pipeline(transaction=False) as pipe:
            for queue in (*queues, names.SYSTEM, names.METRICS):
                pipe.llen(queue)
                # Messages are put in on the left, and taken from the right.
                pipe.lindex(queue, -1)
            found = pipe.execute()
        waiting = dict.fromkeys(kinds, (0, 0.0))
        for kind, length, oldest in zip(kinds, found[::2], found[1::2], strict=True):
            amount, age_s = waiting[kind]
            waiting[kind] = amount + length, max(age_s, _age_s(oldest))
        return waiting


class UnknownBroker:
    """One of which nobody knows what waits in it."""

    def waiting(self, schedulers: Sequence[str]) -> Mapping[str, tuple[int, float]]:
        return {}


def broker(url: str, *, timeout_s: float) -> RedisBroker | UnknownBroker:
    """What tells of this broker."""
    if url.startswith(("redis://", "rediss://")):
        return RedisBroker(url, timeout_s=timeout_s)
    return UnknownBroker()


def _age_s(message: bytes | None) -> float:
    """By the clocks of two machines; never negative."""
    if message is None:
        return 0.0
    with contextlib.suppress(KeyError, TypeError, ValueError):
        sent_at: Any = orjson.loads(message)["headers"][names.SENT_AT]
        return max(0.0, time.time() - float(sent_at))
    return 0.0


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise errors.Unavailable(f"broker: {error}") from error
