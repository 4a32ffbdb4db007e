"""
What a container prints, in a file that does not grow for ever.

Known to the keeper: nothing but the standard library is imported here.
"""

import contextlib
import os
import pathlib

LIMIT = 1024 * 1024
SUFFIX = ".log"
PREVIOUS = ".1"


def file_of(room: pathlib.Path, container: str) -> pathlib.Path:
    """Where the newest output of a container is; what precedes it bears a suffix more."""
    return room / f"{container}{SUFFIX}"


def previous(file: pathlib.Path) -> pathlib.Path:
    """Where the output before that of `file` is."""
    return file.with_name(file.name + PREVIOUS)


class BoundedFile:
    """Keeps the newest one to two times `LIMIT` bytes, about, of what is written to it."""

    def __init__(self, file: pathlib.Path) -> None:
        self._path = file
        self._file = self._open()

    def write(self, data: bytes) -> None:
        """Add to the file; on a full disk the text is lost, but the room goes on."""
        with contextlib.suppress(OSError):
            room = LIMIT - os.fstat(self._file).st_size
            if len(data) <= room:
                os.write(self._file, data)
                return
            # Between two lines, so that who reads a file has whole ones.
            cut = data.rfind(b"\n", 0, max(room, 0)) + 1 or data.find(b"\n") + 1
            os.write(self._file, data[:cut])
            self._begin_anew()
            os.write(self._file, data[cut:])

    def close(self) -> None:
        """No more comes."""
        os.close(self._file)

    def _begin_anew(self) -> None:
        os.replace(self._path, previous(self._path))
        full, self._file = self._file, self._open()
        os.close(full)

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
