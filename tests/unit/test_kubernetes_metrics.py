"""Requests to Kubernetes are counted by what they are about, never by a name."""

import pathlib

import pytest
from prometheus_client import REGISTRY

from maestro.runtime.kubernetes.api import resource
from tests import kubernetes_rooms, make
from tests.fakes.kubernetes import Cluster


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v1/pods", "pods"),
        ("/api/v1/namespaces", "namespaces"),
        ("/api/v1/namespaces/arena", "namespaces"),
        ("/api/v1/namespaces/arena/pods", "pods"),
        ("/api/v1/namespaces/arena/pods/arena-1", "pods"),
        ("/api/v1/nodes/node-1", "nodes"),
        ("/apis/policy/v1/namespaces/arena/poddisruptionbudgets/arena", "poddisruptionbudgets"),
        ("/version", ""),
    ],
)
def test_a_path_is_known_by_the_kind_of_object(path: str, kind: str) -> None:
    assert resource(path) == kind


def test_answers_are_timed_by_their_code(tmp_path: pathlib.Path) -> None:
    def answered(code: int) -> float:
        labels = {"method": "POST", "resource": "namespaces", "code": str(code)}
        name = "maestro_kubernetes_request_duration_seconds_count"
        return REGISTRY.get_sample_value(name, labels) or 0

    created, refused = answered(201), answered(409)
    with Cluster() as cluster:
        runtime = kubernetes_rooms.runtime(cluster.write_kubeconfig(tmp_path / "kubeconfig"))
        runtime.create_scheduler(make.scheduler())
        runtime.create_scheduler(make.scheduler())
    assert answered(201) == created + 1
    assert answered(409) == refused + 1
