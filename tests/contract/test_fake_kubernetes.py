"""What the fake cluster answers, against what a real API server answered to the same requests."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.kubernetes_scenes import Replacements, scene
from tests.contract.kubernetes_wire import Told, Wire, recorded
from tests.fakes.kubernetes import Cluster

#: Where the fake deliberately answers something else, and why.
DIFFERENT = {
    "pod-delete-negative-grace": "it was asked as a dry run, and only creation plays that",
    "pod-delete-dryrun": "only creation plays dry runs",
}
EXCHANGES = {each["id"]: each for each in recorded("exchanges") if each["id"] not in DIFFERENT}

_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSION = re.compile(r"(current: |record \(|\()\d+")
_GENERATED = re.compile(r"(maestro\.|room-)[a-z0-9]{5}\b")
_GIVEN = ("uid", "resourceVersion", "creationTimestamp", "deletionTimestamp")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster(node_names=()) as cluster:
        labels = {"hollow-rooms": "true", "topology.kubernetes.io/zone": "zone-a"}
        cluster.add_node("hollow-1", labels=labels)
        cluster.add_node("real-1", labels={"game-rooms": "true"})
        yield cluster


@pytest.fixture
def wire(cluster: Cluster) -> Iterator[Wire]:
    with Wire(cluster.url, cluster.token) as wire:
        wire.tokens["app"] = cluster.add_user("app")
        yield wire


@pytest.mark.parametrize("name", EXCHANGES)
def test_an_answer_is_as_it_was_recorded(name: str, cluster: Cluster, wire: Wire) -> None:
    exchange = EXCHANGES[name]
    expected = exchange["response"]

    replacements = scene(exchange)(cluster, wire)
    told = replay(exchange["request"], replacements, wire)

    assert told.status == expected["status"]
    assert seen(told.body) == seen(expected["body"])
    assert told.retry_after == expected.get("retry_after")
    # Of several warnings only the last was recorded.
    assert list(told.warnings[-1:]) == expected.get("warning", [])


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_is_not_played_says_so(name: str, cluster: Cluster, wire: Wire) -> None:
    (exchange,) = (each for each in recorded("exchanges") if each["id"] == name)
    replacements = scene(exchange)(cluster, wire)

    assert replay(exchange["request"], replacements, wire).status == 501


def replay(request: Any, replacements: Replacements, wire: Wire) -> Told:
    """Ask again what was asked, about this cluster."""
    asked = json.dumps(request)
    for old, new in replacements.items():
        asked = asked.replace(f'"{old}"', f'"{new}"').replace(f"={old}", f"={new}")
    asked = re.sub('(?<=continue=)eyJ[^&"]+', lambda token: renewed(token[0], replacements), asked)
    request = json.loads(asked)
    return wire.ask(
        request["method"],
        request["path"],
        request.get("body"),
        content_type=request.get("content_type", "application/json"),
        token=wire.tokens[request["as"]],
    )


def renewed(token: str, replacements: Replacements) -> str:
    """A token for the next page, from this cluster's past."""
    page = json.loads(base64.urlsafe_b64decode(token + "=="))
    page["rv"] = int(replacements.get(str(page["rv"]), page["rv"]))
    return base64.urlsafe_b64encode(json.dumps(page).encode()).decode().rstrip("=")


# What Maestro looks at --------------------------------------------------------


def seen(body: Any) -> Any:
    """What is compared of an answer; what every server gives anew is only there or not."""
    if not isinstance(body, dict):
        return body
    kind = body.get("kind", "")
    if kind.endswith("List"):
        return a_list(body)
    return {"": a_version, "Status": a_status}.get(kind, an_object)(body)


def a_version(body: Any) -> Any:
    if "type" in body:
        return {"type": body["type"], "object": seen(body["object"])}
    return {key: body[key] for key in ("major", "minor", "gitVersion")}


def a_status(body: Any) -> Any:
    body = json.loads(plain(json.dumps(body)))
    metadata = {**body.pop("metadata")}
    return {**body, "continues": "continue" in metadata}


def a_list(body: Any) -> Any:
    items = [an_object(each) for each in body["items"]]
    metadata = body["metadata"]
    is_of_kubelet = body["kind"] == "EventList"
    return {
        "kind": body["kind"],
        "api version": body["apiVersion"],
        "continues": "continue" in metadata,
        "remaining": "remainingItemCount" in metadata,
        "names": [] if is_of_kubelet else [plain(each["metadata"]["name"]) for each in items],
        "keys": [sorted(each) for each in body["items"][:1]],
    }


def an_object(body: Any) -> Any:
    metadata = body["metadata"]
    keys = ("namespace", "labels", "annotations", "deletionGracePeriodSeconds")
    # Nodes are labelled by whoever runs the cluster.
    values = {key: metadata.get(key) for key in keys if body.get("kind") != "Node"}
    shown = {
        "kind": body.get("kind"),
        "metadata": {
            "name": plain(metadata.get("name", "")),
            **values,
            **{f"has {key}": key in metadata for key in _GIVEN},
        },
    }
    return shown | PARTS.get(body.get("kind", ""), nothing_more)(body)


def nothing_more(body: Any) -> Any:
    return {}


def a_pod(body: Any) -> Any:
    spec, status = body["spec"], body["status"]
    keys = ("restartPolicy", "terminationGracePeriodSeconds", "serviceAccountName", "nodeSelector")
    return {
        "spec": {key: spec.get(key) for key in keys},
        "has node": "nodeName" in spec,
        "tolerations": spec["tolerations"],
        "containers": [a_container(each) for each in spec["containers"]],
        "phase": status["phase"],
        "has addresses": ["hostIP" in status, "podIP" in status],
        "conditions": {each["type"]: each["status"] for each in status.get("conditions", [])},
        "states": [[*each["state"]] for each in status.get("containerStatuses", [])],
    }


def a_container(container: Any) -> Any:
    keys = ("name", "image", "imagePullPolicy", "command", "ports", "env", "resources")
    return {key: container.get(key) for key in keys}


def a_namespace(body: Any) -> Any:
    return {"spec": body["spec"], "phase": body["status"]["phase"]}


def a_budget(body: Any) -> Any:
    counted = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
    return {"spec": body["spec"], "status": {key: body["status"].get(key) for key in counted}}


def an_event(body: Any) -> Any:
    return {key: value for key, value in body.items() if key != "metadata"}


def a_node(body: Any) -> Any:
    status = body["status"]
    return {
        "addresses": [each["type"] for each in status["addresses"]],
        "conditions": {each["type"]: each["status"] for each in status["conditions"]},
        "allocatable": sorted(status["allocatable"]),
    }


def a_review(body: Any) -> Any:
    return {"spec": body["spec"], "status": body["status"]}


PARTS = {
    "Pod": a_pod,
    "Namespace": a_namespace,
    "PodDisruptionBudget": a_budget,
    "Event": an_event,
    "Node": a_node,
    "SelfSubjectAccessReview": a_review,
}


def plain(text: str) -> str:
    """Without what is different in each cluster."""
    text = _GENERATED.sub(r"\1*", _UID.sub("*", text))
    return _VERSION.sub(r"\1*", text)
