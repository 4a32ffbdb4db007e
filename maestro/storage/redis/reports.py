"""The newest report of all fleets in Redis, which forgets it when nobody writes another one."""

import orjson
import redis

from maestro.domain.figures import Report
from maestro.metrics import REDIS_FAILS, REDIS_SECONDS
from maestro.metrics.timing import timed
from maestro.storage.redis import keys as names
from maestro.storage.redis import records
from maestro.storage.redis.translation import translated


@timed(REDIS_SECONDS, REDIS_FAILS, "report-storage")
class RedisReports:
    """The Reports of production."""

    def __init__(self, client: redis.Redis, *, prefix: str) -> None:
        self._client = client
        self._key = names.report(prefix)

    def write(self, report: Report, *, ttl_s: float) -> None:
        with translated():
            self._client.set(self._key, orjson.dumps(report), px=records.millis(ttl_s))

    def read(self) -> Report | None:
        with translated():
            text = self._client.get(self._key)
        if text is None:
            return None
        series: dict[str, list[tuple[list[str], float]]] = orjson.loads(text)
        return {
            name: [(tuple(labels), value) for labels, value in rows]
            for name, rows in series.items()
        }
