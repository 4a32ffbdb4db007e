"""What happens to nodes, and to the pods on them."""

import functools
from collections.abc import Callable, Mapping

from tests.fakes.kubernetes import deletion, kubelet, nodes
from tests.fakes.kubernetes.hands import Hands
from tests.fakes.kubernetes.refusals import Json
from tests.fakes.kubernetes.resources import NODES

#: Room for more pods than any test creates.
_CPU, _MEMORY, _PODS = "4000", "16Ti", 20_000


class NodesByHand(Hands):
    """Every method names the node."""

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
        options = deletion.Options()
        key = (namespace, pod)
        self._do(lambda: deletion.delete_pod(self._state, self._life, key, options))

    def delete_node(self, name: str) -> None:
        """The node object is gone, and its pods are collected."""
        self._do(lambda: self._state.remove(NODES, ("", name)))
        self._do(lambda: self._life.node_deleted(name))

    def cordon(self, name: str) -> None:
        """The node takes no more pods."""
        self._change_node(name, nodes.cordoned)

    def _change_node(self, name: str, change: Callable[[Json, str], Json]) -> None:
        def act() -> None:
            node = self._state.get(NODES, ("", name))
            self._state.replace(NODES, change(node, self._state.now()))

        self._do(act)
