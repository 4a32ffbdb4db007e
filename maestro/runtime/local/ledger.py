"""
The order of changes in a folder of rooms, whoever makes them.

Changes are made in turns, under a file lock. Each has a number greater than any before, also in
a folder that was wiped. Removed rooms leave a note, so that a watch can tell that they are gone.
Known to the keeper: nothing but the standard library is imported here.
"""

import contextlib
import fcntl
import os
import pathlib
import time
from collections.abc import Iterator

from maestro.runtime.local import records

COUNTER = ".version"
GONE = ".gone"
#: A turn takes about a millisecond; only a process that was stopped in one holds it for longer.
TIMEOUT_S = 5.0
#: Notes about removed rooms that are kept; who watches polls far more often.
NOTES = 1000
_DIGITS = 20


class Turn:
    """The right to change the folder; ends with the block it was taken for."""

    def __init__(self, root: pathlib.Path, counter: int) -> None:
        self._root = root
        self._counter = counter
        text = _text(counter)
        self._floor, self._version = _parse(text) if text else _beginning()
        self._store()

    def save(self, room: pathlib.Path, state: records.State) -> records.State:
        """Store how a room is, under a new number."""
        state = state._replace(version=self._next())
        records.write(room / records.STATE, state._asdict())
        return state

    def note_gone(self, order: records.Order, state: records.State) -> None:
        """Leave a note that a room is gone."""
        state = state._replace(version=self._next())
        notes = self._root / GONE
        notes.mkdir(mode=0o700, exist_ok=True)
        note = {"order": order._asdict(), "state": state._asdict()}
        records.write(notes / f"{state.version:0{_DIGITS}}", note)
        self._forget(sorted(_notes(notes))[:-NOTES])

    def _next(self) -> int:
        self._version += 1
        self._store()
        return self._version

    def _forget(self, notes: list[pathlib.Path]) -> None:
        for note in notes:
            self._floor = int(note.name)
            self._store()
            note.unlink()

    def _store(self) -> None:
        text = f"{self._floor:0{_DIGITS}} {self._version:0{_DIGITS}}\n"
        os.pwrite(self._counter, text.encode(), 0)


@contextlib.contextmanager
def turn(root: pathlib.Path) -> Iterator[Turn]:
    """Be the only one who changes the folder. Raises TimeoutError, and whatever files raise."""
    with _locked(root, fcntl.LOCK_EX) as counter:
        yield Turn(root, counter)


def bounds(root: pathlib.Path) -> tuple[int, int]:
    """What is known of removed rooms begins after the first number; the second is the newest."""
    with _locked(root, fcntl.LOCK_SH) as counter:
        text = _text(counter)
    if not text:
        with turn(root):
            pass
        return bounds(root)
    return _parse(text)


def glance(root: pathlib.Path) -> bytes:
    """Something that differs when there were changes; asks for no lock."""
    try:
        return (root / COUNTER).read_bytes()
    except FileNotFoundError:
        return b""


def gone(root: pathlib.Path, *, after: int) -> Iterator[tuple[records.Order, records.State]]:
    """Rooms that were removed after a number, in order."""
    for note in sorted(_notes(root / GONE)):
        if int(note.name) > after:
            record = records.read(note)
            if record:
                yield records.to_order(record["order"]), records.to_state(record["state"])


def _notes(folder: pathlib.Path) -> list[pathlib.Path]:
    with contextlib.suppress(FileNotFoundError):
        return [note for note in folder.iterdir() if note.name.isdigit()]
    return []


@contextlib.contextmanager
def _locked(root: pathlib.Path, kind: int) -> Iterator[int]:
    counter = os.open(root / COUNTER, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(counter, kind)
        yield counter
    finally:
        os.close(counter)


def _lock(file: int, kind: int) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    pause = 0.0005
    while True:
        with contextlib.suppress(BlockingIOError):
            return fcntl.flock(file, kind | fcntl.LOCK_NB)
        if time.monotonic() > deadline:
            raise TimeoutError("another process holds the folder of rooms")
        time.sleep(pause)
        pause = min(2 * pause, 0.01)


def _text(counter: int) -> bytes:
    return os.pread(counter, 3 * _DIGITS, 0)


def _parse(text: bytes) -> tuple[int, int]:
    floor, version = text.split()
    return int(floor), int(version)


def _beginning() -> tuple[int, int]:
    """Above the numbers of a folder that was wiped: they began at the clock of that time."""
    start = time.time_ns() // 1_000_000
    return start, start
