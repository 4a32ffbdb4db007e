"""What a real server adds to what it is given, as far as it matters for rooms."""

from tests.fakes.kubernetes import quantities
from tests.fakes.kubernetes.refusals import Json

#: How long pods stay on a node that is not well, unless they say otherwise.
_TOLERATED_S = 300


def namespace(body: Json) -> Json:
    metadata = body.get("metadata") or {}
    name = metadata.get("name") or ""
    labels = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": name}
    return {
        "metadata": {**metadata, "labels": labels},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def pod(body: Json, namespace: str) -> Json:
    spec = body.get("spec") or {}
    containers = [_container(each) for each in spec.get("containers") or []]
    service_account = spec.get("serviceAccountName") or "default"
    grace = spec.get("terminationGracePeriodSeconds")
    grace = 30 if grace is None else grace
    spec = {
        "restartPolicy": "Always",
        "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "priority": 0,
        "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
        **spec,
        "containers": containers,
        "terminationGracePeriodSeconds": grace if grace >= 0 else 1,
        "serviceAccountName": service_account,
        "serviceAccount": service_account,
        "tolerations": _tolerations(spec.get("tolerations") or []),
    }
    return {
        "metadata": _metadata(body, namespace),
        "spec": spec,
        "status": {"phase": "Pending", "qosClass": _quality(containers)},
    }


def budget(body: Json, namespace: str) -> Json:
    status = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
    return {
        "metadata": _metadata(body, namespace),
        "spec": body.get("spec") or {},
        "status": dict.fromkeys(status, 0),
    }


def event(body: Json, namespace: str) -> Json:
    return {
        "source": {},
        "firstTimestamp": None,
        "lastTimestamp": None,
        "eventTime": None,
        "reportingComponent": "",
        "reportingInstance": "",
        **{key: value for key, value in body.items() if value != ""},
        "metadata": _metadata(body, namespace, generation=0),
    }


def _metadata(body: Json, namespace: str, *, generation: int = 1) -> Json:
    given = body.get("metadata") or {}
    kept = ("name", "generateName", "labels", "annotations", "finalizers", "ownerReferences")
    metadata = {key: given[key] for key in kept if given.get(key)}
    metadata["namespace"] = namespace
    return {**metadata, "generation": generation} if generation else metadata


def _container(container: Json) -> Json:
    image = container.get("image") or ""
    tag = image.rpartition("/")[2].partition(":")[2]
    filled = {
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "Always" if tag in ("", "latest") else "IfNotPresent",
        **container,
        "resources": quantities.canonical_resources(container.get("resources") or {}),
    }
    if ports := container.get("ports"):
        filled["ports"] = [{**port, "protocol": port.get("protocol") or "TCP"} for port in ports]
    if variables := container.get("env"):
        filled["env"] = [_variable(each) for each in variables]
    return filled


def _variable(variable: Json) -> Json:
    """An empty value is the same as none, and is not shown."""
    shown = {key: value for key, value in variable.items() if (key, value) != ("value", "")}
    if field := (shown.get("valueFrom") or {}).get("fieldRef"):
        shown["valueFrom"] = {"fieldRef": {"apiVersion": "v1", **field}}
    return shown


def _tolerations(given: list[Json]) -> list[Json]:
    if any(not each.get("key") and each.get("operator") == "Exists" for each in given):
        return given
    wanted = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
    known = {each.get("key") for each in given}
    return given + [_tolerated(key) for key in wanted if key not in known]


def _tolerated(key: str) -> Json:
    return {
        "key": key,
        "operator": "Exists",
        "effect": "NoExecute",
        "tolerationSeconds": _TOLERATED_S,
    }


def _quality(containers: list[Json]) -> str:
    given = [each["resources"] for each in containers]
    if not any(given):
        return "BestEffort"
    both = all(
        set(each.get("limits", {})) >= {"cpu", "memory"} and each["limits"] == each["requests"]
        for each in given
    )
    return "Guaranteed" if both else "Burstable"
