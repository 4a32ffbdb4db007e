"""
Processes by more than their id: ids are used again, so an identity adds when the process started.

Known to the keeper, which is to stay small: nothing but the standard library is imported here.
"""

import contextlib
import os
import pathlib
import sys

#: States of a process that has ended but still is in the table.
ENDED = ("Z", "X")
#: Another one after each start of the machine.
BOOT = pathlib.Path("/proc/sys/kernel/random/boot_id")


def identity(pid: int) -> str:
    """What no other process is called, also after a restart of the machine; empty if it ended."""
    started = _started(pid)
    return f"{pid}/{started}" if started else ""


def stat_of(pid: int) -> pathlib.Path:
    """Where Linux tells how a process is."""
    return pathlib.Path(f"/proc/{pid}/stat")


def pid_of(who: str) -> int:
    """The id that is part of an identity."""
    return int(who.partition("/")[0])


def is_running(who: str) -> bool:
    """Whether the very process runs."""
    return bool(who) and identity(pid_of(who)) == who


def send(who: str, number: int, *, group: bool = False) -> bool:
    """Send a signal to the process, or to its group; False when it does not get there."""
    if not is_running(who):
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        deliver = os.killpg if group else os.kill
        deliver(pid_of(who), number)
        return True
    return False


def _started(pid: int) -> str:
    if sys.platform != "linux":
        return _started_elsewhere(pid)
    try:
        stat = stat_of(pid).read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    # The second field is the name, which may hold anything; the third is the state.
    fields = stat.rpartition(")")[2].split()
    # Counted from the start of the machine: psutil's times move when the clock is set.
    return "" if fields[0] in ENDED else f"{fields[19]}@{_boot()}"


def _boot() -> str:
    global _boot_id
    _boot_id = _boot_id or BOOT.read_text().strip()
    return _boot_id


_boot_id = ""


def _started_elsewhere(pid: int) -> str:
    import psutil

    try:
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except psutil.Error:
        return ""
