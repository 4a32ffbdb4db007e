"""Maestro on a terminal: a table while it runs, and a terminal as it was afterwards."""

import contextlib
import os
import pathlib
import pty
import re
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator

import pytest

from tests.acceptance.bodies import fleet
from tests.acceptance.system import START_S, STOP_S, System, soon
from tests.terminals import CODES, ON_TERMINAL, environment, resize


class OnTerminal(System):
    """One `maestro dev` that is looked at and typed to."""

    def __init__(self, folder: pathlib.Path, *arguments: str, demo: bool = False) -> None:
        super().__init__(folder, *arguments, demo=demo)
        self._screen, self.theirs = pty.openpty()
        self.resize(140, 40)

    def start(self) -> None:
        """Start, and wait until the API answers."""
        ports = {f"MAESTRO_{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        self._process = subprocess.Popen(
            [sys.executable, "-c", ON_TERMINAL, "-m", "maestro", "dev",
             "--data-dir", str(self.folder), *self._arguments],
            env=environment() | ports | {"TERM": "xterm-256color"},
            stdin=self.theirs,
            stdout=self.theirs,
            stderr=self.theirs,
            start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()
        soon(self.answers, within_s=START_S, explain=self.text)

    def resize(self, columns: int, lines: int) -> None:
        """Drag the corner of the window."""
        resize(self._screen, columns, lines)

    def press(self, key: bytes) -> None:
        os.write(self._screen, key)

    def ended(self) -> int:
        """The exit code."""
        assert self._process
        return self._process.wait(STOP_S)

    def words(self) -> str:
        """What it printed so far, without colours and movements."""
        return CODES.sub("", self.text())

    def end(self) -> None:
        super().end()
        os.close(self.theirs)

    def _read(self) -> None:
        with self.output.open("ab", buffering=0) as output, contextlib.suppress(OSError):
            while data := os.read(self._screen, 65536):
                output.write(data)


@contextlib.contextmanager
def on_terminal(folder: pathlib.Path, *arguments: str) -> Iterator[OnTerminal]:
    """A system on a terminal, which ends with the block."""
    system = OnTerminal(folder, *arguments)
    try:
        system.start()
        yield system
    finally:
        system.end()


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "data"


def test_a_terminal_shows_a_table_and_is_left_as_it_was(folder: pathlib.Path) -> None:
    with on_terminal(folder) as system:
        modes = termios.tcgetattr(system.theirs)

        # When there is a fleet, then it is seen with its rooms, and what happened
        system.post("/schedulers", fleet("arena", 2, first_port=21200))
        row = re.compile(r"arena +in-sync +2 +0 +0 +2 ")
        soon(lambda: row.search(system.words()), within_s=30, explain=system.words)
        for text in ("Scheduler", "API page http://127", "Events", "Ctrl-C stops everything"):
            assert text in system.words()

        # When the terminal gets narrow, then what tells least is left out
        seen = len(system.words())
        system.resize(50, 20)
        narrow = re.compile(r"Scheduler +State +Wanted +Ready +Operations")
        soon(lambda: narrow.search(system.words()[seen:]), explain=system.words)

        # When somebody presses Ctrl-C, then nothing is left but the last lines
        system.press(b"\x03")
        assert system.ended() == 0
        soon(lambda: system.words().rstrip().endswith("everything has stopped"))
        assert "asked to stop" in system.words()[system.words().rindex("Ctrl-C stops") :]
        assert system.text().rindex("\033[?25h") > system.text().rindex("\033[?25l")
        assert termios.tcgetattr(system.theirs) == modes
        assert system.processes() == []


def test_lines_are_printed_for_who_prefers_them(folder: pathlib.Path) -> None:
    with on_terminal(folder, "--plain") as system:
        soon(lambda: "Maestro runs." in system.words(), within_s=30, explain=system.words)

        system.press(b"\x03")

        assert system.ended() == 0
        soon(lambda: system.words().rstrip().endswith("everything has stopped"))
        assert "\033[?25l" not in system.text()
        assert "Ctrl-C stops everything, rooms included" in system.words()
