"""
What we ask Kubernetes to create (contract 4.9, 4.7, 6.2), as plain JSON. Pure.

Everything carries the id of this installation, so that nothing else is ever taken for ours.
"""

import dataclasses
import datetime
from typing import Any

from maestro.domain.rooms import HostPort, NewRoom
from maestro.domain.schedulers import Container, Environment, Resources, Scheduler
from maestro.runtime import marks

Manifest = dict[str, Any]

RESTART_POLICIES = ("Always", "OnFailure", "Never")
COMPONENT = "maestro-next"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """How evenly the rooms of a scheduler are spread over parts of the cluster."""

    max_skew: int
    topology_key: str
    #: Rather uneven than not at all.
    schedule_anyway: bool


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What all rooms of this installation have in common."""

    installation: str
    rooms_api_url: str = ""
    spread: Spread | None = None


def namespace(scheduler: Scheduler, *, installation: str) -> Manifest:
    """Where the rooms of a scheduler live; its labels say whose it is."""
    labels = {
        marks.HERITAGE: marks.MAESTRO,
        marks.INSTALLATION: installation,
        marks.SCHEDULER: scheduler.name,
        marks.SCHEDULER_UID: scheduler.uid,
    }
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": scheduler.name, "labels": labels},
    }


def pod(room: NewRoom, scheduler: Scheduler, setting: Setting) -> Manifest:
    """One room."""
    labels = marks.labels(room, scheduler, installation=setting.installation)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": room.id,
            "namespace": scheduler.name,
            "labels": labels,
            "annotations": marks.annotations(room, scheduler),
        },
        "spec": _spec(room, scheduler, setting),
    }


def disruption_budget(scheduler: str, *, installation: str, at_least: int) -> Manifest:
    """How many rooms whoever drains nodes has to leave running."""
    labels = {"app.kubernetes.io/managed-by": "maestro", marks.INSTALLATION: installation}
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": scheduler, "namespace": scheduler, "labels": labels},
        "spec": {
            "minAvailable": at_least,
            "selector": {"matchLabels": {marks.SCHEDULER: scheduler}},
        },
    }


def deletion_event(
    scheduler: str, room: str, *, uid: str, reason: str, now: datetime.datetime
) -> Manifest:
    """Tells whoever asks Kubernetes about a pod why Maestro deleted it."""
    moment = now.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    pod: Manifest = {"apiVersion": "v1", "kind": "Pod", "namespace": scheduler, "name": room}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{room}.", "namespace": scheduler},
        "involvedObject": pod | ({"uid": uid} if uid else {}),
        "type": "Normal",
        "reason": "GameRoomDeleted",
        "message": reason,
        "source": {"component": COMPONENT},
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
    }


def deletion(*, uid: str, grace_period_s: int | None = None) -> Manifest:
    """The body of a deletion: of this very object, and within so many seconds."""
    options: Manifest = {"apiVersion": "v1", "kind": "DeleteOptions"}
    if uid:
        options["preconditions"] = {"uid": uid}
    if grace_period_s is not None:
        options["gracePeriodSeconds"] = grace_period_s
    return options


def _spec(room: NewRoom, scheduler: Scheduler, setting: Setting) -> Manifest:
    ports = {port.name: port for port in room.ports}
    ours = _ours(room, scheduler, setting)
    spec: Manifest = {
        "containers": [_container(each, ports, ours) for each in scheduler.spec.containers],
        "restartPolicy": scheduler.spec.restart_policy,
    }
    if spec["restartPolicy"] not in RESTART_POLICIES:
        spec["restartPolicy"] = "Never"
    if scheduler.grace_period_s:
        spec["terminationGracePeriodSeconds"] = scheduler.grace_period_s
    if scheduler.spec.toleration:
        spec["tolerations"] = [_toleration(scheduler.spec.toleration)]
    if scheduler.spec.affinity:
        spec["affinity"] = _affinity(scheduler.spec.affinity)
    if setting.spread:
        spec["topologySpreadConstraints"] = [_spread(setting.spread, scheduler.name)]
    return spec


def _container(container: Container, ports: dict[str, HostPort], ours: list[Manifest]) -> Manifest:
    given: Manifest = {
        "name": container.name,
        "image": container.image,
        "imagePullPolicy": container.image_pull_policy,
        "env": [*map(_variable, container.environment), *ours],
        "resources": {
            "requests": _resources(container.requests),
            "limits": _resources(container.limits),
        },
        "ports": [
            {
                "name": port.name,
                "protocol": port.protocol.upper(),
                "containerPort": port.port,
                "hostPort": ports[port.name].port,
            }
            for port in container.ports
        ],
    }
    return given | ({"command": list(container.command)} if container.command else {})


def _variable(variable: Environment) -> Manifest:
    source = variable.value_from
    if source and source.secret_key_ref:
        secret = {"name": source.secret_key_ref.name, "key": source.secret_key_ref.key}
        return {"name": variable.name, "valueFrom": {"secretKeyRef": secret}}
    if source and source.field_ref:
        field = {"fieldPath": source.field_ref.field_path}
        return {"name": variable.name, "valueFrom": {"fieldRef": field}}
    return {"name": variable.name, "value": variable.value}


def _ours(room: NewRoom, scheduler: Scheduler, setting: Setting) -> list[Manifest]:
    """Last, because the last one of a name wins."""
    values = {"MAESTRO_SCHEDULER_NAME": scheduler.name, "MAESTRO_ROOM_ID": room.id}
    if setting.rooms_api_url:
        values["MAESTRO_ROOMS_API_URL"] = setting.rooms_api_url
    return [{"name": name, "value": value} for name, value in values.items()]


def _resources(resources: Resources) -> Manifest:
    named = {"cpu": resources.cpu, "memory": resources.memory}
    return {name: amount for name, amount in named.items() if amount}


def _toleration(value: str) -> Manifest:
    return {"key": "dedicated", "operator": "Equal", "value": value, "effect": "NoSchedule"}


def _affinity(key: str) -> Manifest:
    term = {"matchExpressions": [{"key": key, "operator": "In", "values": ["true"]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    return {"nodeAffinity": required}


def _spread(spread: Spread, scheduler: str) -> Manifest:
    return {
        "maxSkew": spread.max_skew,
        "topologyKey": spread.topology_key,
        "whenUnsatisfiable": "ScheduleAnyway" if spread.schedule_anyway else "DoNotSchedule",
        "labelSelector": {"matchLabels": {marks.SCHEDULER: scheduler}},
    }
