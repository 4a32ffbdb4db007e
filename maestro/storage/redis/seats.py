"""Places in Redis that at most one process has at a time."""

import redis

from maestro.metrics import REDIS_FAILS, REDIS_SECONDS
from maestro.metrics.timing import timed
from maestro.storage.redis import keys as names
from maestro.storage.redis import scripts
from maestro.storage.redis.translation import translated


@timed(REDIS_SECONDS, REDIS_FAILS, "beat-storage")
class RedisBeatSeat:
    """The Seat of production, for the beat that ticks."""

    def __init__(self, client: redis.Redis, *, prefix: str) -> None:
        self._key = names.beat(prefix)
        self._take = scripts.register(client, "keep_leadership")
        self._leave = scripts.register(client, "resign_leadership")

    def take(self, holder: str, *, ttl_s: float) -> bool:
        with translated():
            return bool(self._take(keys=[self._key], args=[holder, round(ttl_s * 1000)]))

    def leave(self, holder: str) -> None:
        with translated():
            self._leave(keys=[self._key], args=[holder])
