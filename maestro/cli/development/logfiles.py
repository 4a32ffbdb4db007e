"""Files with the complete output of each process, of bounded size: one old file is kept."""

import pathlib

LIMIT_BYTES = 5_000_000


class LogFile:
    """One process's output, line by line."""

    def __init__(self, path: pathlib.Path, *, limit_bytes: int = LIMIT_BYTES) -> None:
        rotate(path)
        self._path = path
        self._limit = limit_bytes
        self._file = path.open("ab")

    def write(self, line: bytes) -> None:
        """Add a line, readable at once by whoever follows the file."""
        if self._file.tell() + len(line) > self._limit:
            self._file.close()
            rotate(self._path)
            self._file = self._path.open("ab")
        self._file.write(line)
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def rotate(path: pathlib.Path) -> None:
    """Make room: what is there becomes the old file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.replace(path.with_name(path.name + ".1"))
