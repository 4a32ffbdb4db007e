"""What stands between a valid object and its creation: its namespace, its account, a quota."""

from collections.abc import Mapping

from tests.fakes.kubernetes import refusals
from tests.fakes.kubernetes.life import Life
from tests.fakes.kubernetes.refusals import Cause, Json
from tests.fakes.kubernetes.resources import NAMESPACES, PODS, Resource
from tests.fakes.kubernetes.state import State

#: Namespaces of the cluster's own.
SYSTEM = ("default", "kube-system", "kube-public")


def check_namespace(state: State, resource: Resource, namespace: str, body: Json) -> None:
    """Raise `Refusal` unless something may be created there."""
    given = (body.get("metadata") or {}).get("namespace", namespace)
    if given != namespace:
        raise refusals.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    if "deletionTimestamp" in state.get(NAMESPACES, ("", namespace))["metadata"]:
        raise _is_terminating(resource, namespace, (body.get("metadata") or {}).get("name", ""))


def check_account(life: Life, pod: Json) -> None:
    """Raise `Refusal` unless the service account exists; every pod has one."""
    namespace, account = pod["metadata"]["namespace"], pod["spec"]["serviceAccountName"]
    if (namespace, account) not in life.service_accounts:
        raise _forbidden(
            pod,
            f"error looking up service account {namespace}/{account}: "
            f'serviceaccount "{account}" not found',
        )


def check_priority(pod: Json) -> None:
    """Raise `Refusal` for a class that this cluster does not have."""
    if name := pod["spec"].get("priorityClassName"):
        raise _forbidden(pod, f"no PriorityClass with name {name} was found")


def check_quota(state: State, quotas: Mapping[str, int], pod: Json) -> None:
    """Raise `Refusal` when there are as many pods as there may be."""
    namespace = pod["metadata"]["namespace"]
    most = quotas.get(namespace)
    if most is None:
        return
    used = state.count(PODS, namespace)
    if used >= most:
        numbers = f"requested: pods=1, used: pods={used}, limited: pods={most}"
        raise _forbidden(pod, f"exceeded quota: q, {numbers}")


def _forbidden(pod: Json, why: str) -> refusals.Refusal:
    return refusals.forbidden("", "pods", pod["metadata"].get("name", ""), why)


def _is_terminating(resource: Resource, namespace: str, name: str) -> refusals.Refusal:
    cause = Cause(
        reason="NamespaceTerminating",
        field="metadata.namespace",
        message=f"namespace {namespace} is being terminated",
    )
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    return refusals.forbidden(resource.group, resource.plural, name, why, [cause])
