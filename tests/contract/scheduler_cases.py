"""Bodies of schedulers: which are refused and why, and which are read as what."""

import copy
from typing import Any

from api.management import examples

ABSENT = object()
CONTAINER = "spec.containers.0"
PORT = f"{CONTAINER}.ports.0"
VARIABLE = f"{CONTAINER}.environment.0"
POLICY = "autoscaling.policy"
OCCUPANCY = f"{POLICY}.parameters.roomOccupancy"
FORWARDER = "forwarders.0"


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
    (f"{CONTAINER}.image", "a\0b", "spec.containers[0].image"),
    ("labels", {"tier": "\0"}, "labels.tier"),
    (f"{FORWARDER}.options.metadata", {"a": ["\0"]}, "forwarders[0].options.metadata"),
    ("spec.containers", [{}] * 51, "spec.containers"),
]

#: A value of another type; nothing of it passes for what is expected. Protobuf has no such values.
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
    (f"{PORT}.port", "http", "spec.containers[0].ports[0].port"),
    ("portRange", 5, "portRange"),
    ("autoscaling.enabled", "true", "autoscaling.enabled"),
    (f"{OCCUPANCY}.readyTarget", "NaN", "autoscaling.policy.parameters.roomOccupancy.readyTarget"),
    (f"{FORWARDER}.options.metadata", [], "forwarders[0].options.metadata"),
    ("labels", {"tier": 1}, "labels.tier"),
    ("annotations", [], "annotations"),
]

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

REFUSED = [
    *[(changed((path, value)), json_path(path)) for path, value in BROKEN],
    *[(changed((path, value)), field) for path, value, field in BROKEN_ELSEWHERE],
]
REFUSED_TYPES = [(changed((path, value)), field) for path, value, field in MISTYPED]
ACCEPTED = [
    examples.NEW_SCHEDULER,
    MINIMAL,
    *[changed((path, value)) for path, value, _ in READ_AS],
]
