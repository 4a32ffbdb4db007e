"""
What Linux offers to tie processes together, so that no room outlives its keeper, and no part of a
module the whole.

Elsewhere these do nothing; what stays behind there is found by its environment (`survivors`).
"""

import contextlib
import ctypes
import os
import pathlib
import signal
import sys

_SET_DEATH_SIGNAL = 1
_SET_NAME = 15
_SET_SUBREAPER = 36

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def name_self(name: str) -> None:
    """How this process is called in lists of processes; at most 15 characters."""
    if _libc:
        _libc.prctl(_SET_NAME, ctypes.c_char_p(name.encode()), 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of descendants that lose theirs, daemons among them."""
    if _libc:
        _libc.prctl(_SET_SUBREAPER, 1, 0, 0, 0)


def die_with(parent: int, number: signal.Signals = signal.SIGKILL) -> None:
    """For a new child, before it becomes another program: get this signal when `parent` ends."""
    if _libc:
        _libc.prctl(_SET_DEATH_SIGNAL, int(number), 0, 0, 0)
        # It may have ended before we asked.
        if os.getppid() != parent:
            os._exit(1)


def children() -> list[int]:
    """The processes whose parent is this one, adopted ones included."""
    pid = os.getpid()
    with contextlib.suppress(OSError):
        return [int(child) for child in children_of(pid).read_text().split()]
    return []


def children_of(pid: int) -> pathlib.Path:
    """Where Linux lists the children of a process."""
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children")
