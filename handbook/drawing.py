"""Drawings of boxes and arrows as SVG: readable anywhere, without scripts. Pure."""

import html
from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: What a box stands for → how it is filled and framed.
COLOURS = {
    "people": ("#f3f4f6", "#6b7280"),
    "process": ("#e0e7ff", "#4338ca"),
    "store": ("#dcfce7", "#15803d"),
    "runtime": ("#ffedd5", "#c2410c"),
}
WIDTH, HEIGHT, ACROSS, DOWN, MARGIN = 168, 58, 300, 136, 24
#: Of the words at an arrow: the height of a line, and the width of a letter.
LINE, LETTER = 15, 6.6
STYLE = """
    text { font: 12px sans-serif; fill: #374151; text-anchor: middle; }
    .name { font-size: 14px; font-weight: 600; fill: #111827; }
    line { stroke: #6b7280; stroke-width: 1.5; marker-end: url(#tip); }
"""
TIP = (
    '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto"><path d="M0 0 8 4 0 8z" fill="#6b7280"/></marker>'
)


class Box(NamedTuple):
    """Somebody or something, in a place of the grid; the place may be between two."""

    name: str
    kind: str
    column: float
    row: float
    #: Where it is in the code.
    source: str = ""


class Arrow(NamedTuple):
    """Who begins, whom it reaches, and what it is about."""

    begin: str
    end: str
    says: str
    #: Where along the arrow the words are.
    at: float = 0.5


class Drawing(NamedTuple):
    """A picture with a title for who does not see it."""

    title: str
    boxes: Sequence[Box]
    arrows: Sequence[Arrow]


def svg(drawing: Drawing) -> str:
    """The picture as a file."""
    places = {box.name: box for box in drawing.boxes}
    width = round(max(box.column for box in drawing.boxes) * ACROSS + WIDTH + 2 * MARGIN)
    height = round(max(box.row for box in drawing.boxes) * DOWN + HEIGHT + 2 * MARGIN)
    size = f'viewBox="0 0 {width} {height}" width="{width}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"  <title>{html.escape(drawing.title)}</title>",
        f"  <style>{STYLE}  </style>",
        f"  <defs>{TIP}</defs>",
        f'  <rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>',
        *(_line(places[arrow.begin], places[arrow.end]) for arrow in drawing.arrows),
        *(line for box in drawing.boxes for line in _box(box)),
        *(line for arrow in drawing.arrows for line in _words(arrow, places)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _centre(box: Box) -> tuple[float, float]:
    return (
        box.column * ACROSS + MARGIN + WIDTH / 2,
        box.row * DOWN + MARGIN + HEIGHT / 2,
    )


def _line(begin: Box, end: Box) -> str:
    (x1, y1), (x2, y2) = _edge(begin, end), _edge(end, begin)
    return f'  <line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"/>'


def _edge(box: Box, towards: Box) -> tuple[float, float]:
    """Where the line between two centres leaves the box."""
    (x, y), (to_x, to_y) = _centre(box), _centre(towards)
    wide, high = abs(to_x - x), abs(to_y - y)
    share = min(
        (WIDTH / 2 + 3) / wide if wide else float("inf"),
        (HEIGHT / 2 + 3) / high if high else float("inf"),
    )
    return x + (to_x - x) * share, y + (to_y - y) * share


def _box(box: Box) -> Iterator[str]:
    (fill, frame), (x, y) = COLOURS[box.kind], _centre(box)
    yield (
        f'  <rect x="{x - WIDTH / 2:.0f}" y="{y - HEIGHT / 2:.0f}" width="{WIDTH}" '
        f'height="{HEIGHT}" rx="{HEIGHT // 2 if box.kind == "people" else 8}" fill="{fill}" '
        f'stroke="{frame}" stroke-width="1.5"/>'
    )
    first = y if box.source else y + 5
    yield f'  <text class="name" x="{x:.0f}" y="{first:.0f}">{html.escape(box.name)}</text>'
    if box.source:
        yield f'  <text x="{x:.0f}" y="{y + 17:.0f}">{html.escape(box.source)}</text>'


def _words(arrow: Arrow, places: dict[str, Box]) -> Iterator[str]:
    (x1, y1), (x2, y2) = (
        _edge(places[arrow.begin], places[arrow.end]),
        _edge(places[arrow.end], places[arrow.begin]),
    )
    lines = arrow.says.split("\n")
    x, y = x1 + (x2 - x1) * arrow.at, y1 + (y2 - y1) * arrow.at - LINE * (len(lines) - 1) / 2 + 4
    for number, line in enumerate(lines):
        wide, at = LETTER * len(line), y + number * LINE
        yield (
            f'  <rect x="{x - wide / 2:.0f}" y="{at - LINE + 4:.0f}" width="{wide:.0f}" '
            f'height="{LINE}" fill="#ffffff"/>'
        )
        yield f'  <text x="{x:.0f}" y="{at:.0f}">{html.escape(line)}</text>'
