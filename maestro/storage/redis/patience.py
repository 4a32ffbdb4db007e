"""
How long callers wait for a Redis that does not answer: one at a time finds out whether it is back,
the others hear at once that it is not. Else a few calls that wait would hold up all that follow.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import redis
import structlog

log = structlog.get_logger(__name__)

Call = Callable[[Sequence[str], Sequence[Any]], Any]

_AWAY = (redis.ConnectionError, redis.TimeoutError)


class Patience:
    """A script as it is called with `keys` and `args`."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._is_away = False
        self._finding_out = threading.Lock()

    def __call__(self, keys: Sequence[str], args: Sequence[Any]) -> Any:
        if self._is_away:
            return self._find_out(keys, args)
        try:
            return self._call(keys, args)
        except _AWAY as error:
            if not self._is_away:
                log.warning("redis_away", reason=str(error))
            self._is_away = True
            raise

    def _find_out(self, keys: Sequence[str], args: Sequence[Any]) -> Any:
        if not self._finding_out.acquire(blocking=False):
            raise redis.ConnectionError("away, and somebody else finds out until when")
        try:
            answer = self._call(keys, args)
        except redis.ResponseError:
            # An answer, too.
            self._is_away = False
            raise
        finally:
            self._finding_out.release()
        if self._is_away:
            log.info("redis_back")
        self._is_away = False
        return answer
