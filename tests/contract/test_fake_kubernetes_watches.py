"""What watches on the fake cluster tell, against what watches on a real one told."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.kubernetes_stories import STORIES, Stage
from tests.contract.kubernetes_wire import RECORDINGS, Wire, recorded
from tests.fakes.kubernetes import Cluster

#: Where the fake deliberately tells less than the recording, and why.
NOT_PLAYED = {
    ("command-not-found", "room-2"): "a start that fails again and again counts no restarts",
    ("kubelet-refuses", "room-3"): "kubelets do not count processors, only the scheduler does",
    ("kubelet-refuses", "room-4"): "a pod given to a node that never was is not collected",
}
#: Recorded for what Maestro makes of pods; the fake plays nothing that probes, preempts, waits for
#: deadlines or secrets, or starts a container again by itself.
NOT_TOLD = {
    "deadline-exceeded",
    "exit-1-onfailure",
    "liveness-fails-always",
    "node-dies",
    "preempted",
    "secret-missing",
    "unschedulable-affinity",
}
NODES = ("real-1", "hollow-1", "hollow-2", "hollow-3")
WATCH = "/api/v1/pods?watch=true&labelSelector=heritage%3Dmaestro&allowWatchBookmarks=true"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster(node_names=()) as cluster:
        for name in NODES:
            cluster.add_node(name, cpu="8", memory="32Gi")
        yield cluster


@pytest.fixture
def wire(cluster: Cluster) -> Iterator[Wire]:
    with Wire(cluster.url, cluster.token) as wire:
        yield wire


@pytest.mark.parametrize("name", STORIES)
def test_a_story_is_told_as_it_was_recorded(name: str, cluster: Cluster, wire: Wire) -> None:
    cluster.add_namespace(name)
    watch = wire.watch(f"{WATCH}&resourceVersion={cluster.version}")

    STORIES[name](Stage(cluster, wire, name))
    cluster.bookmark()

    told = list(itertools.takewhile(lambda event: event["type"] != "BOOKMARK", watch))
    expected = by_room(recorded(f"watches/{name}")["events"])
    assert by_room(told) == {
        room: events for room, events in expected.items() if (name, room) not in NOT_PLAYED
    }


def test_every_recorded_story_is_told() -> None:
    names = {path.stem for path in (RECORDINGS / "watches").iterdir()}

    rooms = {name for name in names if not name.startswith("stream-")}
    assert rooms == set(STORIES) | NOT_TOLD


def by_room(events: list[Any]) -> dict[str, list[Any]]:
    """What one sees of each room; what looks the same twice in a row is told once."""
    rooms: dict[str, list[Any]] = {}
    for event in events:
        rooms.setdefault(event["object"]["metadata"]["name"], []).append(seen(event))
    return {room: [key for key, _ in itertools.groupby(told)] for room, told in rooms.items()}


def seen(event: Any) -> Any:
    """What Maestro looks at in an event about a pod."""
    pod = event["object"]
    metadata, status = pod["metadata"], pod["status"]
    conditions = {each["type"]: each for each in status.get("conditions", [])}
    return {
        "type": event["type"],
        "phase": status["phase"],
        "reason": status.get("reason"),
        "is terminating": "deletionTimestamp" in metadata,
        "has grace": metadata.get("deletionGracePeriodSeconds", 0) > 0,
        "has node": "nodeName" in pod["spec"],
        "is noticed": status.get("observedGeneration") == metadata["generation"],
        "ready": None if begins_on_hollow_node(pod) else verdict(conditions.get("Ready")),
        "scheduled": scheduled(conditions.get("PodScheduled")),
        "disrupted": verdict(conditions.get("DisruptionTarget")),
        "containers": [container(each, pod) for each in status.get("containerStatuses", [])],
    }


def begins_on_hollow_node(pod: Any) -> bool:
    """Hollow nodes report Ready before Running, and nothing real does."""
    is_hollow = str(pod["spec"].get("nodeName")).startswith("hollow")
    return is_hollow and bool(pod["status"]["phase"] == "Pending")


def verdict(condition: Any) -> Any:
    return condition and (condition["status"], condition.get("reason"))


def scheduled(condition: Any) -> Any:
    """In the words of the scheduler, if it found no node."""
    return condition and (condition["status"], condition.get("message"))


def container(status: Any, pod: Any) -> Any:
    """Hollow nodes leave `ready` and the reason of an end as they were."""
    ((kind, state),) = status["state"].items()
    is_hollow = pod["spec"]["nodeName"].startswith("hollow")
    return {
        "name": status["name"],
        "ready": kind == "running" if is_hollow else status["ready"],
        "restarts": status["restartCount"],
        "state": kind,
        "reason": None if is_hollow and kind == "terminated" else state.get("reason"),
        "exit code": state.get("exitCode"),
    }


# The stream itself ------------------------------------------------------------


def test_the_end_of_a_stream_is_announced_by_a_bookmark(cluster: Cluster, wire: Wire) -> None:
    expected = recorded("watches/stream-bookmarks")["events"][-1]

    (told,) = wire.watch(f"{WATCH}&resourceVersion={cluster.version}&timeoutSeconds=1")

    assert told["type"] == expected["type"]
    assert told["object"]["metadata"] == {"resourceVersion": cluster.version}
    assert told["object"]["spec"] == expected["object"]["spec"]
    assert told["object"].keys() == expected["object"].keys()


@pytest.mark.parametrize("name", ["stream-quiet-timeout", "stream-namespace-missing"])
def test_a_stream_may_end_without_a_word(name: str, cluster: Cluster, wire: Wire) -> None:
    assert not recorded(f"watches/{name}")["events"]

    assert not list(wire.watch("/api/v1/namespaces/no-such/pods?watch=true&timeoutSeconds=1"))


def test_too_old_is_an_event_and_the_end(cluster: Cluster, wire: Wire) -> None:
    (expected,) = recorded("watches/stream-gone-410")["events"]
    old = cluster.version
    cluster.compact()

    (told,) = wire.watch(f"{WATCH}&resourceVersion={old}")

    assert told["type"] == expected["type"]
    message = f"too old resource version: {old} ({cluster.version})"
    assert told["object"] == {**expected["object"], "message": message}


@pytest.mark.parametrize("version", ["", "&resourceVersion=0"])
def test_a_stream_may_begin_with_what_exists(version: str, cluster: Cluster, wire: Wire) -> None:
    cluster.add_namespace("arena")
    Stage(cluster, wire, "arena").create()
    watch = wire.watch(WATCH + version)

    assert seen(next(watch))["type"] == "ADDED"


def test_a_bookmark_may_end_what_exists(cluster: Cluster, wire: Wire) -> None:
    expected = recorded("watches/stream-initial-events")["events"]
    bookmark = next(event for event in expected if event["type"] == "BOOKMARK")

    watch = wire.watch(f"{WATCH}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan")

    annotations = bookmark["object"]["metadata"]["annotations"]
    assert next(watch)["object"]["metadata"]["annotations"] == annotations


def test_a_stream_may_break(cluster: Cluster, wire: Wire) -> None:
    watch = wire.watch(f"{WATCH}&resourceVersion={cluster.version}")

    cluster.cut_watches()

    assert not list(watch)


def test_a_frozen_stream_is_silent_until_it_thaws(cluster: Cluster, wire: Wire) -> None:
    cluster.add_namespace("arena")
    frozen = wire.watch(f"{WATCH}&resourceVersion={cluster.version}")
    cluster.freeze_watches()
    working = wire.watch(f"{WATCH}&resourceVersion={cluster.version}")

    Stage(cluster, wire, "arena").create()

    assert seen(next(working))["type"] == "ADDED"
    cluster.thaw_watches()
    assert seen(next(frozen))["type"] == "ADDED"
