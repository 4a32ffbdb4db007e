"""
What our account must be allowed in the cluster, and why.

The one table behind the check of `maestro doctor` and the ClusterRole that it prints. Pure.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

ROLE = "maestro"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """Verbs on one kind of object, in all namespaces."""

    group: str
    resource: str
    verbs: tuple[str, ...]
    #: What does not work without.
    purpose: str


NEEDS = (
    Need(
        group="",
        resource="namespaces",
        verbs=("create", "get", "delete"),
        purpose="a scheduler has a namespace of its own",
    ),
    Need(
        group="",
        resource="pods",
        verbs=("create", "get", "delete", "list", "watch"),
        purpose="a room is a pod",
    ),
    Need(
        group="",
        resource="events",
        verbs=("create",),
        purpose="tells in the cluster why a room is deleted",
    ),
    Need(
        group="",
        resource="nodes",
        verbs=("get", "list"),
        purpose="players reach a room at the address of its node",
    ),
    Need(
        group="policy",
        resource="poddisruptionbudgets",
        verbs=("create", "get", "patch"),
        purpose="keeps the cluster from draining too many rooms at once",
    ),
)


def cluster_role(name: str = ROLE) -> dict[str, Any]:
    """All of it as an object for `kubectl apply`."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": [
            {"apiGroups": [need.group], "resources": [need.resource], "verbs": list(need.verbs)}
            for need in NEEDS
        ],
    }


def review(need: Need, verb: str) -> Mapping[str, Any]:
    """The question whether we may."""
    attributes = {"verb": verb, "group": need.group, "resource": need.resource}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
