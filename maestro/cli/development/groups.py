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


def members(leaders: Collection[int]) -> set[int]:
    """The living processes of these groups, also of those whose leader is gone."""
    wanted = set(leaders)
    return {pid for pid in psutil.pids() if group(pid) in wanted and not is_dead(pid)}


def group(pid: int) -> int | None:
    """The group of a process."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        return os.getpgid(pid)
    return None


def is_dead(pid: int) -> bool:
    """Whether it ended, even if nobody collected its result yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def stop(
    leaders: Collection[int],
    *,
    seconds: float,
    first: signal.Signals = signal.SIGTERM,
    hurry: threading.Event | None = None,
) -> None:
    """Ask the leaders to end, wait for all of their groups, and kill what remains."""
    for pid in leaders:
        send(pid, first)
    deadline = time.monotonic() + seconds
    while members(leaders) and time.monotonic() < deadline and not (hurry and hurry.is_set()):
        time.sleep(POLL_S)
    kill(leaders)


def kill(leaders: Collection[int]) -> None:
    """End all processes of the groups at once."""
    for pid in members(leaders):
        send(pid, signal.SIGKILL)


def send(pid: int, number: signal.Signals) -> None:
    """Signal one process, which may be gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
