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
_S = InstanceStatus


def instance(pod: Pod, *, host: str) -> Instance:
    """One room; `host` is the address of its node, if there is one that players can reach."""
    metadata = pod["metadata"]
    annotations = metadata.get("annotations") or {}
    status, description = status_of(pod)
    return Instance(
        room=metadata["name"],
        scheduler=metadata["namespace"],
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        status=status,
        description=description,
        host=host,
        ports=tuple(_ports(pod)),
        version=(metadata.get("labels") or {}).get(marks.VERSION, ""),
        operation=annotations.get(marks.OPERATION, ""),
        is_validation=annotations.get(marks.VALIDATION) == "true",
        created_at=datetime.datetime.fromisoformat(metadata["creationTimestamp"]),
    )


def node_of(pod: Pod) -> str:
    """The name of the node that the pod is on; empty while there is none."""
    return str(pod.get("spec", {}).get("nodeName") or "")


def status_of(pod: Pod) -> tuple[InstanceStatus, str]:
    """The status and why; the first rule that fits decides."""
    phase = pod.get("status", {}).get("phase", "")
    if pod["metadata"].get("deletionTimestamp"):
        return _S.TERMINATING, _why(pod)
    if phase == "Succeeded":
        return _S.TERMINATING, _sentence("PodSucceeded", _why(pod))
    if phase in ("Failed", "Unknown"):
        return _S.ERROR, _sentence(f"Pod{phase}", _why(pod))
    return _of_containers(pod) or _of_conditions(pod) or _of_phase(phase)


def _of_containers(pod: Pod) -> tuple[InstanceStatus, str] | None:
    for state in _states(pod):
        if (waiting := state.get("waiting")) and waiting.get("reason") in BROKEN:
            return _S.ERROR, _sentence(waiting["reason"], waiting.get("message"))
        if ended := state.get("terminated"):
            is_fine = ended.get("reason") == "Completed" or ended.get("exitCode") == 0
            return _S.TERMINATING if is_fine else _S.ERROR, _end(ended)
    return None


def _of_conditions(pod: Pod) -> tuple[InstanceStatus, str] | None:
    conditions = pod.get("status", {}).get("conditions") or []
    for condition in conditions:
        if condition["status"] == "False":
            return _S.PENDING, _waiting_for(pod) or _sentence(
                condition.get("reason") or f"not {condition['type']}", condition.get("message")
            )
    is_ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return (_S.READY, "") if is_ready else None


def _of_phase(phase: str) -> tuple[InstanceStatus, str]:
    known = {"Pending": (_S.PENDING, ""), "Running": (_S.READY, "")}
    return known.get(phase, (_S.ERROR, f"unknown phase {phase!r}"))


def _waiting_for(pod: Pod) -> str:
    """Why a container waits, unless all do for a moment; tells more than the condition."""
    for state in _states(pod):
        waiting = state.get("waiting") or {}
        if waiting.get("reason") and waiting["reason"] not in BEGINNING:
            return _sentence(waiting["reason"], waiting.get("message"))
    return ""


def _why(pod: Pod) -> str:
    """Why a pod is over: what the cluster says, else how its container ended."""
    status = pod.get("status", {})
    if status.get("reason"):
        return _sentence(status["reason"], status.get("message"))
    for condition in status.get("conditions") or []:
        if condition["type"] == "DisruptionTarget" and condition["status"] == "True":
            return _sentence(condition.get("reason", ""), condition.get("message"))
    ends = [state["terminated"] for state in _states(pod) if state.get("terminated")]
    return _end(ends[0]) if ends else ""


def _end(ended: Mapping[str, Any]) -> str:
    """`Completed`, `OOMKilled (exit code 137)`, `Error (exit code 1): message`"""
    reason, code = ended.get("reason") or "", ended.get("exitCode", 0)
    if code == 0:
        return reason or "Completed"
    return _sentence(f"{reason} (exit code {code})".strip(), ended.get("message"))


def _sentence(reason: str, message: object) -> str:
    return f"{reason}: {message}" if message else reason


def _states(pod: Pod) -> Iterator[Mapping[str, Any]]:
    for container in pod.get("status", {}).get("containerStatuses") or []:
        yield container.get("state") or {}


def _ports(pod: Pod) -> Iterator[HostPort]:
    for container in pod.get("spec", {}).get("containers") or []:
        for port in container.get("ports") or []:
            if port.get("hostPort"):
                protocol = port["protocol"].lower()
                yield HostPort(name=port.get("name", ""), protocol=protocol, port=port["hostPort"])
