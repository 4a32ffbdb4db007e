"""The live table, as a picture of a moment."""

import dataclasses
import io
from typing import Any

import pytest
from rich import console

from maestro.cli.live import board, columns, overview

ROOMS = {"ready": 3, "occupied": 2, "pending": 1}
WORK = overview.Operations(running=("add_rooms",), parked=("switch_active_version",), pending=2)
DEMO = overview.Fleet(name="demo", state="in-sync", wanted=6, rooms=ROOMS, operations=WORK)
PLACES = {"API page": "http://127.0.0.1:8080/docs", "Flower": "http://127.0.0.1:5555"}
SHOWN = overview.Overview(
    fleets=(DEMO,),
    answers=True,
    events=tuple(f"10:31:{second:02} worker  thing {second}" for second in range(30)),
    places=PLACES,
    ending="Ctrl-C stops everything",
)


def picture(width: int = 160, height: int = 40, **changes: Any) -> str:
    """What the terminal shows."""
    terminal = console.Console(record=True, width=width, height=height, file=io.StringIO())
    shown = dataclasses.replace(SHOWN, **changes)
    terminal.print(board.render(shown, width=width, height=height))
    return terminal.export_text()


def many(amount: int) -> tuple[overview.Fleet, ...]:
    return tuple(dataclasses.replace(DEMO, name=f"fleet-{number:02}") for number in range(amount))


def cells(shown: str, name: str) -> dict[str, str]:
    """A row of the table, by the titles above it."""
    lines = [line.split("  ") for line in shown.splitlines()]
    words = [[word.strip() for word in line if word.strip()] for line in lines]
    titles = next(line for line in words if line[:1] == ["Scheduler"])
    row = next(line for line in words if line[:1] == [name])
    return dict(zip(titles, row, strict=True))


def test_a_fleet_is_a_row_with_its_rooms_and_operations() -> None:
    assert cells(picture(), "demo") == {
        "Scheduler": "demo",
        "State": "in-sync",
        "Wanted": "6",
        "Pending": "1",
        "Unready": "0",
        "Ready": "3",
        "Allocated": "0",
        "Occupied": "2",
        "Active": "0",
        "Terminating": "0",
        "Error": "0",
        "Operations": "add_rooms runs, switch_active_version parked, 2 pending",
    }


def test_it_says_where_everything_is_and_how_to_stop_it() -> None:
    shown = picture()

    assert "API page http://127.0.0.1:8080/docs   Flower http://127.0.0.1:5555" in shown
    assert shown.rstrip().endswith("Ctrl-C stops everything")


def test_the_last_events_are_shown_in_order() -> None:
    shown = [line for line in picture().splitlines() if line.startswith("10:")]

    assert shown == [f"10:31:{second} worker  thing {second}" for second in range(18, 30)]


def test_colours_of_lines_are_colours_of_the_picture() -> None:
    shown = picture(events=("10:31:07 \033[36mworker\033[0m \033[31mERROR  x\033[0m",))

    assert "10:31:07 worker ERROR  x" in shown


@pytest.mark.parametrize("height", [1, 2, 5, 8, 12, 24, 50])
@pytest.mark.parametrize("width", [1, 10, 40, 80, 200])
@pytest.mark.parametrize("amount", [0, 1, 7, 100])
def test_it_never_is_larger_than_the_terminal(width: int, height: int, amount: int) -> None:
    troubled = tuple(dataclasses.replace(each, troubles=("frozen: " * 9,)) for each in many(amount))

    lines = picture(width, height, fleets=troubled).splitlines()

    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)


def test_a_narrow_terminal_leaves_out_what_tells_least() -> None:
    assert cells(picture(70), "demo").keys() == {
        "Scheduler", "Wanted", "Pending", "Ready", "Occupied", "Operations"
    }  # fmt: skip
    assert cells(picture(30), "demo") == {"Scheduler": "demo", "Wanted": "6", "Ready": "3"}


def test_rooms_in_error_are_kept_when_it_is_narrow() -> None:
    broken = dataclasses.replace(DEMO, rooms=ROOMS | {"error": 4})

    assert cells(picture(60, fleets=(broken,)), "demo")["Error"] == "4"


def test_of_many_fleets_the_first_are_shown_and_the_rest_counted() -> None:
    shown = picture(height=24, fleets=many(50))

    rows = [line for line in shown.splitlines() if line.startswith("fleet-")]
    assert [row[:8] for row in rows] == [f"fleet-{number:02}" for number in range(len(rows))]
    assert len(rows) >= 8
    assert f"and {50 - len(rows)} more" in shown
    assert "thing 29" in shown


def test_fleets_that_fit_are_all_shown() -> None:
    shown = picture(height=40, fleets=many(15))

    assert shown.count("fleet-") == 15
    assert "more" not in shown


@pytest.mark.parametrize("amount", [2, 50])
def test_troubles_are_told_also_of_fleets_without_a_row(amount: int) -> None:
    *fine, last = many(amount)
    troubled = dataclasses.replace(last, troubles=("frozen: 9 of 10 rooms are silent",))

    shown = picture(height=24, fleets=(*fine, troubled))

    assert f"{last.name} is frozen: 9 of 10 rooms are silent" in shown


def test_a_paused_fleet_is_marked() -> None:
    assert "demo (paused)" in picture(40, fleets=(dataclasses.replace(DEMO, paused=True),))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fleets": None, "answers": False}, "waiting for the management API"),
        ({"fleets": ()}, "no schedulers yet"),
        ({"answers": False}, "the management API does not answer; this is how it was"),
    ],
)
def test_what_is_not_known_is_said(changes: dict[str, Any], said: str) -> None:
    assert said in picture(**changes)


def test_operations_that_were_not_asked_for_are_not_none() -> None:
    assert columns.doings(None) == "?"
    assert columns.doings(overview.Operations()) == ""


def test_names_in_other_scripts_keep_the_columns_straight() -> None:
    wide = dataclasses.replace(DEMO, name="竞技场")

    lines = picture(fleets=(wide,)).splitlines()

    row = next(line for line in lines if line.startswith("竞技场"))
    assert row.index("in-sync") + 3 == lines[lines.index(row) - 1].index("State")
