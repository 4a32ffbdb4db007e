"""What a recorded exchange presumes, brought about in the fake cluster."""

import functools
from collections.abc import Callable
from typing import Any

from tests.contract.kubernetes_wire import Wire
from tests.fakes.kubernetes import Cluster
from tests.fakes.kubernetes.rights import Rule

#: What stands in the recorded request, and what must stand there for this cluster.
Replacements = dict[str, str]
Scene = Callable[[Cluster, Wire], Replacements]

ARENA = "battle-royale"
LAB = "restart-lab"
RACE = "sa-race"
LABELS = {"heritage": "maestro", "maestro-scheduler": ARENA, "version": "v1.0.0"}
BUDGETS = f"/apis/policy/v1/namespaces/{ARENA}/poddisruptionbudgets"


def pod(name: str, labels: dict[str, str] = LABELS, **spec: Any) -> Any:
    container = {"name": "game-server", "image": "localhost/busybox:1"}
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [container], "restartPolicy": "Never", **spec},
    }


def nothing(cluster: Cluster, wire: Wire) -> Replacements:
    return {}


def arena(cluster: Cluster, wire: Wire) -> Replacements:
    """An empty namespace."""
    cluster.add_namespace(ARENA, labels={"heritage": "maestro"})
    return {}


def lab(cluster: Cluster, wire: Wire) -> Replacements:
    """Three rooms, at a version that is still remembered."""
    cluster.add_namespace(LAB)
    cluster.add_pod(LAB, pod("room-1", {"heritage": "maestro", "tick": "2"}))
    for room in ("room-2", "room-3"):
        cluster.add_pod(LAB, pod(room, {"heritage": "maestro"}))
    return {"2538": cluster.version}


def old_lab(cluster: Cluster, wire: Wire) -> Replacements:
    """The same, and the version is forgotten."""
    replacements = lab(cluster, wire)
    cluster.compact()
    return replacements


def race(cluster: Cluster, wire: Wire) -> Replacements:
    """A namespace whose service account is late."""
    cluster.hold_service_accounts = True
    cluster.add_namespace(RACE)
    return {}


def race_over(cluster: Cluster, wire: Wire) -> Replacements:
    cluster.add_namespace(RACE)
    return {}


def full_room(cluster: Cluster, wire: Wire) -> Replacements:
    """The room of `pod-create-full`, running."""
    arena(cluster, wire)
    recorded_room = wire.recorded_request("pod-create-full")
    cluster.add_pod(ARENA, recorded_room)
    return {}


def fleet(cluster: Cluster, wire: Wire) -> Replacements:
    """All rooms of the section on reading."""
    full_room(cluster, wire)
    hollow = {"hollow-rooms": "true"}
    cluster.add_pod(ARENA, pod("bad", nodeSelector=hollow))
    cluster.add_pod(ARENA, pod("early", {"heritage": "maestro"}, nodeSelector=hollow))
    cluster.add_pod(ARENA, pod("minimal", {"app": "min"}))
    cluster.add_pod(ARENA, pod("room-k64rc"))
    for number in range(5):
        cluster.add_pod(ARENA, pod(f"page-{number}", {"page": "yes"}))
    return {"1744": cluster.version}


def real_room(cluster: Cluster, wire: Wire) -> Replacements:
    """A room that takes its time to end."""
    arena(cluster, wire)
    cluster.hold_deletions = True
    spec = wire.recorded_request("pod-create-over-terminating")
    cluster.add_pod(ARENA, spec)
    return {}


def ending_room(cluster: Cluster, wire: Wire, *, grace_s: int = 10) -> Replacements:
    """The same, and its end was asked for."""
    real_room(cluster, wire)
    cluster.delete_pod(ARENA, "real", grace_s=grace_s)
    return {}


def unplaced_room(cluster: Cluster, wire: Wire) -> Replacements:
    """A room that fits nowhere."""
    arena(cluster, wire)
    room = wire.recorded_request("pod-create-negative-grace")
    room["metadata"].update(name="page-0", labels={**LABELS, "maestro": "x", "page": "yes"})
    room["spec"].update(terminationGracePeriodSeconds=45, nodeSelector={"no": "where"})
    cluster.add_pod(ARENA, room)
    return {}


def smaller_fleet(cluster: Cluster, wire: Wire) -> Replacements:
    """The same as the fleet, one page later."""
    replacements = fleet(cluster, wire)
    cluster.delete_pod(ARENA, "page-0")
    return replacements


def budget(cluster: Cluster, wire: Wire, *, least: int = 0) -> Replacements:
    """A budget over three rooms."""
    full_room(cluster, wire)
    cluster.add_pod(ARENA, pod("bad"))
    cluster.add_pod(ARENA, pod("room-k64rc"))
    minimal = wire.recorded_request("pod-create-minimal")
    minimal["metadata"]["annotations"] = {"a": "b"}
    cluster.add_pod(ARENA, minimal)
    body = wire.recorded_request("pdb-create")
    body["spec"]["minAvailable"] = least
    assert wire.ask("POST", BUDGETS, body).status == 201
    counted = wire.ask("GET", f"{BUDGETS}/{ARENA}").body["metadata"]
    return {
        "1803": counted["resourceVersion"],
        "3bc20f7a-3eca-461b-a947-49e4e71ff0df": counted["uid"],
    }


def two_budgets(cluster: Cluster, wire: Wire) -> Replacements:
    """Two budgets that cover the same rooms."""
    lab(cluster, wire)
    for name in ("one", "two"):
        body = {"metadata": {"name": name}, "spec": {"minAvailable": 0, "selector": {}}}
        path = f"/apis/policy/v1/namespaces/{LAB}/poddisruptionbudgets"
        assert wire.ask("POST", path, body).status == 201
    return {}


def foreign_budget(cluster: Cluster, wire: Wire) -> Replacements:
    """A budget over no rooms, with another selector."""
    race_over(cluster, wire)
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}}
    body = {"metadata": {"name": "p"}, "spec": spec}
    path = f"/apis/policy/v1/namespaces/{RACE}/poddisruptionbudgets"
    assert wire.ask("POST", path, body).status == 201
    return {}


def app_may_read(cluster: Cluster, wire: Wire) -> Replacements:
    """A user with one small role."""
    full_room(cluster, wire)
    rule = Rule(verbs="get list watch", resources="pods", namespace=ARENA)
    wire.tokens["app"] = cluster.add_user("app", rule)
    return {}


def app_may_nothing(cluster: Cluster, wire: Wire) -> Replacements:
    arena(cluster, wire)
    return {}


def full_quota(cluster: Cluster, wire: Wire) -> Replacements:
    """More rooms than there may be."""
    arena(cluster, wire)
    for number in range(4):
        cluster.add_pod(ARENA, pod(f"room-{number}"))
    cluster.set_quota(ARENA, pods=1)
    return {}


def labelled_arena(cluster: Cluster, wire: Wire) -> Replacements:
    cluster.add_namespace(ARENA, labels={"heritage": "maestro", "game": "x"})
    return {}


def ending_arena(cluster: Cluster, wire: Wire) -> Replacements:
    """A namespace that is being deleted."""
    labelled_arena(cluster, wire)
    cluster.hold_deletions = True
    cluster.delete_namespace(ARENA)
    return {}


def events(cluster: Cluster, wire: Wire) -> Replacements:
    """Events about a room."""
    arena(cluster, wire)
    for name in ("event-create", "event-create-minimal"):
        body = wire.recorded_request(name)
        assert wire.ask("POST", f"/api/v1/namespaces/{ARENA}/events", body).status == 201
    return {}


_SECTIONS: dict[str, Scene] = {
    "server": arena,
    "namespace": arena,
    "pod create": arena,
    "pod create: refused": arena,
    "pod read and list": fleet,
    "pod delete": full_room,
    "poddisruptionbudget": budget,
    "node": nothing,
    "event": arena,
    "rbac": app_may_read,
    "quota and limits": full_quota,
    "namespace delete": ending_arena,
    "service account race": race,
    "resourceVersion": lab,
}
_EXCHANGES: dict[str, Scene] = {
    "namespace-create": nothing,
    "pod-create-duplicate": full_room,
    "pod-get-running": full_room,
    "pod-delete-grace": real_room,
    "pod-get-terminating": ending_room,
    "pod-delete-again": ending_room,
    "pod-delete-grace-body": ending_room,
    "pod-create-over-terminating": ending_room,
    "pod-delete-grace-zero": real_room,
    "pod-delete-pending": unplaced_room,
    "pod-deletecollection": smaller_fleet,
    "pdb-get-missing": arena,
    "pdb-create": arena,
    "pdb-delete-missing": arena,
    "pdb-patch-min": functools.partial(budget, least=1),
    "pdb-patch-same": functools.partial(budget, least=1),
    "pdb-patch-percent": functools.partial(budget, least=1),
    "pdb-get-blocking": functools.partial(budget, least=1),
    "pdb-list": functools.partial(budget, least=1),
    "pdb-raise": functools.partial(budget, least=1),
    "pdb-lower": functools.partial(budget, least=10),
    "eviction-blocked": functools.partial(budget, least=10),
    "eviction-two-pdbs": two_budgets,
    "pdb-patch-selector": foreign_budget,
    "pdb-selector-empty": race_over,
    "event-list-for-pod": events,
    "forbidden-no-role": app_may_nothing,
    "namespace-delete": labelled_arena,
    "namespace-get-gone": nothing,
    "pod-list-gone-namespace": nothing,
    "namespace-create-kcm-paused": nothing,
    "pod-create-sa-present": race_over,
    "list-continue-expired": old_lab,
    "list-exact-compacted": old_lab,
}


def scene(exchange: Any) -> Scene:
    """What has to be there before this exchange."""
    return _EXCHANGES.get(exchange["id"]) or _SECTIONS[exchange["section"]]
