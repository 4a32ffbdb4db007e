"""
Ends what a killed keeper left behind.

Linux kills the containers with their keeper; what they had started themselves is recognised by
the variable that every process of a room inherits.
"""

import signal
import time
from collections.abc import Callable, Collection, Mapping

import psutil

from maestro.runtime.local import processes

#: Every process of a room has it in its environment: the uid of the instance.
MARK = "MAESTRO_ROOM_UID"
#: Being killed takes no time, unless the kernel is busy with the process.
DEATH_S = 1.0
_POLL_S = 0.005


def end(
    children: Mapping[str, Collection[str]],
    *,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Kill all processes of these instances: by uid, the identities of their containers."""
    for identities in children.values():
        for identity in identities:
            processes.send(identity, signal.SIGKILL, group=True)
    killed = [identity for identities in children.values() for identity in identities]
    killed += [_kill(process) for process in psutil.process_iter() if _mark(process) in children]
    deadline = time.monotonic() + DEATH_S
    while any(map(processes.is_running, killed)) and time.monotonic() < deadline:
        wait(_POLL_S)


def _mark(process: psutil.Process) -> str:
    try:
        return process.environ().get(MARK, "")
    except (psutil.Error, OSError):
        return ""


def _kill(process: psutil.Process) -> str:
    identity = processes.identity(process.pid)
    processes.send(identity, signal.SIGKILL)
    return identity
