"""Which fields a pod has; whatever else is sent is dropped with a warning, or refused if asked."""

from typing import Any

from tests.fakes.kubernetes.refusals import Json

_CONTAINER = """
    name image command args workingDir ports envFrom env resources resizePolicy restartPolicy
    volumeMounts volumeDevices livenessProbe readinessProbe startupProbe lifecycle
    terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce
    tty restartPolicyRules
"""
_PORT = "name hostPort containerPort protocol hostIP"
_RESOURCES = "limits requests claims"
_SOURCE = "fieldRef resourceFieldRef configMapKeyRef secretKeyRef fileKeyRef"
_KEY = "name key optional"
#: By the path of their object, without the places in lists. What is not here is not looked at.
_KNOWN = {
    "": "kind apiVersion metadata spec status",
    "metadata": """
        name generateName namespace selfLink uid resourceVersion generation creationTimestamp
        deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers
        managedFields
    """,
    "spec": """
        volumes initContainers containers ephemeralContainers restartPolicy
        terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector
        serviceAccountName serviceAccount automountServiceAccountToken nodeName hostNetwork hostPID
        hostIPC shareProcessNamespace securityContext imagePullSecrets hostname subdomain affinity
        schedulerName tolerations hostAliases priorityClassName priority dnsConfig readinessGates
        runtimeClassName enableServiceLinks preemptionPolicy overhead topologySpreadConstraints
        setHostnameAsFQDN os hostUsers schedulingGates resourceClaims resources hostnameOverride
    """,
    "spec.containers": _CONTAINER,
    "spec.containers.ports": _PORT,
    "spec.containers.resources": _RESOURCES,
    "spec.containers.env": "name value valueFrom",
    "spec.containers.env.valueFrom": _SOURCE,
    "spec.containers.env.valueFrom.fieldRef": "apiVersion fieldPath",
    "spec.containers.env.valueFrom.secretKeyRef": _KEY,
    "spec.containers.env.valueFrom.configMapKeyRef": _KEY,
    "spec.tolerations": "key operator value effect tolerationSeconds",
    "spec.affinity": "nodeAffinity podAffinity podAntiAffinity",
    "spec.topologySpreadConstraints": """
        maxSkew topologyKey whenUnsatisfiable labelSelector minDomains nodeAffinityPolicy
        nodeTaintsPolicy matchLabelKeys
    """,
}
_FIELDS = {path: frozenset(fields.split()) for path, fields in _KNOWN.items()}


def known(pod: Json) -> tuple[Json, list[str]]:
    """A pod without what no pod has, and where that was."""
    unknown: list[str] = []
    return _known(pod, "", "", unknown), unknown


def _known(value: Any, path: str, shown: str, unknown: list[str]) -> Any:
    if isinstance(value, list):
        return [
            _known(each, path, f"{shown}[{index}]", unknown) for index, each in enumerate(value)
        ]
    if not isinstance(value, dict) or path not in _FIELDS:
        return value
    kept = {}
    for key, each in value.items():
        place = f"{shown}.{key}".lstrip(".")
        if key in _FIELDS[path]:
            kept[key] = _known(each, f"{path}.{key}".lstrip("."), place, unknown)
        else:
            unknown.append(place)
    return kept
