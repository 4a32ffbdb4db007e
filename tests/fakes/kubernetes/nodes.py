"""Nodes as objects: new ones, and how they look when their kubelet is not heard any more."""

from collections.abc import Mapping

from tests.fakes.kubernetes.refusals import Json

_KINDS = ("MemoryPressure", "DiskPressure", "PIDPressure")
_UNREACHABLE = "node.kubernetes.io/unreachable"
_UNSCHEDULABLE = "node.kubernetes.io/unschedulable"


def new(
    name: str,
    now: str,
    *,
    addresses: Mapping[str, str],
    labels: Mapping[str, str],
    taints: list[Json],
    cpu: str,
    memory: str,
    pods: int,
) -> Json:
    """A node that is well."""
    room = {"cpu": cpu, "memory": memory, "pods": str(pods), "ephemeral-storage": "0"}
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **labels}},
        "spec": {"taints": taints} if taints else {},
        "status": {
            "capacity": room,
            "allocatable": room,
            "conditions": _well(now),
            "addresses": [{"type": type_, "address": each} for type_, each in addresses.items()],
            "nodeInfo": {"kubeletVersion": "v1.34.9", "operatingSystem": "linux"},
        },
    }


def unreachable(node: Json, now: str) -> Json:
    """Nothing has been heard of it for a while."""
    conditions = [
        {
            **each,
            "status": "Unknown",
            "lastTransitionTime": now,
            "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status.",
        }
        for each in node["status"]["conditions"]
    ]
    node = {**node, "status": {**node["status"], "conditions": conditions}}
    for effect in ("NoSchedule", "NoExecute"):
        node = _tainted(node, {"key": _UNREACHABLE, "effect": effect, "timeAdded": now})
    return node


def well(node: Json, now: str) -> Json:
    """It is heard again."""
    node = {**node, "status": {**node["status"], "conditions": _well(now)}}
    return _without_taint(node, _UNREACHABLE)


def cordoned(node: Json, now: str) -> Json:
    """It takes no more pods."""
    node = {**node, "spec": {**node["spec"], "unschedulable": True}}
    return _tainted(node, {"key": _UNSCHEDULABLE, "effect": "NoSchedule", "timeAdded": now})


def internal_ip(node: Json | None) -> str:
    """What its pods say of where they are."""
    addresses = node["status"]["addresses"] if node else []
    return next((each["address"] for each in addresses if each["type"] == "InternalIP"), "")


def _well(now: str) -> list[Json]:
    conditions = [_condition(kind, "False", f"KubeletHasNo{kind}", now) for kind in _KINDS]
    return [*conditions, _condition("Ready", "True", "KubeletReady", now)]


def _condition(type_: str, status: str, reason: str, now: str) -> Json:
    return {
        "type": type_,
        "status": status,
        "lastHeartbeatTime": now,
        "lastTransitionTime": now,
        "reason": reason,
        "message": "",
    }


def _tainted(node: Json, taint: Json) -> Json:
    taints = [*(node["spec"].get("taints") or []), taint]
    return {**node, "spec": {**node["spec"], "taints": taints}}


def _without_taint(node: Json, key: str) -> Json:
    taints = [each for each in node["spec"].get("taints") or [] if each["key"] != key]
    spec = {name: value for name, value in node["spec"].items() if name != "taints"}
    return {**node, "spec": {**spec, **({"taints": taints} if taints else {})}}
