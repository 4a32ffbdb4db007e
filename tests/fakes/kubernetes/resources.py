"""The kinds of objects that are played, and how a path names them."""

import dataclasses
import re

from tests.fakes.kubernetes import refusals

PATH = re.compile(
    r"/(?:api/v1|apis/(?P<group>[^/]+)/(?P<version>[^/]+))"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/))?"
    r"/(?P<plural>[^/]+)(?:/(?P<name>[^/]+)(?:/(?P<subresource>[^/]+))?)?/?"
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Resource:
    """One kind of object."""

    plural: str
    kind: str
    group: str = ""
    is_namespaced: bool = True
    #: What is played of what may be done with it.
    verbs: frozenset[str]

    @property
    def api_version(self) -> str:
        return f"{self.group}/v1" if self.group else "v1"


def _resource(
    plural: str, kind: str, verbs: str, *, group: str = "", is_namespaced: bool = True
) -> Resource:
    return Resource(
        plural=plural,
        kind=kind,
        group=group,
        is_namespaced=is_namespaced,
        verbs=frozenset(verbs.split()),
    )


NAMESPACES = _resource(
    "namespaces", "Namespace", "create get list watch delete", is_namespaced=False
)
PODS = _resource("pods", "Pod", "create get list watch delete deletecollection")
EVENTS = _resource("events", "Event", "create get list")
BUDGETS = _resource(
    "poddisruptionbudgets",
    "PodDisruptionBudget",
    "create get list watch update patch delete",
    group="policy",
)
NODES = _resource("nodes", "Node", "get list watch", is_namespaced=False)
REVIEWS = _resource(
    "selfsubjectaccessreviews",
    "SelfSubjectAccessReview",
    "create",
    group="authorization.k8s.io",
    is_namespaced=False,
)
STORED = (NAMESPACES, PODS, EVENTS, BUDGETS, NODES)
_ALL = {(each.group, each.plural): each for each in (*STORED, REVIEWS)}
_COLLECTION = {"POST": "create", "GET": "list", "DELETE": "deletecollection"}
_ONE = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Target:
    """What a request is about."""

    resource: Resource
    namespace: str
    name: str
    subresource: str

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name

    def verb(self, method: str, *, is_watch: bool) -> str:
        """What RBAC calls it; raises `Refusal` for what cannot be done there."""
        if self.subresource:
            verb = "create" if method == "POST" else ""
        else:
            verb = (_ONE if self.name else _COLLECTION).get(method, "")
        if not verb:
            raise refusals.method_not_allowed()
        return "watch" if is_watch and verb == "list" else verb


def target(path: str) -> Target:
    """What a path names; raises `Refusal` when nothing."""
    match = PATH.fullmatch(path)
    resource = _ALL.get((match["group"] or "", match["plural"])) if match else None
    if match is None or resource is None or match["version"] not in (None, "v1"):
        raise refusals.unknown_path()
    if match["subresource"] and (resource, match["subresource"]) != (PODS, "eviction"):
        raise refusals.unknown_path()
    return Target(
        resource=resource,
        namespace=match["namespace"] or "",
        name=match["name"] or "",
        subresource=match["subresource"] or "",
    )
