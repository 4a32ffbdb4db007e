"""What rooms printed, also those that ended not long ago."""

import contextlib
import io
import os
import pathlib
import time
from collections.abc import Callable, Iterator

from maestro.errors import NotFound
from maestro.runtime.local import outputs, places, records

_POLL_S = 0.2


def read(
    folder: pathlib.Path,
    scheduler: str,
    room: str,
    *,
    container: str | None = None,
    follow: bool = False,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[str]:
    """
    The lines of one container, or of all; `follow` goes on until the room is over.

    Lines of several containers begin with the container's name. Raises NotFound.
    """
    home = _home(folder, scheduler, room)
    return _lines(home, _tails(home, container), follow=follow, wait=wait)


def _lines(
    home: pathlib.Path, tails: list["Tail"], *, follow: bool, wait: Callable[[float], None]
) -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        for tail in tails:
            stack.callback(tail.close)
        ended = not follow
        while True:
            for tail in tails:
                yield from tail.lines(ended=ended)
            if ended:
                return
            wait(_POLL_S)
            # Once more after the end: something may have been printed in between.
            ended = _is_over(home)


class Tail:
    """Reads a bounded file of lines while it is written."""

    def __init__(self, path: pathlib.Path, prefix: str) -> None:
        self._path = path
        self._prefix = prefix
        self._file: io.BufferedReader | None = None
        self._rest = b""

    def lines(self, *, ended: bool) -> Iterator[str]:
        """The lines that are new; once ended also the last one, complete or not."""
        *complete, self._rest = (self._rest + self._new()).split(b"\n")
        yield from map(self._line, complete)
        if ended and self._rest:
            yield self._line(self._rest)

    def close(self) -> None:
        """Read no more."""
        if self._file:
            self._file.close()

    def _line(self, line: bytes) -> str:
        return self._prefix + line.decode("utf-8", errors="replace")

    def _new(self) -> bytes:
        rest = self._file.read() if self._file else b""
        if not _is_at(self._path, self._file):
            rest += self._read_on()
        return rest

    def _read_on(self) -> bytes:
        """What was written to files that we have not opened yet."""
        read, self._file = self._file, _open(self._path)
        parts = []
        previous = outputs.previous(self._path)
        # It is the one that was just read, unless this is the first time or much was printed.
        if not _is_at(previous, read) and not _is_at(previous, self._file):
            parts = [previous.read_bytes()] if previous.exists() else []
        if read:
            read.close()
        return b"".join([*parts, self._file.read() if self._file else b""])


def _open(path: pathlib.Path) -> io.BufferedReader | None:
    with contextlib.suppress(FileNotFoundError):
        return path.open("rb")
    return None


def _is_at(path: pathlib.Path, file: io.BufferedReader | None) -> bool:
    """Whether this is the file at that path; also when nothing is there any more."""
    with contextlib.suppress(FileNotFoundError):
        return file is not None and os.path.samestat(path.stat(), os.fstat(file.fileno()))
    return True


def _home(folder: pathlib.Path, scheduler: str, room: str) -> pathlib.Path:
    if places.is_name(scheduler) and places.is_name(room):
        for above in (folder, folder / places.ENDED):
            if records.order_of(above / scheduler / room):
                return above / scheduler / room
    raise NotFound(f"room {room!r} of scheduler {scheduler!r} has no logs here")


def _tails(home: pathlib.Path, container: str | None) -> list[Tail]:
    order = records.order_of(home)
    names = [each["name"] for each in order.containers] if order else []
    if container is not None and container not in names:
        raise NotFound(f"room {home.name!r} has no container {container!r}")
    shown = names if container is None else [container]
    return [
        Tail(outputs.file_of(home, name), f"[{name}] " if len(shown) > 1 else "") for name in shown
    ]


def _is_over(home: pathlib.Path) -> bool:
    state = records.state_of(home)
    return state is None or state.is_over
