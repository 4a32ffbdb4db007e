"""POST /schedulers: what is accepted, what is refused and how, and that nothing stays behind."""

import dataclasses
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from api import messages
from api.management import examples
from api.management.scheduler_schema import CreateSchedulerRequestSchema
from maestro.domain.schedulers import Scheduler, SchedulerState
from tests.contract import asking
from tests.contract.asking import ask
from tests.contract.scheduler_cases import (
    ACCEPTED,
    FORWARDER,
    MINIMAL,
    RANGE,
    READ_AS,
    REFUSED,
    changed,
)
from tests.fakes.services import Services


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return asking.management(services)


@pytest.mark.parametrize(("body", "field"), REFUSED)
def test_a_broken_rule_is_answered_with_the_path_of_its_field(
    client: FlaskClient, services: Services, body: dict[str, Any], field: str
) -> None:
    answer = ask(client, "POST", "/schedulers", json=body)

    assert (answer.status, answer.body["code"]) == (400, 3)
    assert answer.body["message"].startswith("Validation Error:\n")
    assert f"{field}: " in answer.body["message"]
    assert field in answer.fields
    assert services.schedulers.stored == {}


def test_everything_that_is_missing_is_told_at_once(client: FlaskClient) -> None:
    answer = ask(client, "POST", "/schedulers", data=b"")

    assert answer.status == 400
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


def test_a_minimal_scheduler_is_answered_with_zeros_nulls_and_defaults(client: FlaskClient) -> None:
    answer = ask(client, "POST", "/schedulers", json=MINIMAL)

    assert answer.body["scheduler"] == {
        "name": "small",
        "game": "battle",
        "state": "creating",
        "portRange": None,
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
    client: FlaskClient, path: str, written: Any, shown: Any
) -> None:
    answer = ask(client, "POST", "/schedulers", json=changed((path, written)))

    assert answer.status == 200, answer.body
    expected = changed((path, written if shown is ... else shown))
    assert answer.body["scheduler"] == {
        **expected,
        "state": "creating",
        "createdAt": "2026-01-02T03:04:05.678Z",
        "spec": {**expected["spec"], "version": "v1.0.0"},
    }


@pytest.mark.parametrize("body", ACCEPTED)
def test_every_answer_posted_back_means_the_same_scheduler(
    client: FlaskClient, services: Services, body: dict[str, Any]
) -> None:
    ask(client, "POST", "/schedulers", json=body)

    (stored,) = services.schedulers.stored.values()
    answer = ask(client, "GET", f"/schedulers/{stored.name}").body["scheduler"]
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


def test_a_name_that_is_taken_is_a_conflict(client: FlaskClient) -> None:
    ask(client, "POST", "/schedulers", json=examples.NEW_SCHEDULER)

    answer = ask(client, "POST", "/schedulers", json=examples.NEW_SCHEDULER)

    assert answer.status == 409
    assert answer.body == {
        "code": 6,
        "message": "error creating scheduler arena: name already exists",
        "details": [],
    }
