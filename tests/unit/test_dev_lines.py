"""Lines of JSON, as people see them."""

from typing import Any

import pytest

from maestro.cli.development import lines

CALM = {"level": "info", "timestamp": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        (CALM | {"event": "listening", "port": 8080}, "listening  port=8080"),
        (
            CALM | {"event": "rooms_added", "scheduler": "demo", "amount": 3},
            "demo  rooms_added  amount=3",
        ),
        (
            CALM | {"event": "operation_finished", "operation": "ab", "status": "finished"},
            "operation_finished  operation=ab status=finished",
        ),
        (CALM | {"event": "stopped"}, "stopped"),
        ({"event": "no_level"}, "no_level"),
        ({"event": "lease_lost", "level": "warning"}, "WARNING  lease_lost"),
        (
            {"event": "ping_failed", "level": "error", "scheduler": "demo", "room": "demo-1"},
            "ERROR  demo  ping_failed  room=demo-1",
        ),
        (CALM | {"event": "x", "reason": "first\nsecond"}, 'x  reason="first\\nsecond"'),
        (CALM | {"event": "x", "reason": "", "until": None, "left": 0}, "x  left=0"),
        (CALM | {"event": "x", "rooms": ["a", "b"]}, 'x  rooms=["a", "b"]'),
        (
            {"event": "x", "level": "error", "exception": "Traceback\n  line\nValueError: no\n"},
            "ERROR  x  exception=ValueError: no",
        ),
    ],
)
def test_an_event_becomes_one_line(fields: dict[str, Any], shown: str) -> None:
    assert lines.render(fields) == shown


@pytest.mark.parametrize("line", ["plain text", "", "{", "[1, 2]", "7", '{"level": "info"}'])
def test_other_lines_report_nothing(line: str) -> None:
    assert lines.parse(line) is None


@pytest.mark.parametrize(
    ("level", "shown"),
    [("debug", False), ("info", True), ("WARNING", True), ("error", True), ("critical", True)],
)
def test_details_are_left_to_the_files(level: str, shown: bool) -> None:
    assert lines.is_shown({"event": "x", "level": level}) is shown


@pytest.mark.parametrize(
    ("definition", "level", "shown"),
    [
        ("health_controller", "info", False),
        ("health_controller", "error", True),
        ("add_rooms", "info", True),
    ],
)
def test_looking_around_is_not_something_that_happens(
    definition: str, level: str, shown: bool
) -> None:
    fields = {"event": "operation_ended", "level": level, "definition": definition}

    assert lines.is_shown(fields) is shown
