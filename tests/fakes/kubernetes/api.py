"""What the server answers, without HTTP: a call in, an answer, a `Refusal` or a stream out."""

import collections
import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from tests.fakes.kubernetes import (
    admission,
    budgets,
    decoding,
    defaults,
    deletion,
    fields,
    kubelet,
    listing,
    refusals,
    validation,
)
from tests.fakes.kubernetes.deletion import Options
from tests.fakes.kubernetes.life import Life
from tests.fakes.kubernetes.listing import Question
from tests.fakes.kubernetes.refusals import Cause, Json, Refusal
from tests.fakes.kubernetes.resources import (
    BUDGETS,
    EVENTS,
    NAMESPACES,
    PODS,
    REVIEWS,
    Resource,
    Target,
    target,
)
from tests.fakes.kubernetes.rights import Rights, User
from tests.fakes.kubernetes.state import Key, State, Stored, named
from tests.fakes.kubernetes.watching import Streams

VERSION = {
    "major": "1",
    "minor": "34",
    "gitVersion": "v1.34.9",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "go1.24.11",
    "compiler": "gc",
    "platform": "linux/amd64",
}
_CHANGED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Call:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    authorization: str
    content_type: str
    body: bytes

    @property
    def is_watch(self) -> bool:
        return listing.is_true(self.query.get("watch"))


@dataclasses.dataclass(frozen=True)
class Answer:
    """What is sent back: bytes, or pieces for as long as there are any."""

    code: int
    body: bytes
    content_type: str = "application/json"
    pieces: Iterator[bytes] | None = None
    warnings: tuple[str, ...] = ()


class Api:
    """Everything that can be asked."""

    def __init__(self, state: State, life: Life, rights: Rights, streams: Streams) -> None:
        self._state = state
        self._life = life
        self._rights = rights
        self._streams = streams
        #: How many pods a namespace may have at most.
        self.quotas: dict[str, int] = {}
        #: How long to wait for a version that is not there yet.
        self.version_wait_s = 0.0
        #: How often what was asked: by verb and resource.
        self.calls: collections.Counter[tuple[str, str]] = collections.Counter()
        self._verbs: dict[str, Callable[[Call, Target, User], Answer]] = {
            "create": self._create,
            "get": self._get,
            "list": self._list,
            "watch": self._watch,
            "update": self._update,
            "patch": self._patch,
            "delete": self._delete,
            "deletecollection": self._delete_all,
        }

    def answer(self, call: Call) -> Answer:
        """Do what is asked; raises `Refusal`."""
        if call.path in ("/readyz", "/livez", "/healthz"):
            return Answer(200, b"ok", "text/plain; charset=utf-8")
        user = self._rights.user(call.authorization)
        if call.path == "/version":
            return Answer(200, orjson.dumps(VERSION))
        asked = target(call.path)
        verb = asked.verb(call.method, is_watch=call.is_watch)
        self.calls[verb, asked.resource.plural] += 1
        if asked.resource is not REVIEWS:
            self._rights.check(user, verb, asked)
        if verb not in asked.resource.verbs:
            raise refusals.not_played()
        return self._verbs[verb](call, asked, user)

    # Verbs

    def _create(self, call: Call, asked: Target, user: User) -> Answer:
        if asked.subresource:
            return self._evict(call, asked)
        body = decoding.decoded(call.body, call.content_type, asked.resource)
        if asked.resource is REVIEWS:
            return self._review(body, user)
        body, warnings = _known(call, asked.resource, body)
        if _is_dry(call):
            body = self._state.begun(self._admitted(asked.resource, asked.namespace, body))
        else:
            body = self.create(asked.resource, asked.namespace, body)
        shown = _shown(201, Stored(asked.resource, body))
        return dataclasses.replace(shown, warnings=warnings)

    def _get(self, call: Call, asked: Target, user: User) -> Answer:
        self._await_version(call)
        if asked.resource is BUDGETS:
            self._count(asked.namespace)
        return _shown(200, self._state.stored(asked.resource, asked.key))

    def _list(self, call: Call, asked: Target, user: User) -> Answer:
        if asked.resource is BUDGETS:
            self._count(asked.namespace)
        question = Question.read(asked.resource, asked.namespace, call.query)
        listing.check_parameters(question)
        self._await_version(call)
        return Answer(200, listing.page(question, self._state).encoded())

    def _watch(self, call: Call, asked: Target, user: User) -> Answer:
        question = Question.read(asked.resource, asked.namespace, call.query)
        return Answer(200, b"", pieces=self._streams.follow(question, call.query))

    def _update(self, call: Call, asked: Target, user: User) -> Answer:
        body = decoding.decoded(call.body, call.content_type, asked.resource)
        known = self._state.get(asked.resource, asked.key)
        given = body["metadata"]
        if given.get("uid") not in (None, known["metadata"]["uid"]):
            raise _is_another(asked, given["uid"], known["metadata"]["uid"])
        if not given.get("resourceVersion"):
            raise _needs_version(asked)
        return self._change(asked, known, body)

    def _patch(self, call: Call, asked: Target, user: User) -> Answer:
        if call.content_type.partition(";")[0] != "application/merge-patch+json":
            raise refusals.unknown_patch_type()
        patch = decoding.json_object(call.body, "", asked.resource.kind)
        known = self._state.get(asked.resource, asked.key)
        merged = _merged(known, patch)
        decoding.check_types(merged, asked.resource)
        return self._change(asked, known, merged)

    def _delete(self, call: Call, asked: Target, user: User) -> Answer:
        body = decoding.json_object(call.body, "", "DeleteOptions") if call.body else {}
        options = Options.read(call.query, body)
        if _is_dry(call) or body.get("dryRun"):
            raise refusals.not_played()
        if asked.resource is PODS:
            pod = deletion.delete_pod(self._state, self._life, asked.key, options)
            return _shown(200, Stored(PODS, pod))
        if asked.resource is NAMESPACES:
            ended = deletion.delete_namespace(self._state, self._life, asked.name, options)
            return _shown(200, Stored(NAMESPACES, ended))
        options.check(asked.resource, self._state.get(asked.resource, asked.key))
        return _gone(asked.resource, self._state.remove(asked.resource, asked.key))

    def _delete_all(self, call: Call, asked: Target, user: User) -> Answer:
        question = Question.read(asked.resource, asked.namespace, call.query)
        options = Options.read(call.query, {})
        deleted = [
            Stored(PODS, deletion.delete_pod(self._state, self._life, each.key, options))
            for each in listing.page(question, self._state).items
        ]
        page = listing.Page(
            resource=PODS, version=self._state.version, items=deleted, continuing="", remaining=None
        )
        return Answer(200, page.encoded())

    def _evict(self, call: Call, asked: Target) -> Answer:
        pod = self._state.get(PODS, asked.key)
        if _is_dry(call):
            self._check_budgets(pod)
        else:
            self.evict_and_delete(asked.key)
        return Answer(201, orjson.dumps(_success()))

    def _review(self, body: Json, user: User) -> Answer:
        asked = body["spec"].get("resourceAttributes") or {}
        resource = "/".join(filter(None, (asked.get("resource"), asked.get("subresource"))))
        allowed = self._rights.allows(
            user, asked.get("verb", ""), resource, asked.get("namespace", "")
        )
        review = {"metadata": {}, **body, "status": {"allowed": allowed}}
        return _shown(201, Stored(REVIEWS, review))

    # What others do in the cluster

    def create(self, resource: Resource, namespace: str, body: Json) -> Json:
        """Store something new and let it begin to live; raises `Refusal`."""
        body = self._state.create(resource, self._admitted(resource, namespace, body))
        if resource is PODS:
            self._life.pod_created(body)
        elif resource is NAMESPACES:
            self._life.namespace_created(body["metadata"]["name"])
        return body

    def evict_and_delete(self, pod_key: Key) -> None:
        """Delete a pod, unless a budget protects it; raises `Refusal`."""
        self._check_budgets(self._state.get(PODS, pod_key))
        step = functools.partial(
            kubelet.disrupted,
            reason="EvictionByEvictionAPI",
            message="Eviction API: evicting",
        )
        self._life.change(pod_key, step)
        deletion.delete_pod(self._state, self._life, pod_key, Options())

    # Parts

    def _await_version(self, call: Call) -> None:
        """Raise `Refusal` when a version is asked for that does not come."""
        version = listing.number(call.query.get("resourceVersion", ""))
        is_there = self._state.changed.wait_for(
            lambda: version <= self._state.version, self.version_wait_s
        )
        if not is_there:
            raise refusals.too_large_version(version, self._state.version)

    def _check_budgets(self, pod: Json) -> None:
        namespace = pod["metadata"]["namespace"]
        self._count(namespace)
        stored = self._state.all(BUDGETS, namespace=namespace)
        covering = [each.body for each in stored if budgets.covers(each.body, pod)]
        if len(covering) > 1:
            raise Refusal(
                500,
                "",
                "This pod has more than one PodDisruptionBudget, which the eviction subresource "
                "does not support.",
            )
        if covering and not covering[0]["status"]["disruptionsAllowed"]:
            raise _is_protected(covering[0])

    def _admitted(self, resource: Resource, namespace: str, body: Json) -> Json:
        """The object as it may be stored; raises `Refusal`."""
        body = named({"metadata": {}, **body})
        if resource is NAMESPACES:
            body = defaults.namespace(body)
            return _valid(resource, body, validation.namespace(body))
        admission.check_namespace(self._state, resource, namespace, body)
        if resource is PODS:
            return self._admitted_pod(defaults.pod(body, namespace))
        if resource is EVENTS:
            body = defaults.event(body, namespace)
            return _valid(resource, body, validation.event(body))
        body = defaults.budget(body, namespace)
        return _valid(resource, body, validation.budget(body))

    def _admitted_pod(self, pod: Json) -> Json:
        admission.check_account(self._life, pod)
        admission.check_priority(pod)
        _valid(PODS, pod, validation.pod(pod))
        admission.check_quota(self._state, self.quotas, pod)
        return pod

    def _change(self, asked: Target, known: Json, body: Json) -> Answer:
        """Store another version of a budget, unless it is of an old one."""
        resource, given = asked.resource, body["metadata"]
        if given.get("resourceVersion") != known["metadata"]["resourceVersion"]:
            raise refusals.conflict(resource.group, resource.plural, asked.name, _CHANGED)
        metadata = {**known["metadata"]}
        for key in ("labels", "annotations"):
            metadata.pop(key, None)
            if given.get(key):
                metadata[key] = given[key]
        if body["spec"] != known["spec"]:
            metadata["generation"] += 1
        body = {**known, "metadata": metadata, "spec": body["spec"]}
        _valid(resource, body, validation.budget(body))
        return _shown(200, Stored(resource, self._state.replace(resource, body)))

    def _count(self, namespace: str) -> None:
        """Let the budgets of a namespace know how their pods are."""
        for stored in self._state.all(BUDGETS, namespace=namespace):
            pods = [each.body for each in self._state.all(PODS, namespace=stored.key[0])]
            counted = budgets.counted(stored.body, pods, self._state.now())
            self._state.replace(BUDGETS, counted)


def _is_dry(call: Call) -> bool:
    wish = call.query.get("dryRun", "")
    if wish not in ("", "All"):
        message = f'Unsupported value: ["{wish}"]: supported values: "All"'
        cause = Cause(reason="FieldValueNotSupported", field="dryRun", message=message)
        raise refusals.invalid("meta.k8s.io", "CreateOptions", "", [cause])
    return bool(wish)


def _known(call: Call, resource: Resource, body: Json) -> tuple[Json, tuple[str, ...]]:
    """An object without unknown fields, and what to say of them; raises `Refusal` if strict."""
    if resource is not PODS:
        return body, ()
    body, unknown = fields.known(body)
    warnings = tuple(f'unknown field "{field}"' for field in unknown)
    wish = call.query.get("fieldValidation", "Warn")
    if warnings and wish == "Strict":
        raise refusals.bad_request(
            'Pod in version "v1" cannot be handled as a Pod: strict decoding error: '
            + ", ".join(warnings)
        )
    return body, warnings if wish == "Warn" else ()


def _valid(resource: Resource, body: Json, causes: list[Cause]) -> Json:
    if causes:
        name = body["metadata"].get("name", "")
        raise refusals.invalid(resource.group, resource.kind, name, causes)
    return body


def _shown(code: int, stored: Stored) -> Answer:
    return Answer(code, stored.as_object)


def _success(details: Json | None = None) -> Json:
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    return {**status, **({"details": details} if details else {"code": 201})}


def _gone(resource: Resource, body: Json) -> Answer:
    details = {"name": body["metadata"]["name"], "kind": resource.plural}
    if resource.group:
        details["group"] = resource.group
    return Answer(200, orjson.dumps(_success({**details, "uid": body["metadata"]["uid"]})))


def _is_another(asked: Target, given: str, known: str) -> Refusal:
    path = f"/registry/{asked.resource.plural}/{asked.namespace}/{asked.name}"
    return refusals.conflict(
        asked.resource.group,
        asked.resource.plural,
        asked.name,
        f"StorageError: invalid object, Code: 4, Key: {path}, ResourceVersion: 0, "
        f"AdditionalErrorMsg: Precondition failed: UID in precondition: {given}, "
        f"UID in object meta: {known}",
    )


def _needs_version(asked: Target) -> Refusal:
    why = validation.invalid("metadata.resourceVersion", 0, "must be specified for an update")
    return refusals.invalid(asked.resource.group, asked.resource.plural, asked.name, [why])


def _is_protected(budget: Json) -> Refusal:
    status, name = budget["status"], budget["metadata"]["name"]
    needs = f"{status['desiredHealthy']} healthy pods and has {status['currentHealthy']} currently"
    cause = {
        "reason": "DisruptionBudget",
        "message": f"The disruption budget {name} needs {needs}",
    }
    message = "Cannot evict pod as it would violate the pod's disruption budget."
    return Refusal(429, "TooManyRequests", message, details={"causes": [cause]})


def _merged(known: Any, patch: Any) -> Any:
    """A JSON merge patch, RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(known) if isinstance(known, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged
