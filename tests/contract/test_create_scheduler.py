"""POST /schedulers: what is accepted, what is refused and how, and that nothing stays behind."""

import copy
import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from api import messages
from api.management import examples
from api.management.app import create_app
from api.management.scheduler_schema import CreateSchedulerRequestSchema
from maestro.domain.schedulers import Scheduler, SchedulerState
from tests.fakes.services import Services

LIMIT = 1024 * 1024
ABSENT = object()
CONTAINER = "spec.containers.0"
PORT = f"{CONTAINER}.ports.0"
VARIABLE = f"{CONTAINER}.environment.0"
POLICY = "autoscaling.policy"
OCCUPANCY = f"{POLICY}.parameters.roomOccupancy"
FORWARDER = "forwarders.0"


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services, body_limit=LIMIT).test_client()


def changed(*changes: tuple[str, Any]) -> dict[str, Any]:
    """The body of the example, with other values at some paths."""
    body = copy.deepcopy(examples.NEW_SCHEDULER)
    for path, value in changes:
        *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
        place: Any = body
        for part in parents:
            place = place[part]
        if value is ABSENT:
            del place[last]
        else:
            place[last] = value
    return body


def fields_of(answer: Mapping[str, Any]) -> list[str]:
    """Paths of the fields that an answer complains about."""
    return [
        violation["field"]
        for detail in answer["details"]
        for violation in detail["fieldViolations"]
    ]


def json_path(path: str) -> str:
    """`spec.containers.0.image` as answers spell it: `spec.containers[0].image`."""
    first, *rest = path.split(".")
    return first + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in rest)


RANGE = {"start": 1000, "end": 2000}
BROKEN: list[tuple[str, Any]] = [
    *[("name", name) for name in ("", ABSENT, "Arena", "-a", "a-", "a" * 64, "a_b", "ä")],
    *[("name", name) for name in ("info", "default", "kube-system")],
    *[("game", game) for game in ("", ABSENT, None)],
    *[("maxSurge", surge) for surge in (ABSENT, "", "0", "-1", "0%", "-5%", "5 %", "many", "1.5")],
    ("roomsReplicas", -1),
    *[("matchAllocation.maxMatches", amount) for amount in (ABSENT, 0, 36, -1)],
    *[("portRange.start", start) for start in (0, 60000, 60001, 70000, ABSENT)],
    ("portRange.end", 65536),
    *[("spec.terminationGracePeriod", period) for period in (ABSENT, "0s", "-1s")],
    *[("spec.containers", containers) for containers in (ABSENT, [])],
    *[("spec.toleration", text) for text in ("a b", "a" * 64)],
    ("spec.affinity", "no key!"),
    *[(f"{CONTAINER}.name", name) for name in (ABSENT, "Game", "a" * 64)],
    (f"{CONTAINER}.image", ABSENT),
    *[(f"{CONTAINER}.imagePullPolicy", policy) for policy in (ABSENT, "always")],
    *[(f"{CONTAINER}.requests.memory", amount) for amount in (ABSENT, "", "lots", "-1Mi", "1Gi")],
    *[(f"{CONTAINER}.limits.cpu", amount) for amount in (ABSENT, "", "1 core")],
    *[(f"{PORT}.name", name) for name in (ABSENT, "a" * 16, "Game")],
    *[(f"{PORT}.protocol", protocol) for protocol in (ABSENT, "TCP", "http")],
    *[(f"{PORT}.port", port) for port in (ABSENT, 0, -1, 65536)],
    (f"{VARIABLE}.name", ABSENT),
    *[("autoscaling.min", bound) for bound in (ABSENT, 0, 101)],
    ("autoscaling.max", -2),
    ("autoscaling.cooldown", -1),
    *[(f"{POLICY}.type", kind) for kind in (ABSENT, "guess")],
    *[(f"{OCCUPANCY}.readyTarget", share) for share in (ABSENT, 0, 1, 1.1, -0.3)],
    *[(f"{OCCUPANCY}.downThreshold", share) for share in (1, -0.1)],
    (f"{FORWARDER}.name", ABSENT),
    *[(f"{FORWARDER}.type", kind) for kind in (ABSENT, "grpc")],
    (f"{FORWARDER}.address", ABSENT),
    *[(f"{FORWARDER}.options.timeout", timeout) for timeout in (ABSENT, 0, -1)],
]

#: Where the complaint is about another field than the one that was changed.
BROKEN_ELSEWHERE: list[tuple[str, Any, str]] = [
    ("matchAllocation", {}, "matchAllocation.maxMatches"),
    ("portRange", ABSENT, "spec.containers"),
    (f"{PORT}.hostPortRange", RANGE, "portRange"),
    (f"{CONTAINER}.requests", ABSENT, "spec.containers[0].requests.cpu"),
    (f"{CONTAINER}.limits", None, "spec.containers[0].limits.memory"),
    (
        f"{CONTAINER}.ports",
        [examples.NEW_SCHEDULER["spec"]["containers"][0]["ports"][0]] * 2,
        "spec.containers",
    ),
    ("spec.containers", examples.NEW_SCHEDULER["spec"]["containers"] * 2, "spec.containers"),
    (VARIABLE, {"name": "A", "valueFrom": {}}, "spec.containers[0].environment[0].valueFrom"),
    (
        VARIABLE,
        {"name": "A", "valueFrom": {"fieldRef": {}}},
        "spec.containers[0].environment[0].valueFrom.fieldRef.fieldPath",
    ),
    (
        VARIABLE,
        {"name": "A", "valueFrom": {"secretKeyRef": {"key": "a"}}},
        "spec.containers[0].environment[0].valueFrom.secretKeyRef.name",
    ),
    ("autoscaling", {}, "autoscaling.policy.type"),
    (f"{POLICY}.parameters", {}, "autoscaling.policy.parameters.roomOccupancy"),
    (POLICY, {"type": "fixedBuffer"}, "autoscaling.policy.parameters.fixedBuffer"),
    (
        POLICY,
        {"type": "fixedBuffer", "parameters": {"fixedBuffer": {}}},
        "autoscaling.policy.parameters.fixedBuffer.amount",
    ),
    ("forwarders", [{}], "forwarders[0].name"),
    ("forwarders", examples.NEW_SCHEDULER["forwarders"] * 2, "forwarders"),
    (f"{FORWARDER}.options", {}, "forwarders[0].options.timeout"),
    ("labels", {"heritage": "me"}, "labels.heritage"),
    ("labels", {"tier": "not a label value"}, "labels.tier"),
    ("annotations", {"no key!": ""}, "annotations.no key!"),
]

#: A value of another type; nothing of it passes for what is expected.
MISTYPED: list[tuple[str, Any, str]] = [
    ("name", 1, "name"),
    ("maxSurge", 5, "maxSurge"),
    ("roomsReplicas", "three", "roomsReplicas"),
    ("roomsReplicas", 1.5, "roomsReplicas"),
    ("roomsReplicas", 2**31, "roomsReplicas"),
    ("spec", [], "spec"),
    ("spec.terminationGracePeriod", 30, "spec.terminationGracePeriod"),
    ("spec.terminationGracePeriod", "30", "spec.terminationGracePeriod"),
    ("spec.containers", {}, "spec.containers"),
    ("spec.containers", [None], "spec.containers[0]"),
    (f"{CONTAINER}.command", ["a", 1], "spec.containers[0].command[1]"),
    (f"{CONTAINER}.image", "a\0b", "spec.containers[0].image"),
    (f"{PORT}.port", "http", "spec.containers[0].ports[0].port"),
    ("portRange", 5, "portRange"),
    ("autoscaling.enabled", "true", "autoscaling.enabled"),
    (f"{OCCUPANCY}.readyTarget", "NaN", "autoscaling.policy.parameters.roomOccupancy.readyTarget"),
    (f"{FORWARDER}.options.metadata", [], "forwarders[0].options.metadata"),
    ("labels", {"tier": 1}, "labels.tier"),
    ("annotations", [], "annotations"),
]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        *[(changed((path, value)), json_path(path)) for path, value in BROKEN],
        *[(changed((path, value)), field) for path, value, field in BROKEN_ELSEWHERE],
        *[(changed((path, value)), field) for path, value, field in MISTYPED],
    ],
)
def test_a_broken_rule_is_answered_with_the_path_of_its_field(
    client: FlaskClient, services: Services, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/schedulers", json=body)

    assert (answer.status_code, answer.json["code"]) == (400, 3)
    assert answer.json["message"].startswith("Validation Error:\n")
    assert f"{field}: " in answer.json["message"]
    assert field in fields_of(answer.json)
    assert services.schedulers.stored == {}


def test_everything_that_is_missing_is_told_at_once(client: FlaskClient) -> None:
    answer = client.post("/schedulers", data=b"")

    assert answer.status_code == 400
    assert fields_of(answer.json) == [
        "name",
        "game",
        "spec.terminationGracePeriod",
        "spec.containers",
        "maxSurge",
        "portRange",
    ]


def test_a_scheduler_is_answered_as_a_whole(client: FlaskClient) -> None:
    answer = client.post("/schedulers", json=examples.NEW_SCHEDULER)

    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.text == json.dumps({"scheduler": examples.SCHEDULER}, separators=(",", ":"))


MINIMAL = {
    "name": "small",
    "game": "battle",
    "maxSurge": "1",
    "spec": {
        "terminationGracePeriod": "1.5s",
        "containers": [
            {
                "name": "game",
                "image": "arena",
                "imagePullPolicy": "Always",
                "requests": {"memory": "1", "cpu": "1"},
                "limits": {"memory": "1", "cpu": "1"},
                "ports": [{"name": "game", "protocol": "sctp", "port": 1, "hostPortRange": RANGE}],
            }
        ],
    },
}


def test_a_minimal_scheduler_is_answered_with_zeros_nulls_and_defaults(client: FlaskClient) -> None:
    answer = client.post("/schedulers", json=MINIMAL)

    assert answer.json["scheduler"] == {
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


#: What is written, and what an answer shows of it at the same path.
READ_AS: list[tuple[str, Any, Any]] = [
    ("roomsReplicas", "3", 3),
    ("roomsReplicas", 3.0, 3),
    ("roomsReplicas", None, 0),
    ("portRange", {"start": "1", "end": 2.0}, {"start": 1, "end": 2}),
    ("spec.version", "v9.9.9", "v1.0.0"),
    ("spec.restartPolicy", "Always", "Always"),
    ("spec.restartPolicy", "", "Never"),
    ("spec.terminationGracePeriod", "0.5s", "0.500s"),
    (f"{OCCUPANCY}.readyTarget", "0.3", 0.3),
    (f"{OCCUPANCY}.downThreshold", 0, 0.99),
    (f"{OCCUPANCY}.downThreshold", None, 0.99),
    ("autoscaling", None, ABSENT),
    ("autoscaling.max", -1, -1),
    (POLICY, {"type": "fixedBuffer", "parameters": {"fixedBuffer": {"amount": 2}}}, ...),
    ("matchAllocation", None, {"maxMatches": 1}),
    (VARIABLE, {"name": "A"}, {"name": "A"}),
    (VARIABLE, {"name": "A", "value": ""}, {"name": "A"}),
    (VARIABLE, {"name": "A", "value": "", "valueFrom": {}}, {"name": "A"}),
    (
        VARIABLE,
        {"name": "A", "value": "b", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        {"name": "A", "value": "b"},
    ),
    (
        VARIABLE,
        {
            "name": "A",
            "value_from": {"field_ref": {}, "secret_key_ref": {"name": "a", "key": "b"}},
        },
        {"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}},
    ),
    (f"{FORWARDER}.options", ABSENT, {"timeout": "1000", "metadata": {}}),
    (f"{FORWARDER}.options", {"timeout": 5}, {"timeout": "5", "metadata": {}}),
    (f"{FORWARDER}.options.metadata", {"a_b": 1e6, "c": [None, {}]}, ...),
    ("labels", {"snake_case": "a", "camelCase": "b"}, ...),
    ("annotations", {}, {}),
]


@pytest.mark.parametrize(("path", "written", "shown"), READ_AS)
def test_what_is_written_in_many_ways_is_shown_in_one(
    client: FlaskClient, path: str, written: Any, shown: Any
) -> None:
    answer = client.post("/schedulers", json=changed((path, written)))

    assert answer.status_code == 200, answer.json
    expected = changed((path, written if shown is ... else shown))
    assert answer.json["scheduler"] == {
        **expected,
        "state": "creating",
        "createdAt": "2026-01-02T03:04:05.678Z",
        "spec": {**expected["spec"], "version": "v1.0.0"},
    }


@pytest.mark.parametrize(
    "body",
    [
        examples.NEW_SCHEDULER,
        MINIMAL,
        *[changed((path, value)) for path, value, _ in READ_AS],
    ],
)
def test_every_answer_posted_back_means_the_same_scheduler(
    client: FlaskClient, services: Services, body: dict[str, Any]
) -> None:
    client.post("/schedulers", json=body)

    (stored,) = services.schedulers.stored.values()
    answer = client.get(f"/schedulers/{stored.name}").json["scheduler"]
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
    answer = client.post("/schedulers", json=snake(body))

    assert answer.status_code == 200, answer.json
    assert answer.json["scheduler"]["portRange"] == body["portRange"]
    assert answer.json["scheduler"]["autoscaling"] == body["autoscaling"]
    assert answer.json["scheduler"]["spec"]["containers"] == body["spec"]["containers"]


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain", "", "x"]
)
def test_a_body_is_json_whatever_its_content_type_says(
    client: FlaskClient, content_type: str
) -> None:
    body = json.dumps(examples.NEW_SCHEDULER)

    answer = client.post("/schedulers", data=body, headers={"Content-Type": content_type})

    assert answer.status_code == 200


def test_a_name_that_is_taken_is_a_conflict(client: FlaskClient) -> None:
    client.post("/schedulers", json=examples.NEW_SCHEDULER)

    answer = client.post("/schedulers", json=examples.NEW_SCHEDULER)

    assert answer.status_code == 409
    assert answer.json == {
        "code": 6,
        "message": "error creating scheduler arena: name already exists",
        "details": [],
    }
