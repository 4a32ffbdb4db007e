"""A process's line of JSON, as one line for people. Everything else is for the log files."""

import json
from typing import Any

#: Shown in columns of their own, or of no use on a screen.
SHOWN_ELSEWHERE = frozenset(
    {"event", "level", "timestamp", "scheduler", "module", "logger", "exception"}
)
SHOWN_LEVELS = ("info", "warning", "error", "critical")
#: Operations that look whether something is to be done, every few seconds. What they find to be
#: done is an operation of its own.
ROUTINE = ("health_controller", "storage_clean_up")
CALM_LEVELS = ("info", "debug", "")


def parse(line: bytes | str) -> dict[str, Any] | None:
    """The event that a line reports, if it does."""
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) and "event" in fields else None


def is_shown(fields: dict[str, Any]) -> bool:
    """Whether it is worth a line on the screen."""
    if level(fields) in CALM_LEVELS and fields.get("definition") in ROUTINE:
        return False
    return level(fields) in SHOWN_LEVELS


def level(fields: dict[str, Any]) -> str:
    """How bad it is."""
    return str(fields.get("level", "info")).lower()


def render(fields: dict[str, Any]) -> str:
    """`demo  rooms_added  amount=3`"""
    columns = [
        level(fields).upper() if level(fields) not in CALM_LEVELS else "",
        str(fields.get("scheduler") or ""),
        str(fields["event"]),
        " ".join(f"{key}={text(value)}" for key, value in rest(fields).items()),
    ]
    return "  ".join(column for column in columns if column)


def rest(fields: dict[str, Any]) -> dict[str, Any]:
    """What has no column; of a traceback only its end, which says what happened."""
    said = {key: value for key, value in fields.items() if value not in ("", None)}
    kept = {key: value for key, value in said.items() if key not in SHOWN_ELSEWHERE}
    traceback = str(fields.get("exception") or "").strip()
    return kept | ({"exception": traceback.splitlines()[-1]} if traceback else {})


def text(value: Any) -> str:
    """A value on one line."""
    plain = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(plain) if not plain or any(char in plain for char in "\n\r") else plain
