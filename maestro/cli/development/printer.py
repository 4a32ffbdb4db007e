"""What is seen of `maestro dev`: a line per thing that happens; everything else goes to files."""

import collections
import contextlib
import os
import pathlib
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from honcho import manager, printer

from maestro.cli.development import lines, logfiles

TAIL_LINES = 20
RED, YELLOW = "31", "33"
COLOURS = {"warning": YELLOW, "error": RED, "critical": RED}


class Printer(printer.Printer):  # type: ignore[misc]
    """Writes lines of processes to their log files and shows those that people want to see."""

    def __init__(self, output: TextIO, logs: pathlib.Path) -> None:
        super().__init__(output)
        self.colour = output.isatty() and "NO_COLOR" not in os.environ
        self._logs = logs
        self._files: dict[str, logfiles.LogFile] = {}
        self._tails: dict[str, collections.deque[str]] = {}
        self._take: Callable[[str], None] = self.show

    def write(self, message: Any) -> None:
        """Take one message of a process, or of honcho about one."""
        if message.name == manager.SYSTEM_PRINTER_NAME:
            self._show(message, message.data)
            return
        self._file(message.name).write(message.data)
        fields = lines.parse(message.data)
        text = lines.render(fields) if fields else message.data.decode(errors="replace").rstrip()
        self._tails.setdefault(message.name, collections.deque(maxlen=TAIL_LINES)).append(text)
        if fields and lines.is_shown(fields):
            self._show(message, self._coloured(text, COLOURS.get(lines.level(fields))))

    def tail(self, name: str) -> str:
        """The last lines of a process, those included that were not shown."""
        return "\n".join(self._tails.get(name, ()))

    @contextlib.contextmanager
    def diverted(self, take: Callable[[str], None]) -> Iterator[None]:
        """Give the lines to somebody else for the length of a block."""
        self._take = take
        try:
            yield
        finally:
            self._take = self.show

    def show(self, line: str) -> None:
        """Print a line."""
        # A closed terminal is no reason to leave the processes alone.
        with contextlib.suppress(OSError):
            print(line, file=self.output, flush=True)

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _show(self, message: Any, text: str) -> None:
        name = self._coloured(message.name.ljust(self.width), message.colour)
        time = message.time.strftime(self.time_format)
        for line in text.splitlines():
            self._take(f"{time} {name} {line}".rstrip())

    def _coloured(self, text: str, colour: str | None) -> str:
        return f"\033[{colour}m{text}\033[0m" if colour and self.colour else text

    def _file(self, name: str) -> logfiles.LogFile:
        if name not in self._files:
            self._files[name] = logfiles.LogFile(self._logs / f"{name}.log")
        return self._files[name]
