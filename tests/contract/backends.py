"""What stands behind the runtimes under test: a machine that a test can have its way with."""

import contextlib
import dataclasses
import itertools
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from maestro.domain.operations import RemovalReason
from maestro.domain.rooms import Instance, InstanceStatus
from maestro.domain.schedulers import Scheduler
from maestro.ports.runtime import ChangeKind, InstanceChange, Runtime
from tests import cluster as real_cluster
from tests import kubernetes_rooms, local_rooms, make
from tests.cluster import RealCluster
from tests.fakes.kubernetes import Cluster
from tests.fakes.runtime import FakeMachine, FakeRuntime
from tests.local_rooms import found
from tests.waiting import PATIENCE_S, eventually


class Backend(Protocol):
    """A machine or cluster of this test alone."""

    def runtime(self, installation: str = "ours") -> Runtime:
        """The runtime of an installation; asked again, as another process of it has it."""

    def scheduler(self, *, stubborn: bool = False) -> Scheduler:
        """A scheduler, `arena`; its rooms run until told, the stubborn ones also when deleted."""

    def end(self, room: str, exit_code: int) -> None:
        """Have the program of a running room end."""


class FakeBackend:
    """Memory."""

    def __init__(self) -> None:
        self._machine = FakeMachine()
        self._runtimes: dict[str, FakeRuntime] = {}

    def runtime(self, installation: str = "ours") -> FakeRuntime:
        return self._runtimes.setdefault(
            installation, FakeRuntime(self._machine, installation=installation)
        )

    def scheduler(self, *, stubborn: bool = False) -> Scheduler:
        for runtime in self._runtimes.values():
            runtime.holds_deletions = stubborn
        return make.scheduler()

    def end(self, room: str, exit_code: int) -> None:
        runtime = self.runtime()
        known = self._machine.places["arena"].rooms[room]
        if known.status is InstanceStatus.TERMINATING:
            runtime.gone("arena", room)
        elif exit_code:
            runtime.set_status("arena", room, InstanceStatus.ERROR, f"exit code {exit_code}")
        else:
            runtime.set_status("arena", room, InstanceStatus.TERMINATING, "Completed")


@dataclasses.dataclass(frozen=True, kw_only=True)
class LocalBackend:
    """Processes of this machine."""

    rooms: local_rooms.LocalRooms

    def runtime(self, installation: str = "ours") -> Runtime:
        return self.rooms.runtime(installation)

    def scheduler(self, *, stubborn: bool = False) -> Scheduler:
        script = local_rooms.STUBBORN if stubborn else local_rooms.OBEDIENT
        return self.rooms.scheduler(script)

    def end(self, room: str, exit_code: int) -> None:
        self.rooms.end(room, exit_code)


class KubernetesBackend:
    """The API server of a cluster that plays its part."""

    def __init__(self, cluster: Cluster, kubeconfig: pathlib.Path) -> None:
        self._cluster = cluster
        self._kubeconfig = cluster.write_kubeconfig(kubeconfig)

    def runtime(self, installation: str = "ours") -> Runtime:
        return kubernetes_rooms.runtime(self._kubeconfig, installation=installation)

    def scheduler(self, *, stubborn: bool = False) -> Scheduler:
        self._cluster.hold_deletions = stubborn
        return make.scheduler()

    def end(self, room: str, exit_code: int) -> None:
        pod = self._cluster.pod("arena", room)
        assert pod
        if pod["metadata"].get("deletionTimestamp"):
            self._cluster.finish_deletion("arena", room, exit_code=exit_code)
        else:
            self._cluster.end_container("arena", room, exit_code=exit_code)


class ClusterBackend:
    """A real cluster."""

    def __init__(self, cluster: RealCluster) -> None:
        self._cluster = cluster

    def runtime(self, installation: str = "ours") -> Runtime:
        return self._cluster.runtime(installation)

    def scheduler(self, *, stubborn: bool = False) -> Scheduler:
        return self._cluster.scheduler(stubborn=stubborn)

    def end(self, room: str, exit_code: int) -> None:
        self._cluster.end("arena", room, exit_code)


#: An adapter that joins here has to pass all that the others do.
KINDS = ("fake", "local", "kubernetes", *(["cluster"] if real_cluster.KUBECONFIG else []))


@contextlib.contextmanager
def opened(kind: str, folder: pathlib.Path) -> Iterator[Backend]:
    """A machine of that kind; nothing runs there afterwards."""
    if kind == "fake":
        yield FakeBackend()
    elif kind == "local":
        with local_rooms.prepared(folder) as rooms:
            yield LocalBackend(rooms=rooms)
    elif kind == "kubernetes":
        with Cluster() as cluster:
            yield KubernetesBackend(cluster, folder / "kubeconfig")
    else:
        with real_cluster.real() as real:
            yield ClusterBackend(real)


def prepared(backend: Backend) -> Runtime:
    """The runtime of `ours`, with a place for the scheduler `arena`."""
    runtime = backend.runtime()
    runtime.create_scheduler(backend.scheduler())
    return runtime


def create(runtime: Runtime, backend: Backend, room: str = "arena-1") -> Instance:
    """Create a room and wait until it runs."""
    runtime.create_room(make.new_room(id=room), backend.scheduler())
    return is_of(runtime, InstanceStatus.READY, room)


def is_of(runtime: Runtime, status: InstanceStatus, room: str = "arena-1") -> Instance:
    """The instance, once it is of that status."""

    def seen() -> list[Instance]:
        instance = found(runtime, room)
        return [instance] if instance and instance.status is status else []

    return eventually(seen)[0]


def delete(runtime: Runtime, room: str = "arena-1", *, uid: str = "", grace_s: int = 10) -> bool:
    """Delete a room of `arena`."""
    return runtime.delete_room(
        "arena", room, uid=uid, grace_period_s=grace_s, reason=RemovalReason.SCALE_DOWN
    )


def watched(
    runtime: Runtime, since: str, until: Callable[[InstanceChange], bool]
) -> list[InstanceChange]:
    """What a watch tells, up to a change that must come."""
    changes: list[InstanceChange] = []
    for change in told(runtime.watch_rooms(since, timeout_s=PATIENCE_S)):
        changes.append(change)
        if until(change):
            return changes
    raise AssertionError(f"only {changes}")


def told(watch: Iterator[Sequence[InstanceChange]]) -> Iterator[InstanceChange]:
    """The changes of a watch, one by one."""
    return itertools.chain.from_iterable(watch)


def is_gone(change: InstanceChange) -> bool:
    return change.kind is ChangeKind.GONE
