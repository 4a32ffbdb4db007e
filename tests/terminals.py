"""Terminals for tests: what is written to them is read, and keys can be pressed."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Mapping
from typing import Any

from tests.waiting import eventually

#: The first terminal that the leader of a session opens is the one whose Ctrl-C it gets.
ON_TERMINAL = (
    "import os, sys; os.close(os.open(os.ttyname(0), os.O_RDWR)); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
CODES = re.compile(r"\033\[[0-9;?]*[A-Za-z]")
CTRL_C = b"\x03"


def environment(given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """That of a process on a terminal, whose size is the terminal's and not what readline noted."""
    return {name: value for name, value in given.items() if name not in ("COLUMNS", "LINES")}


def resize(terminal: int, columns: int, lines: int) -> None:
    """Drag the corner of the window."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


class Terminal:
    """A terminal, and all that was ever written to it."""

    def __init__(self) -> None:
        self._screen, theirs = pty.openpty()
        self.resize(100, 30)
        self.output = os.fdopen(theirs, "w")
        self.raw = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def resize(self, columns: int, lines: int) -> None:
        resize(self._screen, columns, lines)

    def modes(self) -> list[Any]:
        return termios.tcgetattr(self._screen)

    def shows(self, text: str | bytes) -> None:
        """Wait until it does."""
        wanted = text if isinstance(text, bytes) else text.encode()
        eventually(lambda: wanted in self.raw, explain=lambda: self.raw.decode(errors="replace"))

    def words(self) -> str:
        """All that was written, without colours and movements."""
        return CODES.sub("", self.raw.decode(errors="replace"))

    def says(self, words: str) -> None:
        """Wait until it does, whatever the colours."""
        eventually(lambda: words in self.words(), explain=self.words)

    def press(self, keys: bytes) -> None:
        os.write(self._screen, keys)

    def run(self, *arguments: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
        """`maestro`, with this as its terminal."""
        return subprocess.Popen(
            [sys.executable, "-c", ON_TERMINAL, "-m", "maestro", *arguments],
            env=environment() | {"TERM": "xterm-256color"} | env,
            stdin=self.output,
            stdout=self.output,
            stderr=self.output,
            start_new_session=True,
        )

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.output.close()
        self._reader.join()
        os.close(self._screen)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._screen, 65536):
                self.raw += data
