"""Whatever a request sets going bears its id, and nothing else does."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from maestro import logs, request_ids
from maestro.domain.operations import AddRooms, HealthController, Operation, TestOperation
from maestro.ports.storage import Stage
from maestro.runtime import marks
from maestro.services.concurrently import for_each
from tests import make
from tests.fakes.maestro import FakeMaestro


@pytest.fixture
def maestro() -> FakeMaestro:
    return FakeMaestro()


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    """What is logged, with what is bound to it."""
    with structlog.testing.capture_logs(processors=logs.BOUND) as entries:
        yield entries


def operations(maestro: FakeMaestro, kind: str) -> list[Operation]:
    found, _ = maestro.operations.page("arena", Stage.FINAL, descending=True, limit=1000)
    return [each for each in found if kind == each.definition.NAME]


def create(maestro: FakeMaestro, request_id: str) -> None:
    with request_ids.bound(request_id):
        maestro.management.schedulers.create(make.scheduler())


def test_the_rooms_of_a_new_fleet_go_back_to_the_request_that_created_it(
    maestro: FakeMaestro,
) -> None:
    create(maestro, "create-it")

    maestro.settle()

    for kind in ("create_scheduler", "health_controller", "add_rooms"):
        assert [each.request_id for each in operations(maestro, kind)] == ["create-it"], kind


def test_what_nobody_asked_for_goes_back_to_nobody(maestro: FakeMaestro) -> None:
    create(maestro, "create-it")
    maestro.settle()

    maestro.enqueue(HealthController())
    maestro.ping_all()
    lost = maestro.rooms.all("arena")[0].id
    maestro.fake_runtime.gone("arena", lost)
    maestro.look()
    maestro.settle()

    assert operations(maestro, "add_rooms")[0].request_id == ""


def test_a_promise_that_the_sweep_keeps_remembers_its_request(
    maestro: FakeMaestro, lines: list[Any]
) -> None:
    operation = make.operation(TestOperation(), request_id="promised")
    maestro.schedulers.create(make.scheduler(), operation)

    maestro.sweep.once()

    assert maestro.operations.get("arena", operation.id).request_id == "promised"
    kept = [line for line in lines if line["event"] in ("operation_enqueued", "promise_kept")]
    assert [line["request_id"] for line in kept] == ["promised", "promised"]


def test_every_line_of_an_operation_tells_its_ids(maestro: FakeMaestro, lines: list[Any]) -> None:
    create(maestro, "create-it")
    maestro.settle()
    with request_ids.bound("more-rooms"):
        operation = maestro.enqueue(AddRooms(amount=2))
    del lines[:]

    maestro.worker().run_next("arena")

    told = {line["event"]: line for line in lines}
    assert {"operation_started", "rooms_added", "operation_ended"} <= told.keys()
    for line in lines:
        assert (line["request_id"], line["scheduler"], line["operation"]) == (
            "more-rooms",
            "arena",
            operation.id,
        )


def test_calls_that_are_made_at_once_are_made_for_the_same_request() -> None:
    with (
        request_ids.bound("at-once"),
        structlog.contextvars.bound_contextvars(scheduler="arena"),
    ):
        answers = for_each(
            range(5),
            lambda _: (request_ids.current(), structlog.contextvars.get_contextvars()),
        )

    assert [answer for _, answer in answers] == [("at-once", {"scheduler": "arena"})] * 5
    assert request_ids.current() == ""


def test_a_pod_tells_the_request_that_it_goes_back_to() -> None:
    scheduler = make.scheduler(annotations={marks.REQUEST: "made up"})

    told = marks.annotations(make.new_room(request_id="request-1"), scheduler)

    assert told[marks.REQUEST] == "request-1"
    assert marks.REQUEST not in marks.annotations(make.new_room(), make.scheduler())
