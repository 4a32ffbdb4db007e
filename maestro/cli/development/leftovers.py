"""
Processes that outlive a `maestro dev` which was killed. Each start writes down what it starts; the
next one ends these processes and no others: process ids are used again, so an entry counts only
together with the moment its process began.
"""

import json
import pathlib
import signal
import threading
from collections.abc import Collection

import psutil

from maestro.cli.development import environment, groups

#: Clocks are set, and systems round; no id is used again within a second.
TOLERANCE_S = 1.0
PROCESSES_S = 3.0
STORES_S = 5.0


class Record:
    """The processes of this start, in a file that is complete after each addition."""

    def __init__(self, file: pathlib.Path) -> None:
        self._file = file
        self._entries: list[dict[str, str | int | float]] = []
        self._lock = threading.Lock()

    def add(self, name: str, pid: int) -> None:
        """Note a process that was just started."""
        try:
            began = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:
            return
        with self._lock:
            self._entries.append({"name": name, "pid": pid, "began": began})
            attempt = self._file.with_suffix(".new")
            attempt.write_text(json.dumps(self._entries, indent=2) + "\n")
            attempt.replace(self._file)


def end(file: pathlib.Path, *, folder: pathlib.Path, stores: Collection[str]) -> list[str]:
    """End what an earlier start left running, its stores last; gives the names."""
    alive = {name: pid for name, pid in recorded(file).items() if group_is_ours(*pid, folder)}
    last = {pid for name, (pid, _) in alive.items() if name in stores}
    groups.stop({pid for pid, _ in alive.values()} - last, seconds=PROCESSES_S)
    groups.stop(last, seconds=STORES_S, first=signal.SIGINT)
    file.unlink(missing_ok=True)
    return list(alive)


def recorded(file: pathlib.Path) -> dict[str, tuple[int, float]]:
    """What the last start wrote down: process id and beginning, by name."""
    try:
        entries = json.loads(file.read_text())
        return {entry["name"]: (entry["pid"], entry["began"]) for entry in entries}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def group_is_ours(pid: int, began: float, folder: pathlib.Path) -> bool:
    """Whether the process, or, when it is gone, a member of its group, belongs to the folder."""
    try:
        return abs(psutil.Process(pid).create_time() - began) < TOLERANCE_S
    except psutil.NoSuchProcess:
        return any(is_marked(member, folder) for member in groups.members({pid}))


def is_marked(pid: int, folder: pathlib.Path) -> bool:
    """Whether a process has the environment that we give."""
    try:
        return psutil.Process(pid).environ().get(environment.MARK) == str(folder)
    except psutil.Error:
        return False
