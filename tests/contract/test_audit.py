"""Every request that may change something leaves one line, over HTTP and over gRPC."""

from collections.abc import Callable
from typing import Any

import pytest
import structlog

from tests.contract.calls import Call
from tests.contract.management_cases import ARENA, NAMED, fleets
from tests.fakes.services import Services

Calling = Callable[[Services], Call]


@pytest.fixture
def call(calling: Calling) -> Call:
    return calling(fleets())


def audited(call: Call, name: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines that a call leaves."""
    with structlog.testing.capture_logs() as lines:
        call(name, asked)
    return [dict(line) for line in lines if line["event"] == "audit"]


@pytest.mark.parametrize(
    ("name", "asked", "operation"),
    [
        ("DeleteScheduler", ARENA, "delete-arena"),
        ("PatchScheduler", NAMED | {"maxSurge": "3"}, "edit-arena"),
        ("SwitchActiveVersion", ARENA | {"version": "v1.0.0"}, "edit-arena"),
    ],
)
def test_it_tells_what_was_asked_from_where_and_what_came_of_it(
    call: Call, name: str, asked: dict[str, Any], operation: str
) -> None:
    (line,) = audited(call, name, asked)

    assert "arena" in line["what"]
    assert line["outcome"] in ("200", "OK")
    assert line["operation"] == operation
    assert "127.0.0.1" in line["source"]
    assert line["who"] == "anybody"


def test_a_refusal_is_told_with_its_reason(call: Call) -> None:
    (line,) = audited(call, "DeleteScheduler", {"schedulerName": "none"})

    assert line["outcome"] in ("404", "NOT_FOUND")
    assert line["reason"] == "scheduler none not found"
    assert "operation" not in line


def test_nothing_of_a_body_is_told(call: Call) -> None:
    secret = {"annotations": {"key": "a secret"}}

    (line,) = audited(call, "PatchScheduler", NAMED | secret)

    assert "a secret" not in str(line)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("GetScheduler", ARENA),
        ("GetScheduler", {"schedulerName": "none"}),
        ("ListSchedulers", {}),
        ("ListRooms", ARENA),
    ],
)
def test_who_only_reads_leaves_none(call: Call, name: str, asked: dict[str, Any]) -> None:
    assert audited(call, name, asked) == []
