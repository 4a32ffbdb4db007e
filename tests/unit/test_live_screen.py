"""The live table on a terminal: drawn while things run, and gone without a trace afterwards."""

import contextlib
import datetime
import io
import os
import pathlib
import sys
from collections.abc import Iterator

import pytest
from honcho.printer import Message

from maestro.cli.development import live, printer
from maestro.cli.live import screen
from tests.ports import free_port
from tests.terminals import Terminal
from tests.waiting import eventually

AT = datetime.datetime(2026, 1, 1, 10, 31, 7)
HIDE, SHOW, CLEAR = b"\033[?25l", b"\033[?25h", b"\033[2J"


class Closed(io.StringIO):
    """A terminal that its user closed."""

    def write(self, text: str) -> int:
        raise OSError("Input/output error")

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("TERM", "xterm")
    for name in ("COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    with contextlib.closing(Terminal()) as terminal:
        yield terminal


@pytest.fixture
def lines(terminal: Terminal, tmp_path: pathlib.Path) -> Iterator[printer.Printer]:
    with contextlib.closing(printer.Printer(terminal.output, tmp_path)) as lines:
        lines.width = 6
        yield lines


def tell(lines: printer.Printer, text: str) -> None:
    lines.write(Message(type="line", data=text, time=AT, name="system", colour=None))


def shown(lines: printer.Printer) -> contextlib.AbstractContextManager[None]:
    """A table of an API that is not there."""
    address = f"http://127.0.0.1:{free_port()}"
    return live.shown(lines, management_api=address, places={"API page": address})


def test_what_happens_is_seen_in_the_table(terminal: Terminal, lines: printer.Printer) -> None:
    with shown(lines):
        tell(lines, "something happened")

        terminal.shows("something happened")
        terminal.shows("API page")
        terminal.shows("waiting for the management API")
        terminal.shows("Ctrl-C stops everything")


def test_the_lines_stay_when_the_table_is_gone(terminal: Terminal, lines: printer.Printer) -> None:
    with shown(lines):
        for number in range(100):
            tell(lines, f"thing {number}.")
    tell(lines, "the end")
    terminal.shows("the end")

    # Without the codes that draw over what was there.
    left = terminal.raw.rpartition(b"\033[2K")[2].decode().splitlines()
    assert [line.partition("system ")[2] for line in left[-41:]] == [
        *(f"thing {number}." for number in range(60, 100)),
        "the end",
    ]


@pytest.mark.parametrize("end", [KeyboardInterrupt, ValueError, SystemExit])
def test_the_terminal_is_left_as_it_was(
    terminal: Terminal, lines: printer.Printer, end: type[BaseException]
) -> None:
    before = terminal.modes(), sys.stdout, sys.stderr

    with pytest.raises(end), shown(lines):
        raise end
    tell(lines, "the end")
    terminal.shows("the end")

    assert (terminal.modes(), sys.stdout, sys.stderr) == before
    assert terminal.raw.rfind(SHOW) > terminal.raw.rfind(HIDE)
    assert b"\033[?1049h" not in terminal.raw


def test_nothing_is_to_be_restored_when_we_are_killed(
    terminal: Terminal, lines: printer.Printer
) -> None:
    with shown(lines):
        terminal.shows("Ctrl-C stops everything")

        assert terminal.raw.rfind(SHOW) > terminal.raw.rfind(HIDE)


def test_another_size_is_drawn_anew(
    terminal: Terminal, lines: printer.Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = os.terminal_size((100, 30))
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: size)
    with shown(lines):
        tell(lines, f"{'x' * 40} the end of a long line")
        terminal.shows("the end of a long line")
        assert CLEAR not in terminal.raw

        size = os.terminal_size((50, 10))

        terminal.shows(CLEAR)
        seen = len(terminal.raw)
        eventually(lambda: b"Ctrl-C" in terminal.raw[seen:])
        assert b"of a long line" not in terminal.raw[seen:]


def test_a_closed_terminal_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    lines, done = printer.Printer(Closed(), tmp_path), []

    with shown(lines):
        tell(lines, "something happened")
        done.append(True)

    assert done


@pytest.mark.parametrize(
    ("term", "possible"), [("xterm", True), ("dumb", False), ("", False), (None, False)]
)
def test_not_every_terminal_can_show_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, term: str | None, possible: bool
) -> None:
    monkeypatch.delenv("TERM")
    if term is not None:
        monkeypatch.setenv("TERM", term)

    assert screen.is_possible(terminal.output) is possible


def test_a_file_cannot_show_it(tmp_path: pathlib.Path) -> None:
    with (tmp_path / "out").open("w") as file:
        assert not screen.is_possible(file)
