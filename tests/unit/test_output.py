"""What commands print: tables for people, text for pipes, documents for scripts."""

import datetime
import json
from typing import Any

import pytest
from rich.console import Console

from maestro.cli import exits, tables
from maestro.cli.remote import columns, output

NOW = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
OPERATION = {
    "id": "7",
    "schedulerName": "arena",
    "definitionName": "add_rooms",
    "status": "in_progress",
    "lease": {"ttl": "2026-01-01T12:00:15Z"},
    "createdAt": "2026-01-01T11:58:59.500Z",
    "attempt": 2,
}
ROOM = {
    "id": "arena-1",
    "status": "error",
    "ports": [{"name": "game", "port": 7, "protocol": "UDP"}],
    "createdAt": None,
    "instanceStatus": {"type": "error", "description": "\033[2J it\n broke"},
}


def row(shape: Any, item: Any, *, wide: bool = False) -> dict[str, str]:
    shown = columns.chosen(shape, wide=wide)
    (cells,) = columns.rows(shown, [item], NOW)
    return dict(zip([each.title for each in shown], cells, strict=True))


def test_an_operation_is_shown_with_its_age_its_attempt_and_what_it_is_doing() -> None:
    shown = row(columns.OPERATIONS, OPERATION)

    assert shown == {"scheduler": "arena", "id": "7", "kind": "add_rooms", "doing": "running",
                     "age": "1m0s", "attempt": "2"}  # fmt: skip
    assert row(columns.OPERATIONS, OPERATION, wide=True)["lease until"] == "2026-01-01T12:00:15Z"


def test_what_an_older_api_does_not_tell_is_a_dash() -> None:
    older = {name: value for name, value in OPERATION.items() if name != "attempt"}

    assert row(columns.OPERATIONS, older)["attempt"] == "-"
    assert row(columns.ROOMS, {"id": "arena-1"})["ports"] == "-"


@pytest.mark.parametrize(
    ("info", "wanted"),
    [
        ({"roomsReplicas": 3}, "3"),
        ({"autoscaling": {"enabled": True, "min": 1, "max": 5}}, "1..5"),
        ({"autoscaling": {"enabled": True, "min": 1, "max": -1}}, "1.."),
        ({"autoscaling": {"enabled": False, "min": 1, "max": 5}, "roomsReplicas": 2}, "2"),
    ],
)
def test_how_many_rooms_are_wanted(info: dict[str, Any], wanted: str) -> None:
    assert row(columns.INFOS, info)["wanted"] == wanted


def test_nothing_that_a_room_says_is_obeyed_by_a_terminal() -> None:
    shown = row(columns.ROOMS, ROOM, wide=True)

    assert tables.lines([[shown["instance"]]]) == ["error \ufffd[2J it broke"]
    console = Console(width=200)
    with console.capture() as capture:
        console.print(tables.table(["instance"], [[shown["instance"]]]))
    assert "\033[2J" not in capture.get()


def test_pipes_get_columns_without_titles(capsys: pytest.CaptureFixture[str]) -> None:
    items = [ROOM, ROOM | {"id": "arena-10"}]

    output.show_list(items, columns.ROOMS, "table", none="no rooms")

    one, two = capsys.readouterr().out.splitlines()
    assert one.split()[:2] == ["arena-1", "error"]
    assert one.index("error") == two.index("error")


@pytest.mark.parametrize("form", ["json", "yaml", "name", "table", "wide"])
def test_nothing_is_nothing_in_every_form(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.show_list([], columns.ROOMS, form, none="no rooms")

    out, err = capsys.readouterr()
    assert out.strip() == ("[]" if form in ("json", "yaml") else "")
    assert err == ("no rooms\n" if form in ("table", "wide") else "")


def test_a_pipe_is_told_what_is_watched_whenever_it_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "EVERY_S", 0)
    answers: list[Any] = [[1], [1], exits.Away("away"), [2], KeyboardInterrupt()]

    def ask() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    output.again_and_again(ask, lambda found: print(json.dumps(found)), watch=True)

    out, err = capsys.readouterr()
    assert out == "[1]\n[2]\n"
    assert "away" in err
