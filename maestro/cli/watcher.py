"""The runtime-watcher module."""

import signal
import threading

from maestro.bootstrap import Maestro
from maestro.internal import InternalServer


def runtime_watcher(maestro: Maestro, internal: InternalServer) -> int:
    """Watch until told to stop."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    watcher = maestro.watcher
    internal.illness = lambda: "the watch is stuck" if watcher.is_stuck() else ""
    watcher.run(stopping)
    return 0
