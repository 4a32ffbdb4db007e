"""The Helm chart, rendered by Helm with what installations may want."""

import json
from typing import Any

import pytest
import yaml

from maestro.config import Settings
from maestro.version import VERSION
from tests.deployment import manifests, places, tools
from tests.deployment.base import CHART, of_this_version
from tests.deployment.manifests import Object

IMAGE = {"repository": "registry.example.com/maestro"}
#: What anybody must say.
LEAST: dict[str, Any] = {"image": IMAGE}
#: As Prometheus reads them, with braces that are none of Helm's.
RULES = """
groups:
  - name: maestro
    rules:
      - alert: MaestroIsAway
        expr: up == 0
        annotations: {summary: "{{ $labels.pod }} does not answer"}
"""
MOST: dict[str, Any] = {
    "image": {
        **IMAGE,
        "digest": "sha256:" + 64 * "a",
        "pullPolicy": "Always",
        "pullSecrets": ["registry"],
    },
    "secrets": {
        "stores": "stores",
        "managementToken": "management",
        "allocationToken": "allocation",
        "flower": "flower",
    },
    "settings": {"MAESTRO_LOG_LEVEL": "debug", "MAESTRO_BODY_LIMIT_BYTES": "1048576"},
    "stopTimeoutS": 300,
    "roomsApiUrl": "https://rooms.example.com",
    "modules": {
        "management-api": {
            "ingress": {
                "enabled": True,
                "className": "nginx",
                "annotations": {"example.com/body": "1m"},
                "host": "maestro.example.com",
                "tlsSecret": "certificate",
            }
        },
        "rooms-api": {"replicas": 4, "autoscaling": {"enabled": False}},
        "metrics-reporter": {"replicas": 0},
        "flower": {"replicas": 1},
    },
    "migration": {"asHook": False},
    "serviceAccount": {"name": "games", "annotations": {"example.com/role": "games"}},
    "networkPolicy": {
        "monitoring": [{"podSelector": {"matchLabels": {"app": "prometheus"}}}],
        "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
    },
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "prometheusRule": {"enabled": True, "file": RULES},
    "podAnnotations": {"example.com/team": "games"},
    "podLabels": {"team": "games"},
    "priorityClassName": "high",
    "nodeSelector": {"pool": "services"},
    "tolerations": [{"key": "dedicated", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "extraVolumes": [{"name": "ca", "configMap": {"name": "ca"}}],
    "extraVolumeMounts": [{"name": "ca", "mountPath": "/etc/ca", "readOnly": True}],
}
BARE: dict[str, Any] = {
    "image": IMAGE,
    "migration": {"enabled": False},
    "networkPolicy": {"enabled": False},
    "rbac": {"create": False},
    "serviceAccount": {"create": False, "name": "games"},
}
ALL = pytest.mark.parametrize("given", [LEAST, MOST, BARE], ids=["least", "most", "bare"])


def rendered(
    given: dict[str, Any], release: str = "maestro", namespace: str = "games"
) -> list[Object]:
    options = ["--namespace", namespace, "--set-json", json.dumps(given)]
    return manifests.parsed(tools.helm("template", release, CHART, *options))


def setting(name: str, value: object) -> dict[str, Any]:
    return {**LEAST, "settings": {name: value}}


def refusal(given: dict[str, Any]) -> str:
    """What the operator reads."""
    options = ["--set-json", json.dumps(given)]
    done = places.attempt(tools.program("helm"), "template", "maestro", CHART, *options)
    assert done.returncode != 0
    return done.stderr


def test_the_linter_has_no_complaint() -> None:
    tools.helm("lint", "--strict", CHART, "--set-json", json.dumps(LEAST))


@ALL
def test_clusters_know_every_field(given: dict[str, Any]) -> None:
    objects = rendered(given)

    manifests.are_valid(objects)
    manifests.are_named_once(objects)


@ALL
def test_every_module_runs_and_is_reached(given: dict[str, Any]) -> None:
    objects = rendered(given)

    manifests.run_every_module(objects)
    manifests.lead_somewhere(objects)


@ALL
def test_pods_are_as_harmless_as_they_can_be(given: dict[str, Any]) -> None:
    objects = rendered(given)

    manifests.are_restricted(objects)
    manifests.hold_no_secret(objects)


@pytest.mark.parametrize("given", [LEAST, MOST])
def test_the_account_may_do_what_maestro_does(given: dict[str, Any]) -> None:
    manifests.may_do_what_they_do(rendered(given))


def test_an_account_that_somebody_else_made() -> None:
    objects = rendered(BARE)

    kinds = {each["kind"] for each in objects}
    assert kinds.isdisjoint({"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Job"})
    worker = manifests.modules(objects)["worker"]
    assert manifests.pod(worker)["serviceAccountName"] == "games"


@pytest.mark.parametrize("stop_timeout_s", [1, 20, 600])
def test_pods_get_the_time_that_modules_take_to_stop(stop_timeout_s: int) -> None:
    objects = rendered({**LEAST, "stopTimeoutS": stop_timeout_s})

    for deployment in manifests.modules(objects).values():
        assert manifests.values(deployment)["MAESTRO_STOP_TIMEOUT_S"] == str(stop_timeout_s)
        # Two processes are waited for in turn; before that, new requests go elsewhere for 5 s.
        grace_s = manifests.pod(deployment)["terminationGracePeriodSeconds"]
        assert grace_s > 2 * stop_timeout_s + 5


def test_the_usual_time_to_stop_is_that_of_the_settings() -> None:
    assert _values()["stopTimeoutS"] == Settings().stop_timeout_s


def test_rooms_find_the_rooms_api_in_whichever_namespace_it_is() -> None:
    worker = manifests.modules(rendered(LEAST))["worker"]

    url = "http://maestro-rooms-api.$(POD_NAMESPACE).svc:8070"
    assert manifests.values(worker)["MAESTRO_ROOMS_API_URL"] == url
    # Only what stands before it is filled in.
    names = list(manifests.variables(worker))
    assert names.index("POD_NAMESPACE") < names.index("MAESTRO_ROOMS_API_URL")
    services = manifests.of_kind(rendered(LEAST), "Service")
    assert "maestro-rooms-api" in [each["metadata"]["name"] for each in services]


def test_tokens_reach_only_who_asks_for_them() -> None:
    tokens = {name for name in manifests.SECRET if not name.endswith("_URL")}
    holders = {
        name: manifests.variables(deployment).keys() & tokens
        for name, deployment in manifests.modules(rendered(MOST)).items()
    }

    assert {name: held for name, held in holders.items() if held} == {
        "management-api": {"MAESTRO_MANAGEMENT_TOKEN"},
        "rooms-api": {"MAESTRO_ALLOCATION_TOKEN"},
        "flower": {"MAESTRO_FLOWER_BASIC_AUTH"},
    }


def test_the_database_is_migrated_first_by_an_account_that_is_there() -> None:
    (job,) = manifests.of_kind(rendered(LEAST), "Job")

    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert "serviceAccountName" not in manifests.pod(job)
    assert manifests.container(job)["args"] == ["migrate"]


def test_settings_get_into_all_modules_as_they_were_written() -> None:
    for deployment in manifests.modules(rendered(MOST)).values():
        assert MOST["settings"].items() <= manifests.values(deployment).items()


def test_an_image_is_named_by_its_digest_if_there_is_one() -> None:
    images = [
        {manifests.container(each)["image"] for each in manifests.modules(rendered(given)).values()}
        for given in (LEAST, MOST)
    ]

    assert images == [
        {f"registry.example.com/maestro:{VERSION}"},
        {f"registry.example.com/maestro@sha256:{64 * 'a'}"},
    ]


def test_monitoring_finds_the_internal_ports() -> None:
    objects = rendered(MOST)
    (monitor,) = manifests.of_kind(objects, "ServiceMonitor")

    labels = monitor["spec"]["selector"]["matchLabels"]
    (service,) = [
        each
        for each in manifests.of_kind(objects, "Service")
        if labels.items() <= each["metadata"]["labels"].items()
    ]
    found = manifests.selected(objects, service["spec"]["selector"], "internal")
    assert len(found) == len(manifests.modules(objects))
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] == "internal"
    assert [each["name"] for each in service["spec"]["ports"]] == ["internal"]


def test_alerts_find_the_job_and_the_modules_that_they_name() -> None:
    objects = rendered(MOST)
    (monitor,) = manifests.of_kind(objects, "ServiceMonitor")
    (service,) = [
        each
        for each in manifests.of_kind(objects, "Service")
        if each["metadata"]["name"] == "maestro-internal"
    ]

    assert service["metadata"]["labels"][monitor["spec"]["jobLabel"]] == "maestro"
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["relabelings"] == [
        {
            "sourceLabels": ["__meta_kubernetes_pod_label_app_kubernetes_io_component"],
            "targetLabel": "module",
        }
    ]


def test_rules_are_those_of_the_file() -> None:
    (rule,) = manifests.of_kind(rendered(MOST), "PrometheusRule")

    assert rule["spec"] == yaml.safe_load(RULES)


@pytest.mark.parametrize("given", [LEAST, MOST], ids=["open", "with tokens"])
def test_whoever_installs_it_is_told_who_may_use_it(given: dict[str, Any]) -> None:
    options = ["--dry-run=client", "--set-json", json.dumps(given)]
    told = tools.helm("install", "maestro", CHART, *options).partition("NOTES:")[2]

    assert "exec deploy/maestro-worker -- maestro doctor --in-cluster" in told
    assert told.count("WARNING") == (2 if given is LEAST else 0)


def test_two_installations_share_a_cluster() -> None:
    ours, theirs = rendered(LEAST), rendered(LEAST, namespace="staging")

    manifests.are_named_once([*ours, *theirs])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "/image/repository"),
        ({"image": {**IMAGE, "digest": "sha256:short"}}, "/image/digest"),
        ({**LEAST, "images": {}}, "'images' not allowed"),
        ({**LEAST, "secrets": {"stores": ""}}, "/secrets/stores"),
        ({**LEAST, "secrets": {"password": "hunter2"}}, "'password' not allowed"),
        (setting("MAESTRO_WORKER_THREADS", 32), "/settings/MAESTRO_WORKER_THREADS"),
        (setting("MAESTRO_POSTGRES_URL", "postgresql://"), "/settings/MAESTRO_POSTGRES_URL"),
        (setting("MAESTRO_MANAGEMENT_TOKEN", "hunter2"), "/settings/MAESTRO_MANAGEMENT_TOKEN"),
        (setting("MAESTRO_INTERNAL_HOST", "127.0.0.1"), "/settings/MAESTRO_INTERNAL_HOST"),
        (setting("MAESTRO_FLOWER_BASIC_AUTH", "a:b"), "/settings/MAESTRO_FLOWER_BASIC_AUTH"),
        ({**LEAST, "modules": {"flower": {"replicas": 1}}}, "/secrets/flower"),
        (setting("PATH", "/"), "'PATH' not allowed"),
        ({**LEAST, "modules": {"worker": {"replica": 3}}}, "'replica' not allowed"),
        ({**LEAST, "modules": {"worker": {"replicas": -1}}}, "/modules/worker/replicas"),
        ({**LEAST, "modules": {"workers": {"replicas": 1}}}, "'workers' not allowed"),
        (
            {**LEAST, "modules": {"management-api": {"ingress": {"enabled": True, "host": "a"}}}},
            "/modules/management-api/ingress/tlsSecret",
        ),
        ({**LEAST, "networkPolicy": {"roomsApi": []}}, "/networkPolicy/roomsApi"),
        ({**LEAST, "networkPolicy": {"roomsApi": [{}]}}, "/networkPolicy/roomsApi/0"),
        ({**LEAST, "networkPolicy": {"roomsApi": None}}, "/networkPolicy"),
        ({**LEAST, "prometheusRule": {"enabled": True}}, "/prometheusRule/file"),
        ({**LEAST, "stopTimeoutS": "20s"}, "/stopTimeoutS"),
        ({**LEAST, "roomsApiUrl": "rooms.example.com"}, "/roomsApiUrl"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_with_its_place(given: dict[str, Any], field: str) -> None:
    assert field in refusal(given)


def test_the_chart_is_as_new_as_the_program() -> None:
    chart = (CHART / "Chart.yaml").read_text()

    assert chart == of_this_version(chart), "run: make manifests"
    assert yaml.safe_load(chart)["appVersion"] == VERSION


def _values() -> Any:
    return yaml.safe_load((CHART / "values.yaml").read_text())
