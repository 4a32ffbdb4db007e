"""
Pods as the core sees them (contract 4.10), pure: the raw JSON of a pod in, an instance out.

A pod has no phase "Terminating": until its container ends it is Running and Ready, and then
Succeeded or Failed. So a deletion timestamp comes before everything else. A pod on a dead node
keeps its phase and loses only its Ready condition, without a reason.
"""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from maestro.domain.rooms import HostPort, Instance, InstanceStatus
from maestro.runtime import marks
from maestro.runtime.kubernetes import shape

Pod = Mapping[str, Any]

#: Reasons for which a container waits that do not pass by themselves.
BROKEN = frozenset(
    {
        "ErrImageNeverPull",
        "ErrImagePullBackOff",
        "ImagePullBackOff",
        "ErrInvalidImageName",
        "InvalidImageName",
        "ErrImagePull",
        "CrashLoopBackOff",
        "RunContainerError",
        "ContainerStatusUnknown",
    }
)
#: Reasons for which every container waits for a moment.
BEGINNING = frozenset({"ContainerCreating", "PodInitializing"})
#: Of a description; the cause stands in front.
LONGEST = 1000
_S = InstanceStatus


class Unreadable(Exception):
    """A pod that does not say who it is; whatever else is missing or odd, it remains a pod."""


def instance(pod: Pod, *, host: str) -> Instance:
    """
    One room; `host` is the address of its node, if there is one that players can reach.

    Raises Unreadable.
    """
    metadata = shape.mapping(pod.get("metadata"))
    annotations = shape.mapping(metadata.get("annotations"))
    status, description = status_of(pod)
    return Instance(
        room=_given(metadata, "name"),
        scheduler=_given(metadata, "namespace"),
        uid=_given(metadata, "uid"),
        resource_version=_given(metadata, "resourceVersion"),
        status=status,
        description=description,
        host=host,
        ports=tuple(_ports(pod)),
        version=shape.text(shape.mapping(metadata.get("labels")).get(marks.VERSION)),
        operation=shape.text(annotations.get(marks.OPERATION)),
        is_validation=annotations.get(marks.VALIDATION) == "true",
        created_at=_moment(metadata.get("creationTimestamp")),
    )


def _given(metadata: Mapping[str, Any], name: str) -> str:
    value = shape.text(metadata.get(name))
    if not value:
        raise Unreadable(f"metadata.{name} is missing")
    return value


def _moment(value: object) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(shape.text(value))
    except ValueError:
        return None


def node_of(pod: Pod) -> str:
    """The name of the node that the pod is on; empty while there is none."""
    return shape.text(shape.mapping(pod.get("spec")).get("nodeName"))


def status_of(pod: Pod) -> tuple[InstanceStatus, str]:
    """The status and why; the first rule that fits decides."""
    phase = shape.text(_status(pod).get("phase"))
    if shape.mapping(pod.get("metadata")).get("deletionTimestamp"):
        return _S.TERMINATING, _why(pod)
    if phase == "Succeeded":
        return _S.TERMINATING, _sentence("PodSucceeded", _why(pod))
    if phase in ("Failed", "Unknown"):
        return _S.ERROR, _sentence(f"Pod{phase}", _why(pod))
    return _of_containers(pod) or _of_conditions(pod) or _of_phase(phase)


def _of_containers(pod: Pod) -> tuple[InstanceStatus, str] | None:
    for state in _states(pod):
        waiting = shape.mapping(state.get("waiting"))
        if (reason := shape.text(waiting.get("reason"))) in BROKEN:
            return _S.ERROR, _sentence(reason, waiting.get("message"))
        if ended := shape.mapping(state.get("terminated")):
            is_fine = ended.get("reason") == "Completed" or ended.get("exitCode") == 0
            return _S.TERMINATING if is_fine else _S.ERROR, _end(ended)
    return None


def _of_conditions(pod: Pod) -> tuple[InstanceStatus, str] | None:
    conditions = _conditions(pod)
    for condition in conditions:
        if condition.get("status") == "False":
            return _S.PENDING, _waiting_for(pod) or _sentence(
                shape.text(condition.get("reason")) or f"not {condition.get('type')}",
                condition.get("message"),
            )
    return (_S.READY, "") if any(_holds(each, "Ready") for each in conditions) else None


def _of_phase(phase: str) -> tuple[InstanceStatus, str]:
    known = {"Pending": (_S.PENDING, ""), "Running": (_S.READY, "")}
    return known.get(phase, (_S.ERROR, f"unknown phase {phase!r}"))


def _waiting_for(pod: Pod) -> str:
    """Why a container waits, unless all do for a moment; tells more than the condition."""
    for state in _states(pod):
        waiting = shape.mapping(state.get("waiting"))
        reason = shape.text(waiting.get("reason"))
        if reason and reason not in BEGINNING:
            return _sentence(reason, waiting.get("message"))
    return ""


def _why(pod: Pod) -> str:
    """Why a pod is over: what the cluster says, else how its container ended."""
    status = _status(pod)
    if reason := shape.text(status.get("reason")):
        return _sentence(reason, status.get("message"))
    for condition in _conditions(pod):
        if _holds(condition, "DisruptionTarget"):
            return _sentence(shape.text(condition.get("reason")), condition.get("message"))
    ends = [ended for state in _states(pod) if (ended := shape.mapping(state.get("terminated")))]
    return _end(ends[0]) if ends else ""


def _end(ended: Mapping[str, Any]) -> str:
    """`Completed`, `OOMKilled (exit code 137)`, `Error (exit code 1): message`"""
    reason, code = shape.text(ended.get("reason")), ended.get("exitCode", 0)
    if code == 0:
        return reason or "Completed"
    return _sentence(f"{reason} (exit code {code})".strip(), ended.get("message"))


def _sentence(reason: str, message: object) -> str:
    return f"{reason}: {message}"[:LONGEST] if message else reason


def _status(pod: Pod) -> Mapping[str, Any]:
    return shape.mapping(pod.get("status"))


def _conditions(pod: Pod) -> list[Mapping[str, Any]]:
    return shape.mappings(_status(pod).get("conditions"))


def _holds(condition: Mapping[str, Any], kind: str) -> bool:
    return condition.get("type") == kind and condition.get("status") == "True"


def _states(pod: Pod) -> Iterator[Mapping[str, Any]]:
    for container in shape.mappings(_status(pod).get("containerStatuses")):
        yield shape.mapping(container.get("state"))


def _ports(pod: Pod) -> Iterator[HostPort]:
    for container in shape.mappings(shape.mapping(pod.get("spec")).get("containers")):
        for port in shape.mappings(container.get("ports")):
            if number := shape.number(port.get("hostPort")):
                protocol = (shape.text(port.get("protocol")) or "TCP").lower()
                yield HostPort(name=shape.text(port.get("name")), protocol=protocol, port=number)
