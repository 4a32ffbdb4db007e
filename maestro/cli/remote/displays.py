"""Progress on stderr: bars on a terminal, elsewhere a line whenever something changed."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from maestro.cli import exits
from maestro.cli.remote.following import Display
from maestro.cli.remote.progress import Progress

if TYPE_CHECKING:
    from rich import progress


class Lines:
    """For pipes and files."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def show(self, name: str, shown: Progress) -> None:
        line = f"{name}: {exits.printable(shown.text)}"
        if self._said.get(name) != line:
            self._said[name] = line
            click.echo(line, err=True)


class Bars:
    """One bar each, drawn over and over."""

    def __init__(self, bars: "progress.Progress") -> None:
        self._bars = bars
        self._tasks: dict[str, progress.TaskID] = {}

    def show(self, name: str, shown: Progress) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, text="")
        self._bars.update(
            self._tasks[name],
            # Without a total the bar only shows that something happens.
            total=shown.total or (1 if shown.is_over else None),
            completed=1 if shown.is_over and not shown.total else min(shown.done, shown.total),
            text=exits.printable(shown.text),
            refresh=True,
        )


@contextlib.contextmanager
def display() -> Iterator[Display]:
    """The one that fits where stderr leads to."""
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield Lines()
        return
    # Only needed here, and slow to import.
    from rich import console, progress

    columns = (
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}", markup=False, style="bold"),
        progress.BarColumn(bar_width=24),
        progress.TaskProgressColumn(show_speed=False),
        progress.TimeElapsedColumn(),
        progress.TextColumn("{task.fields[text]}", markup=False),
    )
    with progress.Progress(*columns, console=console.Console(stderr=True)) as bars:
        yield Bars(bars)
