"""The recorded stories of rooms, told again to the fake cluster."""

import dataclasses
from typing import Any

from tests.contract.kubernetes_wire import Told, Wire
from tests.fakes.kubernetes import Cluster

LABELS = {"heritage": "maestro"}


@dataclasses.dataclass(frozen=True)
class Stage:
    """One namespace of a cluster with one real node and three that do not take its rooms."""

    cluster: Cluster
    wire: Wire
    namespace: str

    @property
    def _pods(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods"

    def create(self, room: str = "room-1", policy: str = "Never", **spec: Any) -> None:
        """Create a room."""
        finalizers = spec.pop("finalizers", [])
        container = {"name": "game", "image": "game:1", **spec.pop("container", {})}
        body = {
            "metadata": {"name": room, "labels": LABELS, "finalizers": finalizers},
            "spec": {
                "restartPolicy": policy,
                "terminationGracePeriodSeconds": 5,
                "nodeSelector": {"kubernetes.io/hostname": "real-1"},
                "containers": [container],
                **spec,
            },
        }
        assert self.wire.ask("POST", self._pods, body).status == 201

    def delete(self, room: str = "room-1", *, grace_s: int | None = None) -> None:
        """Delete a room."""
        query = "" if grace_s is None else f"?gracePeriodSeconds={grace_s}"
        assert self.wire.ask("DELETE", f"{self._pods}/{room}{query}").status == 200

    def evict(self, room: str) -> Told:
        """Ask for a room's eviction."""
        return self.wire.ask("POST", f"{self._pods}/{room}/eviction", {"kind": "Eviction"})

    def end(self, exit_code: int, reason: str = "", room: str = "room-1") -> None:
        """The container ends by itself."""
        self.cluster.end_container(self.namespace, room, exit_code=exit_code, reason=reason)

    def restart(self) -> None:
        """The kubelet starts the container again."""
        self.cluster.restart_container(self.namespace, "room-1")

    def wait(self, *reasons: str) -> None:
        """The kubelet waits, for one reason after the other."""
        for reason in reasons:
            self.cluster.waiting(self.namespace, "room-1", reason)

    def delete_slowly(self, exit_code: int, room: str = "room-1") -> None:
        """Delete a room whose container takes its time to end."""
        self.cluster.hold_deletions = True
        self.delete(room)
        self.finish(exit_code, room)

    def finish(self, exit_code: int, room: str = "room-1") -> None:
        """The container of a deleted room ends."""
        self.cluster.finish_deletion(self.namespace, room, exit_code=exit_code)


def room_ready(stage: Stage) -> None:
    stage.create(container={"readinessProbe": {"exec": {"command": ["true"]}}})
    stage.delete()


def room_no_probe(stage: Stage) -> None:
    stage.create()
    stage.delete()


def readiness_lost(stage: Stage) -> None:
    stage.create(container={"readinessProbe": {"exec": {"command": ["true"]}}})
    stage.cluster.set_ready(stage.namespace, "room-1", False)
    stage.cluster.set_ready(stage.namespace, "room-1", True)
    stage.delete()


def exit_0_never(stage: Stage) -> None:
    stage.create()
    stage.end(0)
    stage.delete()


def exit_1_never(stage: Stage) -> None:
    stage.create()
    stage.end(1)
    stage.delete()


def exit_0_always(stage: Stage) -> None:
    stage.create(policy="Always")
    stage.end(0)
    stage.restart()
    stage.end(0)
    stage.wait("CrashLoopBackOff")
    stage.restart()
    stage.end(0)
    stage.delete()


def oom_killed(stage: Stage) -> None:
    stage.create()
    stage.end(137, "OOMKilled")
    stage.delete()


def crashloop(stage: Stage) -> None:
    stage.create(policy="Always")
    stage.end(3)
    for _ in range(4):
        stage.restart()
        stage.end(3)
        stage.wait("CrashLoopBackOff")
    stage.delete()


def image_pull_fails(stage: Stage) -> None:
    stage.cluster.hold_starts = True
    stage.create()
    stage.wait(*["ErrImagePull", "ImagePullBackOff"] * 3)
    stage.delete()


def image_never_pull(stage: Stage) -> None:
    stage.cluster.hold_starts = True
    stage.create()
    stage.wait("ErrImageNeverPull")
    stage.delete()


def image_name_invalid(stage: Stage) -> None:
    stage.cluster.hold_starts = True
    stage.create()
    stage.wait("InvalidImageName")
    stage.delete()


def command_not_found(stage: Stage) -> None:
    stage.cluster.hold_starts = True
    stage.create()
    stage.end(128, "StartError")
    stage.delete()


def liveness_fails_never(stage: Stage) -> None:
    """The kubelet asks the container to end, which does so as if it had wanted to."""
    stage.create()
    stage.end(0)
    stage.delete()


def two_containers_one_exits(stage: Stage) -> None:
    names = ("game", "sidecar")
    stage.create(containers=[{"name": name, "image": "game:1"} for name in names])
    stage.cluster.end_container(stage.namespace, "room-1", container="sidecar")
    stage.delete()


def unschedulable_hostport(stage: Stage) -> None:
    udp = {"ports": [{"containerPort": 7777, "hostPort": 27100, "protocol": "UDP"}]}
    tcp = {"ports": [{"containerPort": 7777, "hostPort": 27100, "protocol": "TCP"}]}
    stage.create("room-1", container=udp)
    stage.create("room-2", container=udp)
    stage.create("room-3", container=tcp)
    for room in ("room-1", "room-2", "room-3"):
        stage.delete(room)


def unschedulable_cpu(stage: Stage) -> None:
    stage.create("room-1", container={"resources": {"requests": {"cpu": "64"}}})
    stage.create("room-2", container={"resources": {"requests": {"memory": "512Gi"}}})
    stage.delete("room-1")
    stage.delete("room-2")


def graceful_slow_sigterm(stage: Stage) -> None:
    stage.create(container={"readinessProbe": {"exec": {"command": ["true"]}}})
    stage.delete_slowly(0)


def graceful_sigterm_exit_nonzero(stage: Stage) -> None:
    stage.create()
    stage.delete_slowly(7)


def graceful_sigterm_ignored(stage: Stage) -> None:
    stage.create()
    stage.delete_slowly(137)


def graceful_then_shorter(stage: Stage) -> None:
    stage.create(terminationGracePeriodSeconds=30)
    stage.cluster.hold_deletions = True
    stage.delete()
    stage.delete(grace_s=60)
    stage.delete(grace_s=1)
    stage.finish(137)


def force_delete(stage: Stage) -> None:
    stage.create()
    stage.delete(grace_s=0)
    stage.create()
    stage.delete_slowly(137)


def delete_while_creating(stage: Stage) -> None:
    stage.cluster.hold_starts = True
    stage.create()
    stage.delete()


def namespace_delete(stage: Stage) -> None:
    stage.create("room-1")
    stage.create("room-2", nodeSelector={"kubernetes.io/hostname": "hollow-1"})
    stage.create("room-3", nodeSelector={"kubernetes.io/hostname": "none"})
    assert stage.wire.ask("DELETE", f"/api/v1/namespaces/{stage.namespace}").status == 200


def label_removed(stage: Stage) -> None:
    stage.create(nodeSelector={"kubernetes.io/hostname": "hollow-2"})
    stage.cluster.remove_label(stage.namespace, "room-1", "heritage")
    stage.cluster.set_label(stage.namespace, "room-1", "heritage", "maestro")
    stage.delete()


def finalizer(stage: Stage) -> None:
    hollow = {"kubernetes.io/hostname": "hollow-1"}
    stage.create(finalizers=["example.com/hold"], nodeSelector=hollow)
    stage.delete()
    stage.delete(grace_s=0)
    stage.cluster.remove_finalizers(stage.namespace, "room-1")


def eviction_allowed(stage: Stage) -> None:
    budget = {
        "metadata": {"name": "rooms"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": LABELS}},
    }
    path = f"/apis/policy/v1/namespaces/{stage.namespace}/poddisruptionbudgets"
    assert stage.wire.ask("POST", path, budget).status == 201
    stage.create("room-1")
    stage.create("room-2")
    assert stage.evict("room-1").status == 201
    assert stage.evict("room-2").status == 429
    stage.delete("room-2")


def kubelet_refuses(stage: Stage) -> None:
    port = {"ports": [{"containerPort": 7777, "hostPort": 27200, "protocol": "UDP"}]}
    stage.create("room-1", container=port)
    stage.create("room-2", container=port, nodeName="real-1")
    stage.delete("room-1")
    stage.delete("room-2")


def node_dies_deleted(stage: Stage) -> None:
    hollow = {"kubernetes.io/hostname": "hollow-1"}
    for room in ("room-1", "room-2", "room-3"):
        stage.create(room, nodeSelector=hollow)
    stage.cluster.kill_node("hollow-1")
    stage.delete("room-3")
    stage.cluster.evict_from_dead_node(stage.namespace, "room-2")
    stage.cluster.delete_node("hollow-1")


def node_dies_and_returns(stage: Stage) -> None:
    stage.cluster.kill_node("hollow-3")
    for number in range(1, 7):
        stage.create(f"room-{number}", "Always" if number == 4 else "Never")
    stage.cluster.unplug_node("real-1")
    stage.delete("room-6")
    stage.cluster.kill_node("real-1")
    stage.delete("room-3")
    stage.delete("room-5", grace_s=0)
    stage.create("room-7")
    stage.cluster.evict_from_dead_node(stage.namespace, "room-2")
    stage.cluster.revive_node("real-1")
    for room in ("room-1", "room-4", "room-7"):
        stage.delete(room)


STORIES = {
    name.replace("_", "-"): story
    for name, story in list(globals().items())
    if callable(story) and getattr(story, "__module__", "") == __name__ and name.islower()
}
