"""Lengths of time, as people read them."""

import datetime


def text(length: datetime.timedelta) -> str:
    """A length of time in its two largest units."""
    seconds = max(0, int(length.total_seconds()))
    for unit, smaller, size, part in (("d", "h", 86400, 3600), ("h", "m", 3600, 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}{seconds % size // part}{smaller}"
    return f"{seconds // 60}m{seconds % 60}s" if seconds >= 60 else f"{seconds}s"
