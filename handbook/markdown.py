"""The few forms of Markdown that generated pages need."""

import re
from collections.abc import Iterable, Sequence


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table and an empty one; nothing when there are no rows."""
    lines = [_row(row) for row in rows]
    return [_row(titles), "|---" * len(titles) + "|", *lines, ""] if lines else []


def code(text: str) -> str:
    """As it is written, within a sentence."""
    return f"`{text}`" if text else ""


def block(language: str, text: str) -> list[str]:
    """As it is written, on lines of its own."""
    return [f"```{language}", *text.rstrip().splitlines(), "```", ""]


def plain(text: str) -> str:
    """Text in which `<` begins no tag; what stands in backticks stays as it is."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in parts)


def anchor(title: str) -> str:
    """What a link to a title ends with, as both mkdocs and GitHub make it."""
    return re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", title.lower()).strip())


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("\n", " ").replace("|", "\\|") for cell in cells) + " |"
