"""What is seen, and what is only written down."""

import datetime
import io
import pathlib
from collections.abc import Callable, Iterator

import pytest
from honcho.printer import Message

from maestro.cli.development import logfiles, printer

AT = datetime.datetime(2026, 1, 1, 10, 31, 7)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def line(data: bytes | str, *, name: str = "worker") -> Message:
    return Message(type="line", data=data, time=AT, name=name, colour="36")


Make = Callable[[io.StringIO], printer.Printer]


@pytest.fixture
def make(tmp_path: pathlib.Path) -> Iterator[Make]:
    made: list[printer.Printer] = []

    def screen_on(output: io.StringIO) -> printer.Printer:
        made.append(printer.Printer(output, tmp_path))
        made[-1].width = 8
        return made[-1]

    yield screen_on
    for screen in made:
        screen.close()


def test_an_event_is_shown_and_written_down(make: Make, tmp_path: pathlib.Path) -> None:
    output = io.StringIO()
    raw = b'{"event": "rooms_added", "level": "info", "scheduler": "demo", "amount": 3}\n'

    make(output).write(line(raw))

    assert output.getvalue() == "10:31:07 worker   demo  rooms_added  amount=3\n"
    assert (tmp_path / "worker.log").read_bytes() == raw


@pytest.mark.parametrize("raw", [b"plain \xff text\n", b'{"event": "x", "level": "debug"}\n'])
def test_the_rest_is_only_written_down(make: Make, tmp_path: pathlib.Path, raw: bytes) -> None:
    output = io.StringIO()

    make(output).write(line(raw))

    assert output.getvalue() == ""
    assert (tmp_path / "worker.log").read_bytes() == raw


def test_what_honcho_says_is_shown(make: Make, tmp_path: pathlib.Path) -> None:
    output = io.StringIO()

    make(output).write(line("worker started\n", name="system"))

    assert "worker started" in output.getvalue()
    assert list(tmp_path.iterdir()) == []


def test_the_last_lines_include_those_that_were_not_shown(make: Make) -> None:
    screen = make(io.StringIO())
    for number in range(30):
        screen.write(line(b"plain %d\n" % number))
    screen.write(line(b'{"event": "crashed", "level": "error"}\n'))

    tail = screen.tail("worker").splitlines()

    assert tail == [*(f"plain {number}" for number in range(11, 30)), "ERROR  crashed"]
    assert screen.tail("silent") == ""


def test_a_terminal_gets_colours_and_a_file_does_not(make: Make) -> None:
    terminal, file = Terminal(), io.StringIO()
    for output in (terminal, file):
        make(output).write(line(b'{"event": "x", "level": "error"}\n'))

    assert terminal.getvalue() == "10:31:07 \033[36mworker  \033[0m \033[31mERROR  x\033[0m\n"
    assert file.getvalue() == "10:31:07 worker   ERROR  x\n"


def test_colours_can_be_refused(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()

    make(terminal).write(line(b'{"event": "x", "level": "error"}\n'))

    assert "\033" not in terminal.getvalue()


def test_a_closed_terminal_stops_nothing(make: Make) -> None:
    make(Closed()).write(line(b'{"event": "x"}\n'))


def test_lines_can_go_elsewhere_for_a_while(make: Make) -> None:
    output, taken = io.StringIO(), list[str]()
    screen = make(output)

    with screen.diverted(taken.append):
        screen.write(line("one\ntwo\n", name="system"))
    screen.write(line("three\n", name="system"))

    assert taken == ["10:31:07 system   one", "10:31:07 system   two"]
    assert output.getvalue() == "10:31:07 system   three\n"


def test_a_log_begins_anew_and_keeps_the_last_one(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "worker.log"
    for number in range(3):
        file = logfiles.LogFile(path)
        file.write(b"start %d\n" % number)
        file.close()

    assert path.read_bytes() == b"start 2\n"
    assert (tmp_path / "worker.log.1").read_bytes() == b"start 1\n"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_log_never_grows_beyond_its_limit(tmp_path: pathlib.Path) -> None:
    file = logfiles.LogFile(tmp_path / "worker.log", limit_bytes=100)
    for number in range(100):
        file.write(b"line number %3d\n" % number)
    file.close()

    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    assert (tmp_path / "worker.log").read_bytes().endswith(b"line number  99\n")
    assert len(list(tmp_path.iterdir())) == 2
