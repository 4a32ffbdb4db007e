"""From pods to instances: all recorded stories, and pods that no API server ever showed."""

import copy
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro.domain.rooms import HostPort, InstanceStatus
from maestro.runtime.kubernetes import instances
from tests import make
from tests.contract.kubernetes_wire import RECORDINGS, recorded
from tests.strategies import JSON
from tests.unit.kubernetes_stories import STORIES, Story

ERROR, PENDING, READY = InstanceStatus.ERROR, InstanceStatus.PENDING, InstanceStatus.READY
TERMINATING = InstanceStatus.TERMINATING


def test_every_recorded_story_is_judged() -> None:
    names = {path.stem for path in (RECORDINGS / "watches").glob("*.json")}
    assert set(STORIES) == {name for name in names if not name.startswith("stream-")}


@pytest.mark.parametrize("name", STORIES)
def test_a_pod_is_seen_as_what_it_is(name: str) -> None:
    told: dict[str, list[str]] = {}
    for event in recorded(f"watches/{name}")["events"]:
        told.setdefault(event["object"]["metadata"]["name"], []).extend(steps(event))
    seen = {room: [step for step, _ in itertools.groupby(each)] for room, each in told.items()}

    assert {room: abridged(each, STORIES[name][room]) for room, each in seen.items()} == {
        room: list(story) for room, story in STORIES[name].items()
    }


def steps(event: Any) -> list[str]:
    """What one event tells."""
    status, description = instances.status_of(event["object"])
    told = f"{status}: {description}" if description else str(status)
    return [told, "gone"] if event["type"] == "DELETED" else [told]


def abridged(seen: list[str], story: Story) -> list[str]:
    """Cut where the story cuts its step."""
    expected = itertools.chain(story, itertools.repeat(""))
    return [
        wanted if wanted.endswith("…") and step.startswith(wanted[:-1]) else step
        for step, wanted in zip(seen, expected, strict=False)
    ]


@pytest.mark.parametrize("name", STORIES)
def test_a_deleted_pod_is_never_an_error(name: str) -> None:
    deleted = [
        event["object"]
        for event in recorded(f"watches/{name}")["events"]
        if event["object"]["metadata"].get("deletionTimestamp")
    ]
    assert {instances.status_of(pod)[0] for pod in deleted} <= {TERMINATING}


def test_no_story_has_the_phase_terminating() -> None:
    phases = {
        event["object"]["status"]["phase"]
        for name in STORIES
        for event in recorded(f"watches/{name}")["events"]
    }
    assert phases == {"Pending", "Running", "Succeeded", "Failed"}


# What a whole pod becomes -----------------------------------------------------


def pod(**changes: Any) -> Any:
    """A room of two ports, one of which nobody reaches from outside."""
    ports = [
        {"name": "game", "protocol": "UDP", "containerPort": 7777, "hostPort": 40000},
        {"name": "debug", "protocol": "TCP", "containerPort": 80},
    ]
    return {
        "metadata": {
            "name": "arena-1",
            "namespace": "arena",
            "uid": "uid-1",
            "resourceVersion": "17",
            "creationTimestamp": "2026-11-23T12:00:00Z",
            "labels": {"version": "v1.0.0", "maestro-installation": "ours"},
            "annotations": {"maestro-operation": "op-1", "maestro-validation": "true"},
        },
        "spec": {"nodeName": "node-1", "containers": [{"name": "game", "ports": ports}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    } | changes


def test_a_pod_becomes_an_instance() -> None:
    assert instances.instance(pod(), host="node-1.example.com") == make.instance(
        uid="uid-1",
        resource_version="17",
        host="node-1.example.com",
        ports=(HostPort(name="game", protocol="udp", port=40000),),
        operation="op-1",
        is_validation=True,
        created_at=make.NOW,
    )
    assert instances.node_of(pod()) == "node-1"


def test_all_containers_give_ports() -> None:
    containers = [
        {"name": "one", "ports": [{"name": "a", "protocol": "TCP", "hostPort": 40001}]},
        {"name": "two", "ports": None},
        {"name": "three", "ports": [{"name": "b", "protocol": "SCTP", "hostPort": 40002}]},
    ]
    seen = instances.instance(pod(spec={"containers": containers}), host="")
    assert [(port.name, port.protocol, port.port) for port in seen.ports] == [
        ("a", "tcp", 40001),
        ("b", "sctp", 40002),
    ]


WAITING: dict[str, InstanceStatus] = {
    # Contract 4.10
    "ErrImageNeverPull": ERROR,
    "ErrImagePullBackOff": ERROR,
    "ImagePullBackOff": ERROR,
    "ErrInvalidImageName": ERROR,
    "ErrImagePull": ERROR,
    "CrashLoopBackOff": ERROR,
    "RunContainerError": ERROR,
    "ContainerStatusUnknown": ERROR,
    # More than it: what kubelets say in fact
    "InvalidImageName": ERROR,
    # These may pass by themselves
    "CreateContainerConfigError": PENDING,
    "ContainerCreating": PENDING,
    "PodInitializing": PENDING,
}


@pytest.mark.parametrize(("reason", "expected"), WAITING.items())
def test_a_container_waits(reason: str, expected: InstanceStatus) -> None:
    waiting = {
        "phase": "Pending",
        "containerStatuses": [{"state": {"waiting": {"reason": reason}}}],
    }
    assert instances.status_of(pod(status=waiting))[0] is expected


def test_the_first_container_that_is_not_well_decides() -> None:
    fine: Any = {"running": {}}
    ended = {"terminated": {"exitCode": 2, "reason": "Error"}}
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}

    def seen(*states: Any) -> tuple[InstanceStatus, str]:
        containers = [{"state": state} for state in states]
        return instances.status_of(
            pod(status={"phase": "Running", "containerStatuses": containers})
        )

    assert seen(fine, ended, waiting) == (ERROR, "Error (exit code 2)")
    assert seen(fine, waiting, ended) == (ERROR, "ImagePullBackOff: no such image")
    assert seen(fine, fine) == (READY, "")


def test_a_hollow_node_is_believed_that_its_pod_is_ready() -> None:
    """It says Ready while the phase is still Pending; contract 4.10 asks the condition first."""
    ready = {"phase": "Pending", "conditions": [{"type": "Ready", "status": "True"}]}
    assert instances.status_of(pod(status=ready)) == (READY, "")


def test_a_kubelet_that_evicts_says_why() -> None:
    """No recording has it: the node runs out of disk."""
    message = "The node was low on resource: ephemeral-storage."
    evicted = {"phase": "Failed", "reason": "Evicted", "message": message}
    assert instances.status_of(pod(status=evicted)) == (ERROR, f"PodFailed: Evicted: {message}")


def test_a_long_message_is_cut() -> None:
    ended = {"exitCode": 1, "reason": "Error", "message": "x" * 5000}
    status = {"phase": "Failed", "containerStatuses": [{"state": {"terminated": ended}}]}
    _, description = instances.status_of(pod(status=status))
    assert description.startswith("PodFailed: Error (exit code 1): xxx")
    assert len(description) <= instances.LONGEST


# What no API server ever showed -----------------------------------------------

ODD: dict[str, tuple[Any, InstanceStatus]] = {
    "no status": ({}, ERROR),
    "no phase": ({"conditions": []}, ERROR),
    "an unknown phase": ({"phase": "Hibernating"}, ERROR),
    "a status of null": (None, ERROR),
    "lists of null": (
        {"phase": "Running", "conditions": None, "containerStatuses": None},
        READY,
    ),
    "a state of null": ({"phase": "Running", "containerStatuses": [{"state": None}]}, READY),
    "no state": ({"phase": "Running", "containerStatuses": [{}]}, READY),
    "conditions without a type": ({"phase": "Running", "conditions": [{"status": "True"}]}, READY),
    "a condition of null": ({"phase": "Running", "conditions": [None]}, READY),
    "a list that is none": ({"phase": "Running", "containerStatuses": "none"}, READY),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_status_is_still_one(name: str) -> None:
    status, expected = ODD[name]
    assert instances.instance(pod(status=status), host="").status is expected


def test_a_pod_without_a_status_says_so() -> None:
    odd = pod()
    del odd["status"]
    assert instances.status_of(odd) == (ERROR, "unknown phase ''")
    assert instances.status_of(pod(status={"phase": "Odd"})) == (ERROR, "unknown phase 'Odd'")


@pytest.mark.parametrize("field", ["name", "namespace", "uid", "resourceVersion"])
@pytest.mark.parametrize("value", [None, "", 7, ["x"]])
def test_a_pod_that_does_not_say_who_it_is_cannot_be_read(field: str, value: object) -> None:
    odd = copy.deepcopy(pod())
    odd["metadata"][field] = value
    with pytest.raises(instances.Unreadable, match=f"metadata.{field} is missing"):
        instances.instance(odd, host="")


@given(metadata=JSON, spec=JSON, status=JSON)
def test_whatever_is_in_a_pod_nothing_else_is_raised(metadata: Any, spec: Any, status: Any) -> None:
    whole = pod()["metadata"]
    odd = [
        {"metadata": metadata, "spec": spec, "status": status},
        pod(spec=spec, status=status),
        pod(status={"phase": status, "conditions": [status], "containerStatuses": [spec]}),
        pod(
            metadata=whole | {"labels": metadata, "annotations": spec, "creationTimestamp": status}
        ),
        pod(spec={"nodeName": metadata, "containers": [{"ports": [spec, {"hostPort": status}]}]}),
    ]
    for each in odd:
        try:
            instances.node_of(each)
            instances.instance(each, host="")
        except instances.Unreadable:
            pass


@given(
    state=st.dictionaries(st.sampled_from(["waiting", "terminated"]), JSON), deleted=st.booleans()
)
def test_a_state_of_any_form_is_judged(state: Any, deleted: bool) -> None:
    odd = pod(status={"phase": "Running", "containerStatuses": [{"state": state}]})
    if deleted:
        odd["metadata"]["deletionTimestamp"] = "2026-11-23T12:00:00Z"
    status, _ = instances.status_of(odd)
    assert (status is TERMINATING) or not deleted
