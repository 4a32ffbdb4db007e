"""Deleting pods and namespaces: what is stored of the wish, and what is gone at once."""

import dataclasses
import datetime
from collections.abc import Mapping

from tests.fakes.kubernetes import kubelet, listing, refusals
from tests.fakes.kubernetes.admission import SYSTEM
from tests.fakes.kubernetes.life import Life
from tests.fakes.kubernetes.refusals import Json
from tests.fakes.kubernetes.resources import NAMESPACES, PODS, Resource
from tests.fakes.kubernetes.state import Key, State


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """How something is to be deleted."""

    grace_s: int | None = None
    uid: str = ""
    version: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str], body: Json) -> "Options":
        """From the body of a request, or else from its parameters."""
        preconditions = body.get("preconditions") or {}
        asked = listing.whole("gracePeriodSeconds", query.get("gracePeriodSeconds"))
        grace_s = body.get("gracePeriodSeconds", asked)
        return cls(
            grace_s=None if grace_s is None else _not_negative(grace_s),
            uid=preconditions.get("uid") or "",
            version=preconditions.get("resourceVersion") or "",
        )

    def check(self, resource: Resource, body: Json) -> None:
        """Raise `Refusal` when this is not the object that was meant."""
        name, found = body["metadata"]["name"], body["metadata"]
        if self.uid and self.uid != found["uid"]:
            raise refusals.conflict(
                resource.group,
                resource.kind,
                name,
                f"the UID in the precondition ({self.uid}) does not match the UID in record "
                f"({found['uid']}). The object might have been deleted and then recreated",
            )
        if self.version and self.version != found["resourceVersion"]:
            raise refusals.conflict(
                resource.group,
                resource.kind,
                name,
                f"the ResourceVersion in the precondition ({self.version}) does not match the "
                f"ResourceVersion in record ({found['resourceVersion']}). The object might have "
                "been modified",
            )


def delete_pod(state: State, life: Life, pod_key: Key, options: Options) -> Json:
    """Give a pod its deletionTimestamp; returns how it is then. Gone at once without a grace."""
    pod = state.get(PODS, pod_key)
    options.check(PODS, pod)
    grace_s = _grace(pod, options)
    if "deletionTimestamp" in pod["metadata"]:
        return _sooner(state, life, pod, options.grace_s)
    pod = state.replace(PODS, _deleted(pod, state.now(), grace_s))
    if grace_s:
        life.pod_deleted(pod)
    else:
        life.remove(pod_key)
    return pod


def delete_namespace(state: State, life: Life, name: str, options: Options) -> Json:
    """Let a namespace end; asked again, nothing new happens."""
    if name in SYSTEM:
        why = "this namespace may not be deleted"
        raise refusals.forbidden("", "namespaces", name, why)
    found = state.get(NAMESPACES, ("", name))
    options.check(NAMESPACES, found)
    if "deletionTimestamp" in found["metadata"]:
        return found
    metadata = {**found["metadata"], "deletionTimestamp": state.now()}
    ending = {**found, "metadata": metadata, "status": {"phase": "Terminating"}}
    ending = state.replace(NAMESPACES, ending)
    life.namespace_deleted(name, lambda key: delete_pod(state, life, key, Options()))
    return ending


def _grace(pod: Json, options: Options) -> int:
    """None is needed where nothing runs any more, or has ever run."""
    if not pod["spec"].get("nodeName") or kubelet.is_over(pod):
        return 0
    if options.grace_s is not None:
        return options.grace_s
    return int(pod["spec"]["terminationGracePeriodSeconds"])


def _deleted(pod: Json, now: str, grace_s: int) -> Json:
    metadata = {
        **pod["metadata"],
        "deletionTimestamp": _later(now, grace_s),
        "deletionGracePeriodSeconds": grace_s,
        "generation": pod["metadata"]["generation"] + 1,
    }
    return {**pod, "metadata": metadata}


def _sooner(state: State, life: Life, pod: Json, grace_s: int | None) -> Json:
    """A grace can only become shorter."""
    known = pod["metadata"]["deletionGracePeriodSeconds"]
    if grace_s is None or grace_s >= known:
        return pod
    asked_at = _later(pod["metadata"]["deletionTimestamp"], -known)
    ends_at = max(_later(asked_at, grace_s), state.now())
    metadata = {
        **pod["metadata"],
        "deletionTimestamp": ends_at,
        "deletionGracePeriodSeconds": grace_s,
    }
    pod = state.replace(PODS, {**pod, "metadata": metadata})
    if grace_s == 0:
        life.remove((metadata["namespace"], metadata["name"]))
    return pod


def _later(time: str, seconds: int) -> str:
    moment = datetime.datetime.fromisoformat(time) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _not_negative(grace_s: int) -> int:
    return grace_s if grace_s >= 0 else 1
