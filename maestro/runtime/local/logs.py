"""What rooms printed, also those that ended not long ago."""

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
    tails = _tails(home, container)

    def lines() -> Iterator[str]:
        ended = not follow
        while True:
            for tail in tails:
                yield from tail.lines(ended=ended)
            if ended:
                return
            wait(_POLL_S)
            # Once more after the end: something may have been printed in between.
            ended = not _is_alive(home)

    return lines()


class Tail:
    """Reads a bounded file of lines while it is written."""

    def __init__(self, file: pathlib.Path, prefix: str) -> None:
        self._file = file
        self._prefix = prefix
        self._rest = b""
        self._inode = 0
        self._offset = 0

    def lines(self, *, ended: bool) -> Iterator[str]:
        """The lines that are new; when it ended also the last one, though it is not complete."""
        complete, separator, rest = (self._rest + self._new()).rpartition(b"\n")
        self._rest = rest
        if separator:
            yield from map(self._line, complete.split(b"\n"))
        if ended and rest:
            yield self._line(rest)

    def _line(self, line: bytes) -> str:
        return self._prefix + line.decode("utf-8", errors="replace")

    def _new(self) -> bytes:
        return b"".join([self._more(outputs.previous(self._file)), self._more(self._file)])

    def _more(self, file: pathlib.Path) -> bytes: ...


def _home(folder: pathlib.Path, scheduler: str, room: str) -> pathlib.Path:
    if places.is_name(scheduler) and places.is_name(room):
        for above in (folder, folder / places.ENDED):
            if records.order_of(above / scheduler / room):
                return above / scheduler / room
    raise NotFound(f"room {room!r} of scheduler {scheduler!r} has no logs here")
