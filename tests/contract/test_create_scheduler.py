"""CreateScheduler: what is accepted, what is refused and how, and that nothing stays behind."""

import dataclasses
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from api import messages
from api.management import examples
from api.management.scheduler_schema import CreateSchedulerRequestSchema
from maestro.domain.schedulers import RoomOccupancy, Scheduler, SchedulerState
from tests.contract import asking, calls
from tests.contract.asking import ask
from tests.contract.calls import Answer, Call
from tests.contract.scheduler_cases import (
    ACCEPTED,
    FORWARDER,
    MINIMAL,
    OCCUPANCY,
    RANGE,
    READ_AS,
    REFUSED,
    REFUSED_TYPES,
    changed,
)
from tests.fakes.services import Services


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return asking.management(services)


@pytest.fixture
def call(calling: Callable[[Services], Call], services: Services) -> Call:
    return calling(services)


@pytest.mark.parametrize(("body", "field"), REFUSED)
def test_a_broken_rule_is_answered_with_the_path_of_its_field(
    call: Call, services: Services, body: dict[str, Any], field: str
) -> None:
    answer = call("CreateScheduler", body)

    assert answer.code == 3
    assert answer.message.startswith("Validation Error:\n")
    assert f"{field}: " in answer.message
    assert field in answer.fields
    assert services.schedulers.stored == {}


@pytest.mark.parametrize(("body", "field"), REFUSED_TYPES)
def test_a_value_of_another_type_is_answered_with_the_path_of_its_field(
    client: FlaskClient, services: Services, body: dict[str, Any], field: str
) -> None:
    answer = ask(client, "POST", "/schedulers", json=body)

    assert (answer.status, answer.body["code"]) == (400, 3)
    assert answer.body["message"].startswith("Validation Error:\n")
    assert f"{field}: " in answer.body["message"]
    assert field in answer.fields
    assert services.schedulers.stored == {}


def test_everything_that_is_missing_is_told_at_once(call: Call) -> None:
    answer = call("CreateScheduler", {})

    assert answer.code == 3
    assert answer.fields == [
        "name",
        "game",
        "spec.terminationGracePeriod",
        "spec.containers",
        "maxSurge",
        "portRange",
    ]


def test_a_scheduler_is_answered_as_a_whole(client: FlaskClient) -> None:
    answer = ask(client, "POST", "/schedulers", json=examples.NEW_SCHEDULER)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.text == json.dumps({"scheduler": examples.SCHEDULER}, separators=(",", ":"))


def test_a_minimal_scheduler_is_answered_with_zeros_and_defaults(call: Call) -> None:
    answer = call("CreateScheduler", MINIMAL)

    assert answer.body["scheduler"] == {
        "name": "small",
        "game": "battle",
        "state": "creating",
        "createdAt": "2026-01-02T03:04:05.678Z",
        "maxSurge": "1",
        "roomsReplicas": 0,
        "spec": {
            "version": "v1.0.0",
            "terminationGracePeriod": "1.500s",
            "containers": [
                {
                    "name": "game",
                    "image": "arena",
                    "imagePullPolicy": "Always",
                    "command": [],
                    "environment": [],
                    "requests": {"memory": "1", "cpu": "1"},
                    "limits": {"memory": "1", "cpu": "1"},
                    "ports": [
                        {
                            "name": "game",
                            "protocol": "sctp",
                            "port": 1,
                            "hostPort": 0,
                            "hostPortRange": RANGE,
                        }
                    ],
                }
            ],
            "toleration": "",
            "affinity": "",
            "restartPolicy": "Never",
        },
        "forwarders": [],
        "annotations": {},
        "labels": {},
        "matchAllocation": {"maxMatches": 1},
    }


@pytest.mark.parametrize(("path", "written", "shown"), READ_AS)
def test_what_is_written_in_many_ways_is_shown_in_one(
    call: Call, path: str, written: Any, shown: Any
) -> None:
    answer = call("CreateScheduler", changed((path, written)))

    expected = changed((path, written if shown is ... else shown))
    scheduler = {
        **expected,
        "state": "creating",
        "createdAt": "2026-01-02T03:04:05.678Z",
        "spec": {**expected["spec"], "version": "v1.0.0"},
    }
    assert answer == Answer(body=calls.without_null({"scheduler": scheduler}))


@pytest.mark.parametrize("body", ACCEPTED)
def test_every_answer_posted_back_means_the_same_scheduler(
    call: Call, services: Services, body: dict[str, Any]
) -> None:
    call("CreateScheduler", body)

    (stored,) = services.schedulers.stored.values()
    answer = call("GetScheduler", {"schedulerName": stored.name}).body["scheduler"]
    read: Scheduler = messages.load(CreateSchedulerRequestSchema(), answer)

    assert read == dataclasses.replace(
        stored,
        state=SchedulerState.CREATING,
        created_at=None,
        spec=dataclasses.replace(stored.spec, version=""),
    )


def test_snake_case_is_read_everywhere(client: FlaskClient, services: Services) -> None:
    def snake(value: Any) -> Any:
        if isinstance(value, list):
            return [snake(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {
            "".join(f"_{char.lower()}" if char.isupper() else char for char in key): snake(each)
            for key, each in value.items()
        }

    body = changed((f"{FORWARDER}.options.metadata", {}))
    answer = ask(client, "POST", "/schedulers", json=snake(body))

    assert answer.status == 200, answer.body
    assert answer.body["scheduler"]["portRange"] == body["portRange"]
    assert answer.body["scheduler"]["autoscaling"] == body["autoscaling"]
    assert answer.body["scheduler"]["spec"]["containers"] == body["spec"]["containers"]


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain", "", "x"]
)
def test_a_body_is_json_whatever_its_content_type_says(
    client: FlaskClient, content_type: str
) -> None:
    body = json.dumps(examples.NEW_SCHEDULER)

    answer = ask(client, "POST", "/schedulers", data=body, headers={"Content-Type": content_type})

    assert answer.status == 200


def test_a_name_that_is_taken_is_a_conflict(call: Call) -> None:
    call("CreateScheduler", examples.NEW_SCHEDULER)

    answer = call("CreateScheduler", examples.NEW_SCHEDULER)

    message = "error creating scheduler arena: name already exists"
    assert answer == Answer(code=6, message=message)


def test_over_http_a_conflict_is_409(client: FlaskClient) -> None:
    ask(client, "POST", "/schedulers", json=examples.NEW_SCHEDULER)

    assert ask(client, "POST", "/schedulers", json=examples.NEW_SCHEDULER).status == 409


def test_a_share_means_the_decimal_that_was_written(call: Call, services: Services) -> None:
    call("CreateScheduler", changed((f"{OCCUPANCY}.readyTarget", 0.1)))

    autoscaling = services.schedulers.stored["arena"].autoscaling
    assert autoscaling is not None
    assert autoscaling.policy.parameters.room_occupancy == RoomOccupancy(
        ready_target=Decimal("0.1"), down_threshold=Decimal("0.99")
    )
