"""
Process groups. Each process of `maestro dev` leads a session of its own, so its group is
everything that it started and that did not detach on purpose, as rooms do.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Collection

import psutil

POLL_S = 0.05
#: A kill takes effect a moment later.
KILLED_S = 1.0


def members(leaders: Collection[int]) -> set[int]:
    """The living processes of these groups, also of those whose leader is gone."""
    wanted = set(leaders)
    return {pid for pid in psutil.pids() if group(pid) in wanted and not is_dead(pid)}


def group(pid: int) -> int | None:
    """The group of a process."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        return os.getpgid(pid)
    return None


def is_dead(pid: int | None) -> bool:
    """Whether it ended, even if nobody collected its result yet."""
    try:
        return pid is None or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def stop(
    leaders: Collection[int],
    *,
    seconds: float,
    first: signal.Signals = signal.SIGTERM,
    hurry: threading.Event | None = None,
) -> None:
    """Ask the groups to end, wait for all of their processes, and kill what remains."""
    deadline = time.monotonic() + seconds
    asked: set[int] = set()
    while left := members(leaders):
        for pid in left - asked:
            # A leader tells its children itself; asked twice, some would stop less orderly.
            if pid in leaders or is_dead(group(pid)):
                send(pid, first)
                asked.add(pid)
        if time.monotonic() > deadline or (hurry and hurry.is_set()):
            break
        time.sleep(POLL_S)
    kill(leaders)


def kill(leaders: Collection[int]) -> None:
    """End all processes of the groups at once."""
    deadline = time.monotonic() + KILLED_S
    while (left := members(leaders)) and time.monotonic() < deadline:
        for pid in left:
            send(pid, signal.SIGKILL)
        time.sleep(POLL_S)


def send(pid: int, number: signal.Signals) -> None:
    """Signal one process, which may be gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
