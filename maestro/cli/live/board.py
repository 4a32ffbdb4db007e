"""
The live table as a picture: an overview and the size of the terminal in, a rich renderable out. It
never is taller than the terminal, as what scrolled away cannot be drawn over.
"""

import itertools
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from rich import console, text

from maestro.cli.live import columns, overview

EVENTS = 12
#: In a terminal that is hardly taller than this, fleets and events matter more than addresses.
FEW_LINES = 16
#: Of each reason why a fleet is in trouble.
TROUBLE_LINES = 2
#: Below this, sentences are cut rather than wrapped.
NARROWEST = 16
TITLE = "bold"
DIM = "dim"


def render(shown: overview.Overview, *, width: int, height: int) -> console.RenderableType:
    """The whole board."""
    head, foot = places(shown, width, height), [text.Text(shown.ending, style=DIM)]
    left = max(0, height - len(head) - len(foot))
    latest = events(shown, rows=min(EVENTS + 1, max(left // 3, left - needed(shown, width))))
    middle = fleets(shown, width, left - len(latest))
    lines = [*head, *middle, *latest, *foot]
    for line in lines:
        line.truncate(width)
    return text.Text("\n", no_wrap=True, end="").join(lines[:height])


def places(shown: overview.Overview, width: int, height: int) -> list[text.Text]:
    """Where everything is, several to a line."""
    given = list(itertools.islice(shown.places.items(), 1 if height <= FEW_LINES else None))
    lines: list[text.Text] = []
    for name, address in given:
        item = text.Text.assemble((name, TITLE), " ", address)
        if lines and len(lines[-1]) + len(item) + 3 <= width:
            lines[-1].append("   ").append(item)
        else:
            lines.append(item)
    return lines + [text.Text()] * bool(lines and height > FEW_LINES)


def needed(shown: overview.Overview, width: int) -> int:
    """How many lines all fleets would take, with an empty one below."""
    return len(troubles(shown, width)) + 2 + max(1, len(shown.fleets or ()))


def fleets(shown: overview.Overview, width: int, rows: int) -> list[text.Text]:
    """The table, shortened to so many lines."""
    notes = troubles(shown, width)[: max(0, rows // 3)]
    if not shown.fleets:
        said = "no schedulers yet" if shown.fleets == () else "waiting for the management API"
        return [*notes, text.Text(said, style=DIM), text.Text()][: max(0, rows)]
    # Above is the header, below the notes and an empty line.
    free = rows - len(notes) - 2
    fitting = len(shown.fleets) if len(shown.fleets) <= free else max(0, free - 1)
    lines = columns.table(shown.fleets[:fitting], width)
    if more := len(shown.fleets) - fitting:
        lines.append(text.Text(f"and {more} more", style=DIM))
    return [*lines, *notes, text.Text()][: max(0, rows)]


def troubles(shown: overview.Overview, width: int) -> list[text.Text]:
    """What is the matter, also with fleets for which the table has no room."""
    said = [f"{fleet.name} is {each}" for fleet in shown.fleets or () for each in fleet.troubles]
    if shown.fleets is not None and not shown.answers:
        said.insert(0, "the management API does not answer; this is how it was")
    return [text.Text(line, style="yellow") for each in said for line in wrapped(each, width)]


def wrapped(sentence: str, width: int) -> list[str]:
    """A sentence on few lines."""
    return textwrap.wrap(
        sentence, max(NARROWEST, width), max_lines=TROUBLE_LINES, placeholder=" ..."
    )


def events(shown: overview.Overview, rows: int) -> list[text.Text]:
    """The last things that happened, under a title."""
    if rows < 2 or not shown.events:
        return []
    return [text.Text("Events", style=TITLE), *coloured(shown.events[-(rows - 1) :])]


def coloured(lines: Sequence[str]) -> Iterator[text.Text]:
    """Lines whose colours are those of a terminal."""
    flat: Iterable[str] = (line.replace("\n", " ").expandtabs(2) for line in lines)
    return (text.Text.from_ansi(line, end="") for line in flat)
