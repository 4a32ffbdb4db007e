"""
What becomes of a pod on its node: a pod and the time in, the same pod with its next status out.

Each function is one step that a real kubelet reports as one change. Nothing is stored here.
"""

from collections.abc import Callable, Iterator

from tests.fakes.kubernetes.refusals import Json

Step = Callable[[Json, str], Json]

#: How containers end that nobody saw ending.
DIED = 255
POD_IP = "10.0.0.1"
_UNKNOWN = "The container could not be located when the pod was terminated"
_ORDER = (
    "PodReadyToStartContainers",
    "Initialized",
    "Ready",
    "ContainersReady",
    "PodScheduled",
)


# Starting ---------------------------------------------------------------------


def scheduled(pod: Json, now: str, *, node: str) -> Json:
    """The scheduler has chosen a node."""
    pod = {**pod, "spec": {**pod["spec"], "nodeName": node}}
    return _with_status(pod, conditions=[_condition(pod, "PodScheduled", now, "True")])


def unschedulable(pod: Json, now: str, *, why: str) -> Json:
    """The scheduler has found no node."""
    condition = {
        **_condition(pod, "PodScheduled", now, "False"),
        "reason": "Unschedulable",
        "message": why,
    }
    return _with_status(pod, conditions=[condition])


def creating(pod: Json, now: str, *, host_ip: str) -> Json:
    """The kubelet has taken the pod up; its containers do not exist yet."""
    statuses = [_new_container(each) for each in pod["spec"]["containers"]]
    pod = _with_status(
        pod,
        hostIP=host_ip,
        hostIPs=[{"ip": host_ip}],
        startTime=now,
        containerStatuses=statuses,
    )
    return _judged(pod, now, network=False)


def running(pod: Json, now: str, *, ready: bool = True) -> Json:
    """All containers run."""
    statuses = [_running(each, now, ready=ready) for each in _statuses(pod)]
    pod = _with_status(_with_ip(pod), phase="Running", containerStatuses=statuses)
    return _judged(pod, now, network=True)


def readiness(pod: Json, now: str, *, ready: bool) -> Json:
    """A readiness probe has changed its mind."""
    running_ = [
        {**each, "ready": ready} if "running" in each["state"] else each for each in _statuses(pod)
    ]
    return _judged(_with_status(pod, containerStatuses=running_), now, network=True)


def has_probe(pod: Json) -> bool:
    """Whether the pod is running for a while before it is ready."""
    return any("readinessProbe" in each for each in pod["spec"]["containers"])


def rejected(pod: Json, now: str, *, reason: str, message: str) -> Json:
    """The kubelet does not even try."""
    return _with_status(
        pod,
        observedGeneration=pod["metadata"]["generation"],
        phase="Failed",
        reason=reason,
        message=f"Pod was rejected: {message}",
        startTime=now,
    )


# Trouble ----------------------------------------------------------------------


def waiting(pod: Json, now: str, *, reason: str, message: str, phase: str) -> Json:
    """The containers cannot be started, and will be tried again."""
    state = {"waiting": {"reason": reason, **({"message": message} if message else {})}}
    statuses = [
        {**_remembering(each), "state": state, "ready": False, "started": False}
        for each in _statuses(pod)
    ]
    pod = _with_status(_with_ip(pod), phase=phase, containerStatuses=statuses)
    return _judged(pod, now, network=True)


def ended(pod: Json, now: str, *, exit_code: int, reason: str = "", container: str = "") -> Json:
    """One container has ended, or all; the phase follows only later."""
    statuses = [
        _terminated(each, now, exit_code=exit_code, reason=reason)
        if container in ("", each["name"]) and "terminated" not in each["state"]
        else each
        for each in _statuses(pod)
    ]
    pod = _with_status(_with_ip(pod), containerStatuses=statuses)
    return _judged(pod, now, network=True)


def died(pod: Json, now: str) -> Json:
    """The node was away, and the containers with it."""
    statuses = [_terminated(each, now, exit_code=DIED, reason="Unknown") for each in _statuses(pod)]
    status = {key: value for key, value in pod["status"].items() if key not in ("podIP", "podIPs")}
    pod = {**pod, "status": {**status, "containerStatuses": statuses}}
    return _judged(pod, now, network=False)


def finished(pod: Json, now: str) -> Json:
    """All containers have ended and none will be started again."""
    return _judged(_with_status(pod, phase=_last_phase(pod)), now, network=False)


def restarted(pod: Json, now: str, *, ready: bool = True) -> Json:
    """The containers that ended run again."""
    statuses = [_again(each, now, ready=ready) for each in _statuses(pod)]
    pod = _with_status(_with_ip(pod), phase="Running", containerStatuses=statuses)
    return _judged(pod, now, network=True)


def is_over(pod: Json) -> bool:
    """Whether nothing will happen on the node any more."""
    return pod["status"]["phase"] in ("Succeeded", "Failed")


def will_restart(pod: Json, exit_code: int) -> bool:
    """Whether the kubelet starts a container again that ended so."""
    policy = pod["spec"]["restartPolicy"]
    return policy == "Always" or (policy == "OnFailure" and exit_code != 0)


# Ending -----------------------------------------------------------------------


def ending(pod: Json, *, exit_code: int = 0, reason: str = "") -> Iterator[Step]:
    """The steps between the wish to delete a pod and its last moment, which follows them."""
    yield noticed
    if _never_ran(pod):
        if _has_network(pod):
            yield _network_gone
        yield _lost
    else:
        yield lambda each, now: _stopped(each, now, exit_code=exit_code, reason=reason)
    yield without_grace


def noticed(pod: Json, now: str) -> Json:
    """The kubelet has seen that the pod is to end."""
    if _never_ran(pod):
        statuses = [_waits_again(each) for each in _statuses(pod)]
        pod = _with_status(pod, containerStatuses=statuses)
    elif any("waiting" in each["state"] for each in _statuses(pod)):
        statuses = [_as_it_ended(each) for each in _statuses(pod)]
        pod = _with_status(pod, containerStatuses=statuses)
    generation = pod["metadata"]["generation"]
    conditions = [
        {**each, "observedGeneration": generation} for each in pod["status"]["conditions"]
    ]
    return _with_status(pod, observedGeneration=generation, conditions=conditions)


def without_grace(pod: Json, now: str) -> Json:
    """The last thing that is stored of a pod that ends on its node."""
    metadata = {**pod["metadata"], "deletionTimestamp": now, "deletionGracePeriodSeconds": 0}
    return {**pod, "metadata": metadata}


def disrupted(pod: Json, now: str, *, reason: str, message: str) -> Json:
    """Something other than its owner wants the pod gone."""
    condition = {
        "type": "DisruptionTarget",
        "observedGeneration": pod["metadata"]["generation"],
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": now,
        "reason": reason,
        "message": message,
    }
    conditions = [
        each for each in pod["status"].get("conditions", []) if each["type"] != "DisruptionTarget"
    ]
    return _with_status(pod, conditions=[*conditions, condition])


def forsaken(pod: Json, now: str) -> Json:
    """Nothing is heard of the node: not ready, without a reason; all else stays as it was."""
    conditions = [
        _condition(pod, "Ready", now, "False") if each["type"] == "Ready" else each
        for each in pod["status"].get("conditions", [])
    ]
    return _with_status(pod, conditions=conditions)


def collected(pod: Json, now: str) -> Json:
    """The node is no more, so neither is the pod."""
    pod = disrupted(pod, now, reason="DeletionByPodGC", message="PodGC: node no longer exists")
    return _with_status(pod, phase="Failed", observedGeneration=pod["metadata"]["generation"])


# Parts ------------------------------------------------------------------------


def _with_status(pod: Json, **changed: object) -> Json:
    return {**pod, "status": {**pod["status"], **changed}}


def _statuses(pod: Json) -> list[Json]:
    """What is known of the containers, even before the kubelet has said anything."""
    known: list[Json] | None = pod["status"].get("containerStatuses")
    return known or [_new_container(each) for each in pod["spec"]["containers"]]


def _with_ip(pod: Json) -> Json:
    return _with_status(pod, podIP=POD_IP, podIPs=[{"ip": POD_IP}])


def _new_container(container: Json) -> Json:
    return {
        "name": container["name"],
        "state": {"waiting": {"reason": "ContainerCreating"}},
        "lastState": {},
        "ready": False,
        "restartCount": 0,
        "image": container["image"],
        "imageID": "",
        "started": False,
    }


def _running(status: Json, now: str, *, ready: bool) -> Json:
    return {
        **status,
        "state": {"running": {"startedAt": now}},
        "ready": ready,
        "started": True,
        "imageID": status["image"],
        "containerID": f"fake://{status['name']}",
    }


def _terminated(status: Json, now: str, *, exit_code: int, reason: str) -> Json:
    started = status["state"].get("running", {}).get("startedAt", now)
    state = {
        "exitCode": exit_code,
        "reason": reason or ("Error" if exit_code else "Completed"),
        "startedAt": started,
        "finishedAt": now,
        "containerID": f"fake://{status['name']}",
    }
    return {**status, "state": {"terminated": state}, "ready": False, "started": False}


def _again(status: Json, now: str, *, ready: bool) -> Json:
    status = _remembering(status)
    if "running" in status["state"]:
        return status
    return {
        **_running(status, now, ready=ready),
        "restartCount": status["restartCount"] + 1,
    }


def _remembering(status: Json) -> Json:
    """What has ended is remembered as the last state once something else happens."""
    if "terminated" in status["state"]:
        return {**status, "lastState": status["state"]}
    return status


def _waits_again(status: Json) -> Json:
    return {**status, "state": {"waiting": {"reason": "ContainerCreating"}}}


def _as_it_ended(status: Json) -> Json:
    if "waiting" in status["state"] and "terminated" in status["lastState"]:
        return {**status, "state": status["lastState"]}
    return status


def _stopped(pod: Json, now: str, *, exit_code: int, reason: str) -> Json:
    return finished(ended(pod, now, exit_code=exit_code, reason=reason), now)


def _network_gone(pod: Json, now: str) -> Json:
    return _judged(pod, now, network=False)


def _lost(pod: Json, now: str) -> Json:
    """There never was a container: it counts as killed, and its pod as failed."""
    state = {
        "exitCode": 137,
        "reason": "ContainerStatusUnknown",
        "message": _UNKNOWN,
        "startedAt": None,
        "finishedAt": None,
    }
    statuses = [{**each, "state": {"terminated": state}} for each in _statuses(pod)]
    return _with_status(pod, phase="Failed", containerStatuses=statuses)


def _never_ran(pod: Json) -> bool:
    return all("waiting" in each["state"] and not each["lastState"] for each in _statuses(pod))


def _has_network(pod: Json) -> bool:
    return any(
        each["type"] == "PodReadyToStartContainers" and each["status"] == "True"
        for each in pod["status"].get("conditions", [])
    )


def _last_phase(pod: Json) -> str:
    codes = [each["state"]["terminated"]["exitCode"] for each in _statuses(pod)]
    return "Failed" if any(codes) else "Succeeded"


def _judged(pod: Json, now: str, *, network: bool) -> Json:
    """The conditions that follow from the containers."""
    ready, reason, message = _readiness(pod)
    wanted = {
        "PodReadyToStartContainers": ("True" if network else "False", "", ""),
        "Initialized": ("True", reason if reason == "PodCompleted" else "", ""),
        "Ready": (ready, reason, message),
        "ContainersReady": (ready, reason, message),
        "PodScheduled": ("True", "", ""),
    }
    others = [each for each in pod["status"].get("conditions", []) if each["type"] not in wanted]
    generation = pod["metadata"]["generation"]
    judged = [_condition(pod, type_, now, *wanted[type_]) for type_ in _ORDER]
    judged = [{**each, "observedGeneration": generation} for each in judged]
    return _with_status(pod, observedGeneration=generation, conditions=[*others, *judged])


def _readiness(pod: Json) -> tuple[str, str, str]:
    statuses = _statuses(pod)
    if all(each["ready"] for each in statuses):
        return "True", "", ""
    ends = [each["state"]["terminated"] for each in statuses if "terminated" in each["state"]]
    codes = [each["exitCode"] for each in ends]
    if len(ends) == len(statuses) and _is_the_end(pod, codes):
        return "False", "PodFailed" if any(codes) else "PodCompleted", ""
    unready = ", ".join(each["name"] for each in statuses if not each["ready"])
    return "False", "ContainersNotReady", f"containers with unready status: [{unready}]"


def _is_the_end(pod: Json, codes: list[int]) -> bool:
    is_last = is_over(pod) or "deletionTimestamp" in pod["metadata"]
    return is_last or not any(will_restart(pod, code) for code in codes)


def _condition(
    pod: Json, type_: str, now: str, status: str, reason: str = "", message: str = ""
) -> Json:
    """A condition, with the time since when it is so."""
    known = next(
        (each for each in pod["status"].get("conditions", []) if each["type"] == type_), None
    )
    since = known["lastTransitionTime"] if known and known["status"] == status else now
    condition = {
        "type": type_,
        "status": status,
        "lastProbeTime": None,
        "lastTransitionTime": since,
        "reason": reason,
        "message": message,
    }
    return {key: value for key, value in condition.items() if value != ""}
