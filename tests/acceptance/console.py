"""
The examples of a page, and a shell that tries them as a reader would: in order, on a terminal.

A block `console` holds commands (`$ `) and what they print: `...` is anything, also whole lines,
and blanks count alike. A block with a title is a file that the reader saves. A comment in front of
a block says that it is not run, and why, or that a command is to be run again until it prints this.
"""

import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import NamedTuple, Self

from tests import terminals

FENCE = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*) -->\n)?"
    r'^```(?P<language>\w*)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)
NOT_RUN = "not run: "
AGAIN = "run again until it is so"
LINES, COLUMNS = 50, 140
PATIENCE_S = 60.0
BETWEEN_S = 0.3


class File(NamedTuple):
    """What the reader saves."""

    name: str
    text: str


class Command(NamedTuple):
    """What the reader types, and then sees."""

    text: str
    prints: str
    again: bool


class Skipped(NamedTuple):
    """A block that is not tried."""

    text: str
    reason: str


Step = File | Command | Skipped


def steps(page: str) -> Iterator[Step]:
    """All examples of a page, in order."""
    for found in FENCE.finditer(page):
        mark, text = found["mark"] or "", found["text"]
        if found["title"]:
            yield File(found["title"], text)
        elif found["language"] == "console" and mark.startswith(NOT_RUN):
            yield Skipped(text, mark.removeprefix(NOT_RUN))
        elif found["language"] == "console":
            yield from _commands(text, again=mark == AGAIN)


def _commands(text: str, *, again: bool) -> Iterator[Command]:
    typed, printed = "", list[str]()
    for line in [*text.splitlines(), "$ "]:
        if typed.endswith("\\"):
            typed += f"\n{line}"
        elif line.startswith("$ "):
            if typed:
                yield Command(typed, "\n".join(printed), again)
            typed, printed = line.removeprefix("$ "), []
        else:
            printed.append(line)


def is_as_told(printed: str, told: str) -> bool:
    """Whether the page tells what was printed; nothing told means that nothing is promised."""
    if not told.strip():
        return True
    pattern = "".join(
        # A line of its own stands for any lines, also none.
        r"(?:[^\n]*\n)*?" if line.split() == ["..."] else f"{_line(line)}\n"
        for line in told.strip().splitlines()
    )
    lines = (" ".join(line.split()) for line in printed.splitlines())
    return bool(re.fullmatch(pattern, "".join(f"{line}\n" for line in lines if line)))


def _line(told: str) -> str:
    return r"[^\n]*".join(
        re.escape(part) for part in re.split(r" ?\.\.\. ?", " ".join(told.split()))
    )


class Shell:
    """One bash, for the length of a with-block; what it starts believes to be on a terminal."""

    def __init__(self, folder: pathlib.Path, environment: Mapping[str, str]) -> None:
        self._screen, theirs = pty.openpty()
        terminals.resize(theirs, COLUMNS, LINES)
        self._process = subprocess.Popen(
            ["bash", "--norc"],
            cwd=folder,
            env=terminals.environment(environment) | {"TERM": "xterm"},
            stdin=subprocess.PIPE,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        # With whatever it still runs in the background.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._screen)

    def type(self, text: str) -> tuple[int, str]:
        """The exit code of a command, and what it printed."""
        assert self._process.stdin
        end = f"end of command {time.monotonic_ns()}"
        # In braces it keeps what it sets, and does not read the commands that follow.
        self._process.stdin.write(f'{{ {text}\n}} </dev/null\necho "{end} $?"\n'.encode())
        self._process.stdin.flush()
        printed, deadline = "", time.monotonic() + PATIENCE_S
        while not (found := re.search(rf"{end} (\d+)\r?\n", printed)):
            assert time.monotonic() < deadline, f"{text} goes on after {PATIENCE_S} s:\n{printed}"
            if select.select([self._screen], [], [], BETWEEN_S)[0]:
                printed += os.read(self._screen, 65536).decode(errors="replace")
        return int(found[1]), terminals.CODES.sub("", printed[: found.start()]).replace("\r", "\n")
