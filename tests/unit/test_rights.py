"""The rights that Maestro asks for: one table, and what is derived from it."""

import pathlib

from maestro.runtime.kubernetes.rights import NEEDS, Need, cluster_role, review

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "doctor.md"


def test_the_page_lists_them() -> None:
    rows = [
        line for line in PAGE.read_text().splitlines() if line.startswith(("| core", "| `policy`"))
    ]

    assert rows == [row(need) for need in NEEDS]


def row(need: Need) -> str:
    group = f"`{need.group}`" if need.group else "core"
    return f"| {group} | `{need.resource}` | {', '.join(need.verbs)} | {need.purpose} |"


def test_the_role_as_a_whole() -> None:
    assert cluster_role() == {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "maestro"},
        "rules": [
            {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["create", "get", "delete"]},
            {
                "apiGroups": [""],
                "resources": ["pods"],
                "verbs": ["create", "get", "delete", "list", "watch"],
            },
            {"apiGroups": [""], "resources": ["events"], "verbs": ["create"]},
            {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list"]},
            {
                "apiGroups": ["policy"],
                "resources": ["poddisruptionbudgets"],
                "verbs": ["create", "get", "patch"],
            },
        ],
    }


def test_a_review_asks_for_all_namespaces() -> None:
    attributes = review(NEEDS[-1], "patch")["spec"]["resourceAttributes"]

    assert attributes == {
        "verb": "patch",
        "group": "policy",
        "resource": "poddisruptionbudgets",
    }
