"""
The cluster as a test holds it in its hands: start it, look into it, count what was asked of it.
What happens to its pods, its nodes and its server by hand stands in the classes it is made of.

Every method acts at once and completely; what a real cluster would do next by itself has happened
too when it returns, unless it is held or given a delay.
"""

import collections
import datetime
import json
import pathlib
import secrets
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from tests.fakes.kubernetes import admission
from tests.fakes.kubernetes.nodes_by_hand import NodesByHand
from tests.fakes.kubernetes.pods_by_hand import PodsByHand
from tests.fakes.kubernetes.refusals import Json
from tests.fakes.kubernetes.resources import BUDGETS, EVENTS, NAMESPACES, NODES, PODS
from tests.fakes.kubernetes.rights import EVERYTHING, Rule, User
from tests.fakes.kubernetes.trouble import Trouble


def _system_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class Cluster(PodsByHand, NodesByHand, Trouble):
    """A cluster of a few empty nodes, and a server for it once it is entered."""

    def __init__(
        self,
        *,
        node_names: tuple[str, ...] = ("node-1", "node-2", "node-3"),
        now: Callable[[], datetime.datetime] = _system_now,
    ) -> None:
        super().__init__(now)
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
