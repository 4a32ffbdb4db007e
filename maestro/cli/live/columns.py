"""The columns of the live table: which of them fit into a terminal, and what stands in them."""

import dataclasses
from collections.abc import Sequence

from rich import cells, text

from maestro.cli.live import overview

GAP = "  "
NAME, OPERATIONS = "scheduler", "operations"
#: Names and operations are as long as users and Maestro make them.
NAME_WIDTH, OPERATIONS_WIDTH = 32, 24
HEADER = "bold"
STYLES = {"ready": "green", "occupied": "cyan", "error": "red", "unready": "yellow"}
#: The order on the screen, which is that of a room's life.
ORDER = (
    NAME,
    "state",
    "wanted",
    "pending",
    "unready",
    "ready",
    "allocated",
    "occupied",
    "active",
    "terminating",
    "error",
    OPERATIONS,
)
#: What a narrow terminal shows as long as possible comes first.
IMPORTANCE = (NAME, "ready", "wanted", OPERATIONS, *overview.STATUSES[1:], "state")


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A title and a cell per fleet."""

    title: str
    cells: tuple[str, ...]

    @property
    def width(self) -> int:
        limit = {NAME: NAME_WIDTH, OPERATIONS: OPERATIONS_WIDTH}.get(self.title, 1000)
        return min(limit, max(cells.cell_len(each) for each in (self.title, *self.cells)))

    @property
    def is_empty(self) -> bool:
        """Whether it tells nothing that its absence would not."""
        return self.title in overview.STATUSES and set(self.cells) <= {"0"}


def table(fleets: Sequence[overview.Fleet], width: int) -> list[text.Text]:
    """A line of titles, and one per fleet."""
    shown = fitting([column(title, fleets) for title in ORDER], width)
    head = [text.Text(title(each), style=HEADER) for each in shown]
    rows = [[cell(each, at) for each in shown] for at in range(len(fleets))]
    return [line(shown, row, width) for row in (head, *rows)]


def column(name: str, fleets: Sequence[overview.Fleet]) -> Column:
    """A column with a cell for every fleet."""
    return Column(name, tuple(value(name, fleet) for fleet in fleets))


def value(name: str, fleet: overview.Fleet) -> str:
    """What a cell says."""
    match name:
        case "scheduler":
            return f"{fleet.name} (paused)" if fleet.paused else fleet.name
        case "state":
            return fleet.state
        case "wanted":
            return str(fleet.wanted)
        case "operations":
            return doings(fleet.operations)
    return str(fleet.rooms.get(name, 0))


def doings(operations: overview.Operations | None) -> str:
    """`add_rooms runs, switch_version parked, 2 pending`"""
    if operations is None:
        return "?"
    said = [f"{name} runs" for name in operations.running]
    said += [f"{name} parked" for name in operations.parked]
    said += [f"{operations.pending} pending"] if operations.pending else []
    return ", ".join(said)


def fitting(columns: Sequence[Column], width: int) -> list[Column]:
    """Those that fit; empty ones go first, then the least important ones; one always stays."""
    least = sorted(columns, key=lambda each: (not each.is_empty, -IMPORTANCE.index(each.title)))
    kept = list(columns)
    for each in least[:-1]:
        if sum(one.width for one in kept) + len(GAP) * (len(kept) - 1) <= width:
            break
        kept.remove(each)
    return kept


def title(shown: Column) -> str:
    return shown.title.capitalize()


def cell(shown: Column, at: int) -> text.Text:
    """One cell, of which nothing catches the eye when it is zero."""
    content = shown.cells[at]
    style = "dim" if content in ("0", "?") else STYLES.get(shown.title, "")
    return text.Text(content, style=style)


def line(shown: Sequence[Column], row: Sequence[text.Text], width: int) -> text.Text:
    """Cells beside each other: words to the left, numbers to the right."""
    joined = text.Text()
    for each, content in zip(shown, row, strict=True):
        joined.append(GAP if joined else "")
        # The last column has what the others leave.
        space = width - joined.cell_len if each.title == OPERATIONS else each.width
        content.truncate(max(0, space))
        is_word = each.title in (NAME, "state", OPERATIONS)
        content.align("left" if is_word else "right", max(0, space))
        joined.append_text(content)
    return joined
