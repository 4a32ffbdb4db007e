"""The manifests for kustomize, built by kustomize."""

import pytest
import yaml

from tests.deployment import base, manifests, tools
from tests.deployment.manifests import Object

OVERLAYS = base.BASE.parent / "overlays"


@pytest.fixture(scope="module")
def example() -> list[Object]:
    """The installation that the example describes."""
    return manifests.parsed(tools.kustomized(OVERLAYS / "example"))


def test_they_are_those_of_the_chart() -> None:
    files = {path.name: path.read_text() for path in base.BASE.glob("*.yaml")}
    for by_hand in ("kustomization.yaml", "namespace.yaml"):
        files.pop(by_hand)

    assert files == base.manifests(), "run: make manifests"


def test_none_is_left_out() -> None:
    listed = yaml.safe_load((base.BASE / "kustomization.yaml").read_text())["resources"]

    files = {path.name for path in base.BASE.glob("*.yaml")}
    assert files - {"kustomization.yaml"} == set(listed)


def test_clusters_know_every_field(example: list[Object]) -> None:
    manifests.are_valid(example)
    manifests.are_named_once(example)


def test_every_module_runs_and_is_reached(example: list[Object]) -> None:
    manifests.run_every_module(example)
    manifests.lead_somewhere(example)


def test_pods_are_as_harmless_as_they_can_be(example: list[Object]) -> None:
    manifests.are_restricted(example)
    manifests.hold_no_secret(example)
    (namespace,) = manifests.of_kind(example, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_account_may_do_what_maestro_does(example: list[Object]) -> None:
    manifests.may_do_what_they_do(example)


def test_nothing_of_helm_is_left(example: list[Object]) -> None:
    assert "helm" not in yaml.safe_dump_all(example).lower()


def test_the_overlay_decides_the_namespace_the_image_and_the_sizes(example: list[Object]) -> None:
    namespaces = {
        each["metadata"]["namespace"] for each in example if "namespace" in each["metadata"]
    }
    deployments = manifests.modules(example)

    assert namespaces == {"games"}
    assert {manifests.container(each)["image"] for each in deployments.values()} == {
        "registry.example.com/maestro:0.1.0"
    }
    assert deployments["worker"]["spec"]["replicas"] == 3
    assert manifests.values(deployments["worker"])["MAESTRO_WORKER_THREADS"] == "32"


def test_without_tokens_nothing_starts(example: list[Object]) -> None:
    given = {
        name
        for deployment in manifests.modules(example).values()
        for name in manifests.variables(deployment)
    }

    assert {"MAESTRO_MANAGEMENT_TOKEN", "MAESTRO_ALLOCATION_TOKEN"} <= given
