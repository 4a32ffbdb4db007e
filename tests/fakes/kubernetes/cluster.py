"""
The cluster as a test holds it in its hands: start it, disturb it, count what was asked of it.

Every method acts at once and completely; what a real cluster would do next by itself has happened
too when it returns, unless it is held or given a delay.
"""

import collections
import datetime
import functools
import json
import pathlib
import secrets
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.fakes.kubernetes import (
    admission,
    deletion,
    faults,
    kubelet,
    nodes,
)
from tests.fakes.kubernetes.api import Answer, Api, Call
from tests.fakes.kubernetes.faults import ANY, Fault, Faults
from tests.fakes.kubernetes.life import Life
from tests.fakes.kubernetes.refusals import Json, Refusal
from tests.fakes.kubernetes.resources import BUDGETS, EVENTS, NAMESPACES, NODES, PODS
from tests.fakes.kubernetes.rights import EVERYTHING, Rights, Rule, User
from tests.fakes.kubernetes.server import Server
from tests.fakes.kubernetes.state import State
from tests.fakes.kubernetes.timeline import Timeline
from tests.fakes.kubernetes.watching import Streams

T = TypeVar("T")
#: Room for more pods than any test creates.
_CPU, _MEMORY, _PODS = "4000", "16Ti", 20_000
#: What a server calls what it answers with these codes, unless the test says otherwise.
_REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    410: "Expired",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}
#: What the kubelet says while it is trying, and the phase that the pod has meanwhile.
_STARTED_ONCE = ("CrashLoopBackOff", "RunContainerError")


def _system_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class Cluster:
    """A cluster of a few empty nodes, and a server for it once it is entered."""

    def __init__(
        self,
        *,
        node_names: tuple[str, ...] = ("node-1", "node-2", "node-3"),
        now: Callable[[], datetime.datetime] = _system_now,
    ) -> None:
        self._now = now
        self._state = State(lambda: self._now().strftime("%Y-%m-%dT%H:%M:%SZ"))
        self._timeline = Timeline(self._state.changed)
        self._life = Life(self._state, self._timeline)
        self._rights = Rights()
        self._streams = Streams(self._state)
        self._api = Api(self._state, self._life, self._rights, self._streams)
        self._faults = Faults()
        self._server = Server(self._answer, self._faults.take)
        #: Allowed everything.
        self.token = self.add_user("admin", Rule())
        for name in admission.SYSTEM:
            self.add_namespace(name)
        for name in node_names:
            self.add_node(name)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timeline.stop()
        self._streams.cut()
        self._server.stop()

    # How to reach it

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def write_kubeconfig(self, path: pathlib.Path, *, token: str = "") -> pathlib.Path:
        """A file that clients read to find the cluster; returns its path."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": {"server": self.url}}],
            "users": [{"name": "fake", "user": {"token": token or self.token}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
        }
        path.write_text(json.dumps(config))
        return path

    # Who may do what

    def add_user(self, name: str, *rules: Rule) -> str:
        """Somebody who may do what the rules say and nothing else; returns the token."""
        token = secrets.token_hex(8)
        self._rights.users[token] = User(name=name, rules=rules)
        return token

    def forbid(
        self, verbs: str = EVERYTHING, resources: str = EVERYTHING, *, namespace: str = ""
    ) -> None:
        """Refuse something to everybody, until `allow_all`."""
        self._rights.refused.append(Rule(verbs=verbs, resources=resources, namespace=namespace))

    def allow_all(self) -> None:
        """Take back what was forbidden."""
        self._rights.refused.clear()

    def revoke(self, token: str) -> None:
        """The token is not known any more."""
        del self._rights.users[token]

    # What is in it

    @property
    def version(self) -> str:
        """The newest resourceVersion."""
        return str(self._state.version)

    def pod(self, namespace: str, name: str) -> Json | None:
        """A pod as it is stored now."""
        return self._state.find(PODS, (namespace, name))

    def pods(self, namespace: str = "") -> list[Json]:
        """All pods, or those of a namespace."""
        return self._do(lambda: [each.body for each in self._state.all(PODS, namespace=namespace)])

    def namespace(self, name: str) -> Json | None:
        """A namespace as it is stored now."""
        return self._state.find(NAMESPACES, ("", name))

    def node(self, name: str) -> Json | None:
        """A node as it is stored now."""
        return self._state.find(NODES, ("", name))

    def budget(self, namespace: str, name: str) -> Json | None:
        """A disruption budget as it is stored now."""
        return self._state.find(BUDGETS, (namespace, name))

    def events(self, namespace: str) -> list[Json]:
        """The events of a namespace."""
        return self._do(
            lambda: [each.body for each in self._state.all(EVENTS, namespace=namespace)]
        )

    # What was asked of it

    @property
    def calls(self) -> collections.Counter[tuple[str, str]]:
        """How often what was asked, by verb and resource, such as ("create", "pods")."""
        return self._api.calls

    @property
    def open_watches(self) -> int:
        """How many watches are open; one whose client has left counts until the next event."""
        return len(self._streams)

    @property
    def accepted_connections(self) -> int:
        """How many connections clients have opened so far."""
        return self._server.accepted

    @property
    def open_connections(self) -> int:
        """How many connections are open."""
        return self._server.open_connections

    # What it does by itself

    @property
    def hold_starts(self) -> bool:
        """Pods get a node, and then stay Pending until `start`."""
        return self._life.holds_starts

    @hold_starts.setter
    def hold_starts(self, held: bool) -> None:
        self._life.holds_starts = held

    @property
    def hold_deletions(self) -> bool:
        """Deleted pods stay terminating until `finish_deletion`, and namespaces with them."""
        return self._life.holds_deletions

    @hold_deletions.setter
    def hold_deletions(self, held: bool) -> None:
        self._life.holds_deletions = held

    @property
    def hold_service_accounts(self) -> bool:
        """New namespaces take no pods until `give_service_account`."""
        return self._life.holds_service_accounts

    @hold_service_accounts.setter
    def hold_service_accounts(self, held: bool) -> None:
        self._life.holds_service_accounts = held

    def set_delays(
        self, *, start_s: float = 0, stop_s: float = 0, version_wait_s: float = 0
    ) -> None:
        """
        Let things take their time: the start of containers, the end of deleted pods and
        namespaces, and the wait for a resourceVersion in the future.
        """
        self._life.start_s = start_s
        self._life.stop_s = stop_s
        self._api.version_wait_s = version_wait_s

    def give_service_account(self, namespace: str, name: str = "default") -> None:
        """Let pods of this account be created there."""
        self._do(lambda: self._life.service_accounts.add((namespace, name)))

    def set_quota(self, namespace: str, pods: int | None) -> None:
        """How many pods a namespace may have; None for any number."""
        if pods is None:
            self._api.quotas.pop(namespace, None)
        else:
            self._api.quotas[namespace] = pods

    def add_namespace(self, name: str, *, labels: Mapping[str, str] | None = None) -> Json:
        """Somebody else creates a namespace."""
        body = {"metadata": {"name": name, "labels": dict(labels or {})}}
        return self._do(lambda: self._api.create(NAMESPACES, "", body))

    def add_pod(self, namespace: str, body: Json) -> Json:
        """Somebody else creates a pod."""
        return self._do(lambda: self._api.create(PODS, namespace, body))

    # What happens to pods

    def start(self, namespace: str, pod: str) -> None:
        """The containers run, and are ready."""
        self._do(lambda: self._life.start((namespace, pod)))

    def set_ready(self, namespace: str, pod: str, ready: bool) -> None:
        """A readiness probe has changed its mind."""
        self._change(namespace, pod, functools.partial(kubelet.readiness, ready=ready))

    def end_container(
        self,
        namespace: str,
        pod: str,
        *,
        exit_code: int = 0,
        reason: str = "",
        container: str = "",
    ) -> None:
        """All containers end by themselves, or only one; OOMKilled and the like are reasons."""
        self._do(
            lambda: self._life.end_container(
                (namespace, pod), exit_code=exit_code, reason=reason, container=container
            )
        )

    def restart_container(self, namespace: str, pod: str) -> None:
        """What has ended runs again."""
        self._change(namespace, pod, kubelet.restarted)

    def waiting(self, namespace: str, pod: str, reason: str, message: str = "") -> None:
        """The containers cannot be started: ImagePullBackOff, CreateContainerConfigError, ..."""
        phase = "Running" if reason in _STARTED_ONCE else "Pending"
        step = functools.partial(kubelet.waiting, reason=reason, message=message, phase=phase)
        self._change(namespace, pod, step)

    def crash_loop(self, namespace: str, pod: str, *, exit_code: int = 1) -> None:
        """The containers end, are started again, end again, and now wait to be started."""
        self.end_container(namespace, pod, exit_code=exit_code)
        self.restart_container(namespace, pod)
        self.end_container(namespace, pod, exit_code=exit_code)
        message = f"back-off 10s restarting failed container pod={pod}_{namespace}"
        self.waiting(namespace, pod, "CrashLoopBackOff", message)

    def evict(self, namespace: str, pod: str) -> None:
        """Somebody drains the node; raises `Refusal` when a budget does not allow it."""
        self._do(lambda: self._api.evict_and_delete((namespace, pod)))

    def delete_pod(self, namespace: str, pod: str, *, grace_s: int | None = None) -> None:
        """Somebody else deletes a pod."""
        options = deletion.Options(grace_s=grace_s)
        self._do(lambda: deletion.delete_pod(self._state, self._life, (namespace, pod), options))

    def delete_namespace(self, name: str) -> None:
        """Somebody else deletes a namespace."""
        options = deletion.Options()
        self._do(lambda: deletion.delete_namespace(self._state, self._life, name, options))

    def finish_deletion(self, namespace: str, pod: str = "", *, exit_code: int = 0) -> None:
        """Let a deleted pod be gone, or a deleted namespace with all that is in it."""
        if pod:
            self._do(lambda: self._life.end((namespace, pod), exit_code=exit_code))
        else:
            self._do(lambda: self._empty(namespace))

    def set_label(self, namespace: str, pod: str, label: str, value: str) -> None:
        """Somebody labels a pod."""
        self._change(namespace, pod, lambda each, now: _labelled(each, label, value))

    def remove_finalizers(self, namespace: str, pod: str) -> None:
        """Whoever had to be waited for is done."""
        self._do(lambda: self._life.let_go((namespace, pod)))

    def remove_label(self, namespace: str, pod: str, label: str) -> None:
        """Somebody takes a label away."""
        self._change(namespace, pod, lambda each, now: _labelled(each, label, None))

    # What happens to nodes

    def add_node(
        self,
        name: str,
        *,
        addresses: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
        taints: list[Json] | None = None,
        cpu: str = _CPU,
        memory: str = _MEMORY,
        pods: int = _PODS,
    ) -> None:
        """Another node; pods that found no place look again."""
        number = len(self._state.all(NODES)) + 1
        body = nodes.new(
            name,
            self._state.now(),
            addresses=addresses or {"InternalIP": f"10.0.0.{number}", "Hostname": name},
            labels=labels or {},
            taints=taints or [],
            cpu=cpu,
            memory=memory,
            pods=pods,
        )
        self._do(lambda: self._state.create(NODES, body))
        self._do(self._life.place_the_unplaced)

    def unplug_node(self, name: str) -> None:
        """The node is dead, and for a while nobody has found out."""
        self._do(lambda: self._life.dead_nodes.add(name))

    def kill_node(self, name: str) -> None:
        """The node is found dead: its pods are not ready, and nothing can end on it."""
        self._change_node(name, nodes.unreachable)
        self._do(lambda: self._life.node_died(name))

    def revive_node(self, name: str) -> None:
        """The node is back, without its containers."""
        self._change_node(name, nodes.well)
        self._do(lambda: self._life.node_returned(name))
        self._do(self._life.place_the_unplaced)

    def evict_from_dead_node(self, namespace: str, pod: str) -> None:
        """What happens when a pod's patience with its dead node is over: deleted, and hanging."""
        step = functools.partial(
            kubelet.disrupted,
            reason="DeletionByTaintManager",
            message="Taint manager: deleting due to NoExecute taint",
        )
        self._change(namespace, pod, step)
        self.delete_pod(namespace, pod)

    def delete_node(self, name: str) -> None:
        """The node object is gone, and its pods are collected."""
        self._do(lambda: self._state.remove(NODES, ("", name)))
        self._do(lambda: self._life.node_deleted(name))

    def cordon(self, name: str) -> None:
        """The node takes no more pods."""
        self._change_node(name, nodes.cordoned)

    # What happens to the server and the way there

    def compact(self) -> None:
        """Forget the past: lists and watches from any version so far are too old."""
        self._do(self._state.compact)

    def bookmark(self) -> None:
        """Let the open watches say how far they are."""
        self._streams.bookmark()

    def cut_watches(self) -> None:
        """The open watches end in the middle, without the final chunk."""
        self._streams.cut()

    def freeze_watches(self) -> None:
        """The open watches stay open and silent for ever; new ones work."""
        self._streams.freeze()

    def thaw_watches(self) -> None:
        """The frozen watches tell what they missed."""
        self._streams.freeze(False)

    def cut_connections(self) -> None:
        """Every connection breaks, whatever it is used for."""
        self._streams.cut()
        self._server.cut_connections()

    def go_away(self) -> None:
        """No request is answered, and every connection breaks, until `come_back`."""
        self._server.is_away = True
        self.cut_connections()

    def come_back(self) -> None:
        self._server.is_away = False

    def fail_next(
        self,
        status: int,
        *,
        reason: str = "",
        message: str = "as the test wishes",
        retry_after_s: int | None = None,
        times: int = 1,
        match: tuple[str, str] = ANY,
    ) -> None:
        """
        Refuse the next requests, or those of a method whose path and query match a pattern:
        `match=("GET", "watch=true")`.
        """
        reason = reason or _REASONS.get(status, "")
        refusal = Refusal(status, reason, message, details={}, retry_after_s=retry_after_s)
        self._plan(match, times, refusal=refusal)

    def hang_next(
        self, seconds: float | None = None, *, times: int = 1, match: tuple[str, str] = ANY
    ) -> None:
        """Do what is asked and answer only after a while, or never."""
        self._plan(match, times, hangs_s=seconds)

    def lose_next_answer(self, *, times: int = 1, match: tuple[str, str] = ANY) -> None:
        """Do what is asked, and close the connection instead of an answer."""
        self._plan(match, times, loses_answer=True)

    def lose_next_request(self, *, times: int = 1, match: tuple[str, str] = ANY) -> None:
        """Close the connection instead of doing what is asked."""
        self._plan(match, times, loses_request=True)

    def stall_next(self, *, times: int = 1, match: tuple[str, str] = ANY) -> None:
        """Do what is asked, and send only half of the answer."""
        self._plan(match, times, stalls=True)

    def drip_next(self, *, times: int = 1, match: tuple[str, str] = ANY) -> None:
        """Do what is asked, and send an answer byte by byte that does not end."""
        self._plan(match, times, drips=True)

    def say_next(
        self,
        status: int,
        body: bytes,
        *,
        content_type: str = "text/html",
        times: int = 1,
        match: tuple[str, str] = ANY,
    ) -> None:
        """Have something on the way answer, and the server never hear of it."""
        self._plan(match, times, said=(status, body, content_type))

    def forget_faults(self) -> None:
        """Whatever was planned to go wrong and has not yet, goes well."""
        self._faults.clear()

    # Parts

    def _plan(self, match: tuple[str, str], times: int, **what: Any) -> None:
        method, path = faults.pattern(match)
        self._faults.plan(Fault(method=method, path=path, times=times, **what))

    def _answer(self, call: Call) -> Answer:
        return self._do(lambda: self._api.answer(call))

    def _do(self, act: Callable[[], T]) -> T:
        """Act while nobody else does, and then let follow what follows."""
        with self._state.changed:
            try:
                return act()
            finally:
                self._timeline.settle()

    def _change(self, namespace: str, pod: str, step: kubelet.Step) -> None:
        self._do(lambda: self._life.change((namespace, pod), step))

    def _change_node(self, name: str, change: Callable[[Json, str], Json]) -> None:
        def act() -> None:
            node = self._state.get(NODES, ("", name))
            self._state.replace(NODES, change(node, self._state.now()))

        self._do(act)

    def _empty(self, namespace: str) -> None:
        """A namespace ends together with its pods, however things are held."""
        self._life.empty_namespace(
            namespace,
            lambda key: deletion.delete_pod(self._state, self._life, key, deletion.Options()),
        )
        for stored in self._state.all(PODS, namespace=namespace):
            self._life.end(stored.key)


def _labelled(pod: Json, label: str, value: str | None) -> Json:
    labels = {**(pod["metadata"].get("labels") or {}), label: value}
    labels = {key: each for key, each in labels.items() if each is not None}
    return {**pod, "metadata": {**pod["metadata"], "labels": labels}}
