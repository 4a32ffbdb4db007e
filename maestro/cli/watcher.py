"""The runtime-watcher module."""

import threading

import structlog

from maestro import errors, processes
from maestro.bootstrap import Maestro
from maestro.internal import InternalServer

log = structlog.get_logger(__name__)


def runtime_watcher(maestro: Maestro, internal: InternalServer) -> int:
    """Watch until told to stop."""
    stopping = processes.told_to_stop()
    watcher = maestro.watcher
    internal.illness = lambda: "the watch is stuck" if watcher.is_stuck() else ""
    protecting = threading.Thread(target=_protect, args=(maestro, stopping), daemon=True)
    protecting.start()
    watcher.run(stopping)
    return 0


def _protect(maestro: Maestro, stopping: threading.Event) -> None:
    """In a thread of its own, so that what happens to rooms never waits for it."""
    while not stopping.wait(maestro.settings.disruption_interval_s):
        try:
            if maestro.watcher.leads:
                maestro.protection.renew()
        except errors.Unavailable as error:
            log.warning("rooms_not_protected", reason=str(error))
        except Exception:
            log.exception("protection_defect")
