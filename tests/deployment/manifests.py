"""What holds for all manifests, whoever rendered them."""

from collections.abc import Mapping, Sequence
from typing import Any

import kubernetes_validate
import pydantic
import yaml

from maestro.cli.modules import MODULES, internal_port
from maestro.config import Settings, variable
from maestro.runtime.kubernetes import rights

#: The oldest that is still maintained, and the newest that has schemas.
CLUSTERS = ("1.34", "1.37")
#: Kinds that a cluster does not know of itself.
FOREIGN = ("ServiceMonitor", "PrometheusRule")
#: Who calls the API of Kubernetes.
IN_THE_CLUSTER = {"worker", "runtime-watcher"}
#: Settings whose values only a Secret holds; the URLs of stores have passwords in them.
SECRET = {
    variable(name)
    for name, field in Settings.model_fields.items()
    if field.annotation is pydantic.SecretStr or name in ("postgres_url", "redis_url", "broker_url")
}
COMPONENT = "app.kubernetes.io/component"

Object = Mapping[str, Any]


def parsed(text: str) -> list[Object]:
    return [each for each in yaml.safe_load_all(text) if each]


def of_kind(objects: Sequence[Object], kind: str) -> list[Object]:
    return [each for each in objects if each["kind"] == kind]


def modules(objects: Sequence[Object]) -> dict[str, Object]:
    """Module → its Deployment."""
    return {each["metadata"]["labels"][COMPONENT]: each for each in of_kind(objects, "Deployment")}


def pod(workload: Object) -> Object:
    spec: Object = workload["spec"]["template"]["spec"]
    return spec


def container(workload: Object) -> Object:
    (only,) = pod(workload)["containers"]
    found: Object = only
    return found


def variables(workload: Object) -> dict[str, Object]:
    return {each["name"]: each for each in container(workload)["env"]}


def values(workload: Object) -> dict[str, str]:
    """Variables that stand in the manifest as they are."""
    return {name: each["value"] for name, each in variables(workload).items() if "value" in each}


def are_valid(objects: Sequence[Object]) -> None:
    """Every field is one that clusters know."""
    for each in objects:
        if each["kind"] not in FOREIGN:
            for version in CLUSTERS:
                kubernetes_validate.validate(each, version, strict=True)


def are_named_once(objects: Sequence[Object]) -> None:
    named = [
        (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
        for each in objects
    ]
    assert len(named) == len(set(named))


def may_do_what_they_do(objects: Sequence[Object]) -> None:
    """The account has the rights that are needed, no others, and nobody has it without need."""
    (role,) = of_kind(objects, "ClusterRole")
    (binding,) = of_kind(objects, "ClusterRoleBinding")
    (account,) = of_kind(objects, "ServiceAccount")

    assert role["rules"] == rights.cluster_role()["rules"]
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    where = {name: account["metadata"][name] for name in ("name", "namespace")}
    assert binding["subjects"] == [{"kind": "ServiceAccount", **where}]
    for module, deployment in modules(objects).items():
        spec = pod(deployment)
        assert spec["automountServiceAccountToken"] is (module in IN_THE_CLUSTER), module
        if module in IN_THE_CLUSTER:
            assert spec["serviceAccountName"] == account["metadata"]["name"]


def are_restricted(objects: Sequence[Object]) -> None:
    """As the restricted profile of pod security demands, and read-only but for /tmp."""
    for workload in [*of_kind(objects, "Deployment"), *of_kind(objects, "Job")]:
        spec, inner = pod(workload), container(workload)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == 10001
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert inner["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"name": "tmp", "mountPath": "/tmp"} in inner["volumeMounts"]  # noqa: S108
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
        # Services of this very chart would otherwise set MAESTRO_..._PORT.
        assert spec["enableServiceLinks"] is False


def run_every_module(objects: Sequence[Object]) -> None:
    """Each has a Deployment, with settings that are some, and is probed where it answers."""
    deployed = modules(objects)
    assert deployed.keys() == MODULES.keys()
    for module, deployment in deployed.items():
        inner = container(deployment)
        assert inner["args"] == ["start", module]
        given = {name for name in variables(deployment) if name.startswith("MAESTRO_")}
        assert given <= set(map(variable, Settings.model_fields)), module
        assert inner["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in inner["resources"]["limits"]
        listens(module, deployment)


def listens(module: str, deployment: Object) -> None:
    """Where it is probed and called from other pods."""
    given = values(deployment)
    given = {name: text for name, text in given.items() if name.startswith("MAESTRO_")}
    settings = Settings(**{name.removeprefix("MAESTRO_").lower(): given[name] for name in given})  # type: ignore[arg-type]
    ports = {each["name"]: each["containerPort"] for each in container(deployment)["ports"]}
    prefix = module.replace("-", "_")
    wanted = {"internal": internal_port(settings, module)}
    if f"{prefix}_port" in Settings.model_fields:
        wanted["http"] = getattr(settings, f"{prefix}_port")
        assert getattr(settings, f"{prefix}_host") == "0.0.0.0"  # noqa: S104
    if f"{prefix}_grpc_port" in Settings.model_fields:
        wanted["grpc"] = getattr(settings, f"{prefix}_grpc_port")
    assert ports == wanted
    assert settings.internal_host == "0.0.0.0"  # noqa: S104
    for probe, path in {"startup": "healthz", "liveness": "healthz", "readiness": "readyz"}.items():
        asked = container(deployment)[f"{probe}Probe"]["httpGet"]
        assert asked == {"path": f"/{path}", "port": "internal"}


def lead_somewhere(objects: Sequence[Object]) -> None:
    """Whatever selects pods selects some, and names only ports that these have."""
    for service in of_kind(objects, "Service"):
        for port in service["spec"]["ports"]:
            assert selected(objects, service["spec"]["selector"], port["targetPort"])
    for budget in of_kind(objects, "PodDisruptionBudget"):
        assert len(selected(objects, budget["spec"]["selector"]["matchLabels"])) == 1
    for policy in of_kind(objects, "NetworkPolicy"):
        for rule in policy["spec"]["ingress"]:
            assert rule["from"], "an empty list would let everybody in"
            for port in rule["ports"]:
                labels = policy["spec"]["podSelector"]["matchLabels"]
                assert selected(objects, labels, port["port"])
    for scaler in of_kind(objects, "HorizontalPodAutoscaler"):
        name = scaler["spec"]["scaleTargetRef"]["name"]
        (target,) = [
            each for each in of_kind(objects, "Deployment") if each["metadata"]["name"] == name
        ]
        assert "replicas" not in target["spec"], "two would decide"


def selected(objects: Sequence[Object], labels: Mapping[str, str], port: str = "") -> list[Object]:
    """The Deployments whose pods have these labels, and the port if one is named."""
    return [
        each
        for each in of_kind(objects, "Deployment")
        if labels.items() <= each["spec"]["template"]["metadata"]["labels"].items()
        and (not port or port in {known["name"] for known in container(each)["ports"]})
    ]


def hold_no_secret(objects: Sequence[Object]) -> None:
    """What is secret is named only."""
    assert not of_kind(objects, "Secret")
    for workload in [*of_kind(objects, "Deployment"), *of_kind(objects, "Job")]:
        for name, each in variables(workload).items():
            is_named = "secretKeyRef" in each.get("valueFrom", {})
            assert is_named is (name in SECRET), name
