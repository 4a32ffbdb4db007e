"""How far something is, how long it is followed, and how that ends."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from maestro.cli import exits
from maestro.cli.remote import displays, following, progress
from maestro.cli.remote.progress import Progress


def info(**fields: Any) -> dict[str, Any]:
    return {"name": "arena", "roomsReplicas": 3} | fields


SCALING = {"enabled": True, "min": 2, "max": 4}


@pytest.mark.parametrize(
    ("fields", "done", "total", "is_over"),
    [
        ({}, 0, 3, False),
        ({"roomsReady": 1, "roomsPending": 2}, 1, 3, False),
        ({"roomsReady": 1, "roomsOccupied": 1, "roomsAllocated": 1}, 3, 3, True),
        ({"roomsReady": 2, "roomsError": 1}, 2, 3, False),
        ({"roomsReplicas": 0}, 0, 0, True),
        ({"roomsReady": 4}, 0, 0, False),
        ({"roomsOccupied": 4}, 0, 0, True),
        ({"paused": True}, 0, 0, True),
        ({"autoscaling": SCALING, "roomsReady": 1}, 1, 2, False),
        ({"autoscaling": SCALING, "roomsReady": 3}, 3, 2, True),
        ({"autoscaling": SCALING, "roomsReady": 5}, 0, 0, False),
        ({"autoscaling": SCALING | {"max": -1}, "roomsReady": 500}, 500, 2, True),
        ({"autoscaling": SCALING | {"enabled": False}, "roomsReady": 3}, 3, 3, True),
    ],
)
def test_a_fleet_is_there_when_as_many_rooms_as_wanted_are(
    fields: dict[str, Any], done: int, total: int, is_over: bool
) -> None:
    shown = progress.of_fleet(info(**fields))

    assert (shown.done, shown.total, shown.is_over) == (done, total, is_over)


def test_a_fleet_in_trouble_says_so() -> None:
    shown = progress.of_fleet(info(roomsError=2, crashLoopReason="3 crashes in a row"))

    assert shown.text == "0 of 3 rooms are ready or in use, 2 error; 3 crashes in a row"


def test_rooms_with_matches_are_not_waited_for() -> None:
    shown = progress.of_fleet(info(roomsOccupied=5))

    assert shown.text == "5 rooms, 2 more than wanted until matches in them end"


def test_a_rollout_tells_what_it_waits_for() -> None:
    rollout = {"inProgress": True, "toVersion": "v2.0.0", "roomsDone": 3, "roomsToDo": 1,
               "waitsFor": "1 new rooms to get ready"}  # fmt: skip

    assert progress.of_rollout(rollout) == Progress(
        text="rollout of v2.0.0: waits for 1 new rooms to get ready", done=3, total=4
    )
    assert progress.of_rollout(rollout | {"inProgress": False}).is_over


@pytest.mark.parametrize(
    ("fields", "doing"),
    [
        ({"status": "pending"}, "waiting"),
        ({"status": "in_progress", "lease": {"ttl": "2026-01-01T00:00:00Z"}}, "running"),
        ({"status": "in_progress"}, "parked"),
        ({"status": "in_progress", "cancelRequested": True}, "parked, cancelled"),
        ({"status": "canceled", "cancelRequested": True}, "canceled"),
        ({"status": "finished"}, "finished"),
        ({"status": "something new"}, "something new"),
    ],
)
def test_what_an_operation_is_doing(fields: dict[str, Any], doing: str) -> None:
    assert progress.doing(fields) == doing


def operation(status: str, *events: str) -> dict[str, Any]:
    history = [{"createdAt": "2026-01-01T00:00:00Z", "event": event} for event in events]
    name = "create_new_scheduler_version"
    return {"id": "7", "definitionName": name, "status": status, "executionHistory": history}


def test_an_operation_that_failed_tells_why() -> None:
    failed = operation("error", "Created", "Starting operation", "the image\n\tis broken")

    assert progress.failure(failed).splitlines() == [
        "create_new_scheduler_version 7 ended as error",
        "the image",
        "is broken",
    ]
    assert progress.failure(operation("finished")) == ""


def test_what_an_operation_enqueued_is_followed_too() -> None:
    first = operation("finished", "enqueued switch active version operation with id: 8")

    assert progress.followed_by(first) == "8"
    assert progress.followed_by(operation("finished", "Operation finished")) is None


@pytest.mark.parametrize(
    ("listed", "before"),
    [
        (["v2.0.0*", "v1.0.0"], "v1.0.0"),
        (["v2.0.0", "v1.1.0*", "v1.0.0"], "v1.0.0"),
        (["v1.0.0*"], None),
        (["v2.0.0", "v1.0.0*"], None),
        ([], None),
    ],
)
def test_the_version_to_go_back_to(listed: Sequence[str], before: str | None) -> None:
    versions = [{"version": each.strip("*"), "isActive": each.endswith("*")} for each in listed]

    assert progress.previous(versions) == before


# Following --------------------------------------------------------------------------------------


class Seen:
    """Remembers what is shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []

    def show(self, name: str, shown: Progress) -> None:
        self.shown.append((name, shown.text))


def steps(*texts: str, then: exits.Trouble | None = None) -> Iterator[Progress]:
    for text in texts:
        yield Progress(text=text)
    if then:
        raise then


def never() -> Iterator[Progress]:
    while True:
        yield Progress(text="still")


def follow(timeout_s: float = 60, pause: Any = lambda _: None, **everything: Any) -> Any:
    seen = Seen()
    troubles = following.follow(everything, seen, timeout_s=timeout_s, pause=pause)
    return seen.shown, troubles


def test_several_are_followed_side_by_side() -> None:
    shown, troubles = follow(a=steps("1", "2"), b=steps("3"))

    assert shown == [("a", "1"), ("b", "3"), ("a", "2")]
    assert troubles == {}


def test_one_that_ends_badly_hides_no_other() -> None:
    bad = exits.EndedBadly("broken")

    shown, troubles = follow(a=steps("1", then=bad), b=steps("2", "3"))

    assert shown[-1] == ("b", "3")
    assert troubles == {"a": bad}


def test_the_timeout_names_what_is_open() -> None:
    _, troubles = follow(0, quick=steps(), slow=never())

    assert [(name, each.exit_code) for name, each in troubles.items()] == [("slow", 5)]


def test_ctrl_c_is_no_error_of_what_is_followed() -> None:
    def press(_: float) -> None:
        raise KeyboardInterrupt

    bad = exits.EndedBadly("broken")
    _, troubles = follow(pause=press, slow=never(), broken=steps(then=bad))

    assert troubles["broken"] is bad
    assert (troubles["slow"].exit_code, "goes on" in troubles["slow"].hint) == (130, True)


class Api:
    """Answers in turn; errors are raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def get(self, *_: str, **__: str) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, exits.Trouble):
            raise answer
        return answer


def test_an_api_that_is_away_for_a_moment_is_asked_again() -> None:
    api: Any = Api(exits.Away("away"), {"operation": operation("finished")})

    shown, troubles = follow(it=following.operation(api, "arena", "7"))

    assert [text for _, text in shown] == ["away", "create_new_scheduler_version: finished"]
    assert troubles == {}


def test_an_api_that_stays_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PATIENCE_S", -1)
    api: Any = Api(exits.Away("away"))

    _, troubles = follow(it=following.operation(api, "arena", "7"))

    assert troubles["it"].exit_code == 3


def test_one_that_was_listed_is_over_when_it_left_no_record() -> None:
    gone = exits.Refused("not found", status=404)

    _, troubles = follow(it=following.listed(Api(gone), "arena", "7"))  # type: ignore[arg-type]
    assert troubles == {}

    _, troubles = follow(it=following.operation(Api(gone), "arena", "7"))  # type: ignore[arg-type]
    assert troubles == {"it": gone}


# Showing ----------------------------------------------------------------------------------------


def test_a_pipe_gets_a_line_whenever_something_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = io.StringIO()
    monkeypatch.setattr("sys.stderr", output)
    with displays.display() as shown:
        for text in ("one", "one", "two \033[2J"):
            shown.show("arena", Progress(text=text))

    assert output.getvalue() == "arena: one\narena: two \ufffd[2J\n"


class TestRefusals:
    def test_fields_are_told_one_per_line(self) -> None:
        violation = {"field": "spec.containers[0].image", "description": "must be given"}
        body = {"code": 3, "message": "Validation Error:\nspec…", "details": [
            {"fieldViolations": [violation]}]}  # fmt: skip

        trouble = exits.of_answer(400, body, asked="it")

        assert trouble.message == "refused fields:\nspec.containers[0].image → must be given"
        assert trouble.exit_code == 1

    def test_a_field_whose_reason_is_all_there_is_is_told_once(self) -> None:
        text = "page must be greater than 0"
        body = {"message": text, "details": [
            {"fieldViolations": [{"field": "page", "description": text}]}]}  # fmt: skip

        assert exits.of_answer(400, body, asked="it").message == f"page → {text}"

    @pytest.mark.parametrize(
        ("status", "body", "code"),
        [(503, {"message": "away"}, 3), (502, None, 3), (504, "<html>", 3), (500, None, 1),
         (200, [1], 1), (404, {"message": "none", "details": [7]}, 1), (418, "tea", 1)],
    )  # fmt: skip
    def test_any_answer_means_something(self, status: int, body: Any, code: int) -> None:
        assert exits.of_answer(status, body, asked="it").exit_code == code
