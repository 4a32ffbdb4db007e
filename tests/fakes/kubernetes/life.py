"""
What goes on in a cluster by itself: the scheduler, the kubelets, and the controllers.

Every step looks at the object as it is now, and does nothing when that is another one, or when a
node is dead: so a test may interfere at any time.
"""

import functools
from collections.abc import Callable

from tests.fakes.kubernetes import kubelet, nodes
from tests.fakes.kubernetes.placement import NO_PORTS, Placement
from tests.fakes.kubernetes.refusals import Json
from tests.fakes.kubernetes.resources import BUDGETS, EVENTS, NAMESPACES, NODES, PODS
from tests.fakes.kubernetes.state import Key, State
from tests.fakes.kubernetes.timeline import Timeline


class Life:
    """Acts on the state, at once or when the timeline says so."""

    def __init__(self, state: State, timeline: Timeline) -> None:
        self._state = state
        self._timeline = timeline
        self.placement = Placement()
        #: Pods get their node, and their containers are never started.
        self.holds_starts = False
        #: Deleted pods have their deletionTimestamp, and their containers take no notice.
        self.holds_deletions = False
        self.start_s = 0.0
        self.stop_s = 0.0
        self.dead_nodes: set[str] = set()
        #: Which service accounts exist, by namespace.
        self.service_accounts: set[Key] = set()
        self.holds_service_accounts = False
        self._unplaced: dict[Key, str] = {}

    # Pods begin

    def pod_created(self, pod: Json) -> None:
        """Find a node and start the containers."""
        self._timeline.after(0, functools.partial(self._place, key(pod), uid(pod)))

    def start(self, pod_key: Key) -> None:
        """Let the containers of a pod run, however things are held."""
        pod = self._state.get(PODS, pod_key)
        self._run(pod_key, uid(pod))

    def place_the_unplaced(self) -> None:
        """Look again for nodes, after something became free."""
        for pod_key, pod_uid in list(self._unplaced.items()):
            self._place(pod_key, pod_uid)

    def _place(self, pod_key: Key, pod_uid: str) -> None:
        pod = self._current(pod_key, pod_uid)
        self._unplaced.pop(pod_key, None)
        if pod is None or self._is_ending(pod):
            return
        if pod["spec"].get("nodeName"):
            self._accept(pod_key, pod)
        else:
            self._schedule(pod_key, pod)

    def _schedule(self, pod_key: Key, pod: Json) -> None:
        """The scheduler looks for a node, now and whenever something becomes free."""
        known = [each.body for each in self._state.all(NODES)]
        node, why = self.placement.choose(pod, known)
        if node:
            self.placement.take(pod, node)
            self.change(pod_key, functools.partial(kubelet.scheduled, node=node))
            self._timeline.after(0, functools.partial(self._create, pod_key, uid(pod)))
        else:
            self._unplaced[pod_key] = uid(pod)
            self.change(pod_key, functools.partial(kubelet.unschedulable, why=why))

    def _accept(self, pod_key: Key, pod: Json) -> None:
        """A pod came with its node: no scheduler has looked, so the kubelet does."""
        node = pod["spec"]["nodeName"]
        if self.placement.has_port_taken(pod, node):
            why = f"Predicate NodePorts failed: {NO_PORTS}"
            step = functools.partial(kubelet.rejected, reason="NodePorts", message=why)
            self.change(pod_key, step)
        else:
            self.placement.take(pod, node)
            self._timeline.after(0, functools.partial(self._create, pod_key, uid(pod)))

    def _create(self, pod_key: Key, pod_uid: str) -> None:
        pod = self._current(pod_key, pod_uid)
        if pod is None or self._is_ending(pod) or self._is_forsaken(pod):
            return
        self._take_up(pod_key, pod)
        if not self.holds_starts:
            self._timeline.after(self.start_s, functools.partial(self._run, pod_key, pod_uid))

    def _run(self, pod_key: Key, pod_uid: str) -> None:
        pod = self._current(pod_key, pod_uid)
        if pod is None or self._is_ending(pod) or self._is_forsaken(pod) or kubelet.is_over(pod):
            return
        if "containerStatuses" not in pod["status"]:
            self._take_up(pod_key, pod)
        has_probe = kubelet.has_probe(pod)
        self.change(pod_key, functools.partial(kubelet.running, ready=not has_probe))
        if has_probe:
            self.change(pod_key, functools.partial(kubelet.readiness, ready=True))

    def _take_up(self, pod_key: Key, pod: Json) -> None:
        node = self._state.find(NODES, ("", pod["spec"]["nodeName"]))
        step = functools.partial(kubelet.creating, host_ip=nodes.internal_ip(node))
        self.change(pod_key, step)

    # Pods end

    def end_container(
        self, pod_key: Key, *, exit_code: int, reason: str = "", container: str = ""
    ) -> None:
        """Let a container end by itself; the pod is over unless it is started again."""
        step = functools.partial(
            kubelet.ended, exit_code=exit_code, reason=reason, container=container
        )
        pod = self.change(pod_key, step)
        states = [each["state"] for each in pod["status"]["containerStatuses"]]
        if kubelet.will_restart(pod, exit_code):
            return
        if all("terminated" in state for state in states):
            self._release(self.change(pod_key, kubelet.finished))

    def pod_deleted(self, pod: Json) -> None:
        """Somebody gave the pod a deletionTimestamp: let it end on its node."""
        self._timeline.after(0, functools.partial(self._notice, key(pod), uid(pod)))
        if not self.holds_deletions:
            end = functools.partial(self._end, key(pod), uid(pod))
            self._timeline.after(self.stop_s, end)

    def end(self, pod_key: Key, *, exit_code: int = 0) -> None:
        """Let a deleted pod end on its node, however things are held."""
        self._end(pod_key, uid(self._state.get(PODS, pod_key)), exit_code=exit_code)

    def removed(self, pod: Json) -> None:
        """A pod is gone from the store: what it took is free again."""
        self._unplaced.pop(key(pod), None)
        self._release(pod)
        self._finish_namespace(key(pod)[0])

    def let_go(self, pod_key: Key) -> None:
        """Take all finalizers from a pod, which may have waited only for that."""
        pod = self._state.get(PODS, pod_key)
        metadata = {name: each for name, each in pod["metadata"].items() if name != "finalizers"}
        if metadata.get("deletionGracePeriodSeconds") == 0:
            self.removed(self._state.remove(PODS, pod_key))
        else:
            self._state.replace(PODS, {**pod, "metadata": metadata})

    def remove(self, pod_key: Key) -> None:
        """Let a pod be gone, unless a finalizer keeps it."""
        pod = self._state.get(PODS, pod_key)
        if not pod["metadata"].get("finalizers"):
            self.removed(self._state.remove(PODS, pod_key))

    def _notice(self, pod_key: Key, pod_uid: str) -> None:
        pod = self._current(pod_key, pod_uid)
        if pod and not self._is_forsaken(pod):
            self.change(pod_key, kubelet.noticed)

    def _end(self, pod_key: Key, pod_uid: str, *, exit_code: int = 0) -> None:
        pod = self._current(pod_key, pod_uid)
        if pod is None or self._is_forsaken(pod):
            return
        for step in kubelet.ending(pod, exit_code=exit_code):
            ending = self.change(pod_key, step)
            if kubelet.is_over(ending):
                self._release(ending)
        self.remove(pod_key)

    def _release(self, pod: Json) -> None:
        if self.placement.free(uid(pod)):
            self.place_the_unplaced()

    # Nodes

    def node_died(self, name: str) -> None:
        """What the node controller does once nothing was heard of a node for long enough."""
        self.dead_nodes.add(name)
        for pod_key in self.pods_on(name):
            if not kubelet.is_over(self._state.get(PODS, pod_key)):
                self.change(pod_key, kubelet.forsaken)

    def node_returned(self, name: str) -> None:
        """The node is back, and its containers are gone."""
        self.dead_nodes.discard(name)
        for pod_key in self.pods_on(name):
            pod = self._state.get(PODS, pod_key)
            if self._is_ending(pod):
                self._bury(pod_key)
            elif not kubelet.is_over(pod):
                self._recover(pod_key, pod)

    def node_deleted(self, name: str) -> None:
        """The pods of a node that is no more are collected."""
        for pod_key in self.pods_on(name):
            self.change(pod_key, kubelet.collected)
            self.change(pod_key, self._as_deleted)
            self.remove(pod_key)

    def pods_on(self, node: str) -> list[Key]:
        """The pods that have this node."""
        pods = self._state.all(PODS)
        return [pod.key for pod in pods if pod.body["spec"].get("nodeName") == node]

    def _bury(self, pod_key: Key) -> None:
        """What was deleted while its node was dead needs no more asking."""
        self.change(pod_key, lambda pod, now: kubelet.finished(kubelet.died(pod, now), now))
        self.change(pod_key, kubelet.without_grace)
        self.remove(pod_key)

    def _recover(self, pod_key: Key, pod: Json) -> None:
        """What never ran is begun again; what ran is started again, if it may be."""
        if "podIP" not in pod["status"]:
            self._create(pod_key, uid(pod))
            return
        self.change(pod_key, kubelet.died)
        if kubelet.will_restart(pod, kubelet.DIED):
            self.change(pod_key, kubelet.restarted)
        else:
            self._release(self.change(pod_key, kubelet.finished))

    @staticmethod
    def _as_deleted(pod: Json, now: str) -> Json:
        generation = 1 if "deletionTimestamp" not in pod["metadata"] else 0
        pod = kubelet.without_grace(pod, now)
        metadata = pod["metadata"]
        return {**pod, "metadata": {**metadata, "generation": metadata["generation"] + generation}}

    # Namespaces

    def namespace_created(self, name: str) -> None:
        """Give it the service account that its pods need."""
        if not self.holds_service_accounts:
            self.service_accounts.add((name, "default"))

    def namespace_deleted(self, name: str, delete_pod: Callable[[Key], object]) -> None:
        """Delete what is inside, then the namespace itself."""
        if self.holds_deletions:
            return self._delete_pods(name, delete_pod)
        empty = functools.partial(self.empty_namespace, name, delete_pod)
        return self._timeline.after(self.stop_s, empty)

    def empty_namespace(self, name: str, delete_pod: Callable[[Key], object]) -> None:
        """Delete what is inside a namespace; it goes with the last pod."""
        self._sweep(name)
        self._delete_pods(name, delete_pod)
        self._finish_namespace(name)

    def _delete_pods(self, name: str, delete_pod: Callable[[Key], object]) -> None:
        for stored in self._state.all(PODS, namespace=name):
            if not self._is_ending(stored.body):
                delete_pod(stored.key)

    def _finish_namespace(self, name: str) -> None:
        found = self._state.find(NAMESPACES, ("", name))
        if found is None or "deletionTimestamp" not in found["metadata"]:
            return
        if not self._state.count(PODS, name):
            self._sweep(name)
            self._state.remove(NAMESPACES, ("", name))
            self.service_accounts -= {each for each in self.service_accounts if each[0] == name}

    def _sweep(self, namespace: str) -> None:
        for resource in (EVENTS, BUDGETS):
            for stored in self._state.all(resource, namespace=namespace):
                self._state.remove(resource, stored.key)

    # Parts

    def change(self, pod_key: Key, step: kubelet.Step) -> Json:
        """Store the next state of a pod."""
        pod = step(self._state.get(PODS, pod_key), self._state.now())
        return self._state.replace(PODS, pod)

    def _current(self, pod_key: Key, pod_uid: str) -> Json | None:
        pod = self._state.find(PODS, pod_key)
        return pod if pod and uid(pod) == pod_uid else None

    def _is_forsaken(self, pod: Json) -> bool:
        node = pod["spec"].get("nodeName", "")
        return node in self.dead_nodes or (
            bool(node) and self._state.find(NODES, ("", node)) is None
        )

    @staticmethod
    def _is_ending(pod: Json) -> bool:
        return "deletionTimestamp" in pod["metadata"]


def key(pod: Json) -> Key:
    return pod["metadata"]["namespace"], pod["metadata"]["name"]


def uid(pod: Json) -> str:
    return str(pod["metadata"]["uid"])
