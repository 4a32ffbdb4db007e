"""JSON of others, read without trust: what is of another kind is as if it were not there."""

from collections.abc import Mapping
from typing import Any


def mapping(value: object) -> Mapping[str, Any]:
    """An object."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The objects in a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """Text."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int:
    """A number that is not negative."""
    return max(0, value) if isinstance(value, int) and not isinstance(value, bool) else 0
