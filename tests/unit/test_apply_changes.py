"""What a document changes: what the command calls unchanged, the API reads as the same."""

import copy
from typing import Any

import pytest

from api.management import examples
from api.management.scheduler_schema import CreateSchedulerRequestSchema
from maestro.cli.remote import changes
from tests.contract.scheduler_cases import (
    ABSENT,
    CONTAINER,
    FORWARDER,
    OCCUPANCY,
    PORT,
    VARIABLE,
    changed,
)

#: Other spellings of the same.
SAME: list[tuple[str, Any]] = [
    ("state", "on-error"),
    ("createdAt", None),
    ("spec.version", "v7.0.0"),
    ("spec.toleration", ABSENT),
    ("spec.affinity", None),
    ("spec.terminationGracePeriod", "30.000s"),
    ("spec.restartPolicy", ABSENT),
    ("roomsReplicas", "3"),
    ("roomsReplicas", 3.0),
    ("matchAllocation", ABSENT),
    ("matchAllocation", None),
    (f"{PORT}.hostPort", ABSENT),
    (f"{OCCUPANCY}.downThreshold", ABSENT),
    (f"{OCCUPANCY}.downThreshold", 0),
    (f"{FORWARDER}.options.timeout", 1000),
    (f"{VARIABLE}.valueFrom", {"fieldRef": {"fieldPath": "metadata.name"}}),
    (f"{CONTAINER}.environment.2.valueFrom.fieldRef", {"fieldPath": "metadata.name"}),
    ("labels", {"tier": "gold"}),
]
OTHER: list[tuple[str, Any]] = [
    ("game", "chess"),
    ("maxSurge", "1"),
    ("roomsReplicas", 4),
    ("roomsReplicas", ABSENT),
    ("portRange.end", 60001),
    ("spec.terminationGracePeriod", "31s"),
    ("spec.restartPolicy", "Always"),
    ("spec.containers", []),
    (f"{CONTAINER}.image", "arena:2"),
    (f"{CONTAINER}.command", ["./arena"]),
    (f"{CONTAINER}.command", []),
    (f"{CONTAINER}.requests.cpu", "0.1"),
    (f"{CONTAINER}.limits", ABSENT),
    (f"{VARIABLE}.value", ""),
    (f"{VARIABLE}.value", ABSENT),
    (f"{CONTAINER}.environment.1.valueFrom.fieldRef.fieldPath", "spec.nodeName"),
    (f"{CONTAINER}.environment.1.value", ""),
    (f"{PORT}.port", 7778),
    ("autoscaling", ABSENT),
    ("autoscaling.max", -1),
    ("autoscaling.enabled", False),
    (f"{OCCUPANCY}.readyTarget", 0.31),
    (f"{OCCUPANCY}.downThreshold", 0.98),
    ("forwarders", []),
    (f"{FORWARDER}.enable", False),
    (f"{FORWARDER}.options", ABSENT),
    (f"{FORWARDER}.options.metadata", {}),
    ("labels", {}),
    ("annotations", {"example.com/team": "other"}),
    ("matchAllocation.maxMatches", 2),
]


def meant(body: Any) -> Any:
    """What the API makes of a body."""
    return CreateSchedulerRequestSchema().load(body)


@pytest.mark.parametrize(("path", "value"), SAME)
def test_what_means_the_same_is_no_change(path: str, value: Any) -> None:
    document = changed((path, value))

    assert meant(document) == meant(examples.NEW_SCHEDULER)
    assert changes.changed(document, examples.SCHEDULER) == []


@pytest.mark.parametrize(("path", "value"), OTHER)
def test_what_means_something_else_is_a_change(path: str, value: Any) -> None:
    document = changed((path, value))

    assert meant(document) != meant(examples.NEW_SCHEDULER)
    assert changes.changed(document, examples.SCHEDULER)


def test_the_order_of_lists_counts() -> None:
    document = copy.deepcopy(examples.NEW_SCHEDULER)
    document["spec"]["containers"][0]["environment"].reverse()

    assert changes.changed(document, examples.SCHEDULER)


def test_changes_are_told_by_their_paths() -> None:
    document = changed((f"{CONTAINER}.image", "arena:2"), ("maxSurge", "7"), ("labels", {}))

    assert changes.changed(document, examples.SCHEDULER) == [
        "labels",
        "maxSurge",
        "spec.containers[0].image",
    ]


def test_both_spellings_are_read() -> None:
    document = examples.NEW_SCHEDULER | {"max_surge": "25%", "rooms_replicas": 3}
    del document["maxSurge"], document["roomsReplicas"]

    assert changes.changed(document, examples.SCHEDULER) == []


@pytest.mark.parametrize("broken", [{"roomsReplicas": "many"}, {"spec": 7}, {"maxSurge": 5}])
def test_of_what_cannot_be_read_nothing_is_known(broken: dict[str, Any]) -> None:
    assert changes.changed(examples.NEW_SCHEDULER | broken, examples.SCHEDULER) is None


def test_what_a_newer_api_tells_is_no_change() -> None:
    assert changes.changed(examples.NEW_SCHEDULER, examples.SCHEDULER | {"shiny": 1}) == []
