"""Says every few seconds that pings are taken: a room's silence counts only meanwhile."""

import threading
from collections.abc import Callable

import structlog

from maestro import errors
from maestro.domain import health

log = structlog.get_logger(__name__)


def keep_saying(accepting: Callable[[], None]) -> None:
    """Say so from a thread of its own, for as long as this process lives."""
    threading.Thread(target=_loop, args=(accepting,), name="accepting", daemon=True).start()


def _loop(accepting: Callable[[], None]) -> None:
    pause = threading.Event()
    while True:
        try:
            accepting()
        except errors.Unavailable as error:
            # While nobody can say so, it is not so.
            log.debug("not_accepting", reason=str(error))
        except Exception:
            # Without this thread no silence would ever count again.
            log.exception("accepting_defect")
        pause.wait(health.ACCEPTING_EVERY_S)
