"""Rows of text: as a table on a terminal, elsewhere one line each, in columns, without titles."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from maestro.cli.exits import printable

if TYPE_CHECKING:
    from rich.table import Table

Rows = Sequence[Sequence[str]]
#: What a word in a cell is worth to the eye.
STYLES = {
    "running": "green", "ready": "green", "in-sync": "green", "finished": "green", "*": "green",
    "parked": "yellow", "pending": "yellow", "creating": "yellow", "unready": "yellow",
    "terminating": "yellow", "occupied": "cyan", "active": "cyan", "allocated": "cyan",
    "silent": "bold red", "error": "bold red", "on-error": "bold red", "canceled": "dim",
}  # fmt: skip


def show(titles: Sequence[str], rows: Rows, *, folded: Sequence[str] = ()) -> None:
    """Print rows. `folded`: titles of columns that may break over several lines."""
    if not sys.stdout.isatty():
        for line in lines(rows):
            click.echo(line)
        return
    # Only needed here, and slow to import.
    from rich.console import Console

    Console().print(table(titles, rows, folded=folded))


def table(titles: Sequence[str], rows: Rows, *, folded: Sequence[str] = ()) -> "Table":
    """For terminals."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for title in titles:
        shown.add_column(title, no_wrap=title not in folded, overflow="fold")
    for row in rows:
        cells = [cell(each) for each in row]
        shown.add_row(*(Text(each, style=STYLES.get(each, "")) for each in cells))
    return shown


def lines(rows: Rows) -> list[str]:
    """For files and pipes."""
    shown = [[cell(each) for each in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return [
        "  ".join(f"{each:{width}}" for each, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    ]


def cell(text: str) -> str:
    """In one line, and without what a terminal would obey."""
    return printable(" ".join(text.split()))


def fields(shown: Mapping[str, str]) -> list[str]:
    """A name and a value per line."""
    width = max(map(len, shown))
    return [f"{name:{width}}  {cell(value)}" for name, value in shown.items()]
