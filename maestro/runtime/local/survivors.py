"""
Ends what a killed keeper left behind.

Linux kills the containers with their keeper; what they had started themselves is recognised by
the variable that every process of a room inherits.
"""

import signal
import time
from collections.abc import Collection

import psutil

from maestro.runtime.local import processes

#: Every process of a room has it in its environment: the uid of the instance.
MARK = "MAESTRO_ROOM_UID"
#: Being killed takes no time, unless the kernel is busy with the process.
DEATH_S = 1.0
_POLL_S = 0.005


def end(uids: Collection[str], known: Collection[str]) -> None:
    """Kill all processes of these instances, `known` ones among them; see them dead."""
    deadline = time.monotonic() + DEATH_S
    for identity in known:
        processes.send(identity, signal.SIGKILL, group=True)
    # Until a look finds none: one that is just being started may not be seen by the first.
    while _kill_marked(uids) or any(map(processes.is_running, known)):
        if time.monotonic() > deadline:
            return
        time.sleep(_POLL_S)


def _kill_marked(uids: Collection[str]) -> bool:
    """Kill the processes that bear one of these uids; whether there were any."""
    found = [process.pid for process in psutil.process_iter() if _mark(process) in uids]
    for pid in found:
        processes.send(processes.identity(pid), signal.SIGKILL)
    return bool(found)


def _mark(process: psutil.Process) -> str:
    try:
        return process.environ().get(MARK, "")
    except (psutil.Error, OSError):
        return ""
