"""
What becomes of calls while Redis does not answer: they hear so at once, and a thread of its own
finds out when it is back. Else a few calls that wait would hold up all that follow.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import redis
import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: How long it is believed to be away at least.
ASKED_EVERY_S = 0.1
_AWAY = (redis.ConnectionError, redis.TimeoutError)


class Patience:
    """What callers of one server share; `probe` raises while it does not answer."""

    def __init__(self, probe: Callable[[], object]) -> None:
        self._probe = probe
        self._is_away = False
        self._noting = threading.Lock()

    def ask(self, call: Callable[..., T], *args: Any, **options: Any) -> T:
        """What `call` answers; raises redis-py's ConnectionError while nobody would."""
        if self._is_away:
            raise redis.ConnectionError("away until it answers again")
        try:
            return call(*args, **options)
        except _AWAY as error:
            self._note(str(error))
            raise

    def _note(self, reason: str) -> None:
        with self._noting:
            is_known, self._is_away = self._is_away, True
        if not is_known:
            log.warning("redis_away", reason=reason)
            threading.Thread(target=self._await, name="redis-away", daemon=True).start()

    def _await(self) -> None:
        pause = threading.Event()
        while not self._answers():
            pause.wait(ASKED_EVERY_S)
        log.info("redis_back")
        self._is_away = False

    def _answers(self) -> bool:
        try:
            self._probe()
        except redis.RedisError:
            return False
        except Exception:
            # Without this thread nothing would ever be asked again.
            log.exception("probe_defect")
            return False
        return True
