"""Two installations on one cluster, and others who use it: nothing that is not ours is touched."""

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from maestro.errors import AlreadyExists, RuntimeRefused
from maestro.runtime.kubernetes.runtime import KubernetesRuntime
from tests import kubernetes_rooms, make
from tests.contract.backends import told
from tests.fakes.kubernetes import Cluster

ARENA = make.scheduler()
#: Of the same name, as two installations may well choose.
THEIR_ARENA = make.scheduler(uid="their-arena")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as cluster:
        yield cluster


def of(name: str, cluster: Cluster, tmp_path: pathlib.Path) -> KubernetesRuntime:
    file = cluster.write_kubeconfig(tmp_path / f"kubeconfig-{name}")
    return kubernetes_rooms.runtime(file, installation=name)


@pytest.fixture
def ours(cluster: Cluster, tmp_path: pathlib.Path) -> KubernetesRuntime:
    return of("ours", cluster, tmp_path)


@pytest.fixture
def theirs(cluster: Cluster, tmp_path: pathlib.Path) -> KubernetesRuntime:
    """With a scheduler `arena`, and a room in it."""
    theirs = of("theirs", cluster, tmp_path)
    theirs.create_scheduler(THEIR_ARENA)
    theirs.create_room(make.new_room(), THEIR_ARENA)
    theirs.protect_rooms("arena", uid=THEIR_ARENA.uid, at_least=3)
    return theirs


@pytest.fixture
def before(cluster: Cluster, theirs: KubernetesRuntime) -> Any:
    """All that is theirs."""
    return everything(cluster)


def everything(cluster: Cluster) -> Any:
    return (
        cluster.namespace("arena"),
        cluster.pods("arena"),
        cluster.budget("arena", "arena"),
        cluster.events("arena"),
    )


def delete(runtime: KubernetesRuntime, *, uid: str = "", force: bool = False) -> bool:
    return runtime.delete_room(
        "arena", "arena-1", uid=uid, grace_period_s=0, reason="test", force=force
    )


def test_their_namespace_is_not_taken(
    before: Any, cluster: Cluster, ours: KubernetesRuntime
) -> None:
    for scheduler in (ARENA, THEIR_ARENA):
        with pytest.raises(AlreadyExists):
            ours.create_scheduler(scheduler)
    assert everything(cluster) == before


def test_their_namespace_is_not_deleted(
    before: Any, cluster: Cluster, ours: KubernetesRuntime
) -> None:
    """Not even by whoever knows its uid."""
    for uid in (ARENA.uid, THEIR_ARENA.uid, before[0]["metadata"]["uid"], ""):
        ours.delete_scheduler("arena", uid=uid)
    assert everything(cluster) == before


def test_no_room_of_ours_gets_in(before: Any, cluster: Cluster, ours: KubernetesRuntime) -> None:
    for scheduler in (ARENA, THEIR_ARENA):
        with pytest.raises(RuntimeRefused):
            ours.create_room(make.new_room(id="arena-2"), scheduler)
    assert everything(cluster) == before


@pytest.mark.parametrize("force", [False, True])
def test_their_rooms_are_not_deleted(
    force: bool, before: Any, cluster: Cluster, ours: KubernetesRuntime
) -> None:
    uid = before[1][0]["metadata"]["uid"]
    assert delete(ours, force=force) is False
    assert delete(ours, uid=uid, force=force) is False
    # And no event tells that they were
    assert everything(cluster) == before


def test_their_budget_is_left_alone(before: Any, cluster: Cluster, ours: KubernetesRuntime) -> None:
    for uid in (ARENA.uid, THEIR_ARENA.uid, ""):
        ours.protect_rooms("arena", uid=uid, at_least=0)
    assert everything(cluster) == before


def test_each_sees_its_own_rooms(
    cluster: Cluster, ours: KubernetesRuntime, theirs: KubernetesRuntime
) -> None:
    since = ours.list_rooms().resource_version
    blue = make.scheduler(name="blue")
    ours.create_scheduler(blue)
    theirs.create_room(make.new_room(id="arena-2"), THEIR_ARENA)
    cluster.delete_pod("arena", "arena-1")
    ours.create_room(make.new_room(id="blue-1", scheduler="blue"), blue)

    assert [each.room for each in ours.list_rooms().instances] == ["blue-1"]
    assert [each.room for each in theirs.list_rooms().instances] == ["arena-2"]
    # The first that ours hears of is its own
    first = next(told(ours.watch_rooms(since, timeout_s=10)))
    assert first.instance.room == "blue-1"


def test_a_namespace_that_changed_hands_is_not_ours_any_more(
    cluster: Cluster, ours: KubernetesRuntime, tmp_path: pathlib.Path
) -> None:
    """Ours was deleted by hand, and they came after; another process of ours asks."""
    ours.create_scheduler(ARENA)
    cluster.delete_namespace("arena")
    theirs = of("theirs", cluster, tmp_path)
    theirs.create_scheduler(THEIR_ARENA)
    theirs.create_room(make.new_room(), THEIR_ARENA)
    before = everything(cluster)

    another = of("ours", cluster, tmp_path)
    another.delete_scheduler("arena", uid=ARENA.uid)
    another.protect_rooms("arena", uid=ARENA.uid, at_least=9)
    assert delete(another) is False
    with pytest.raises(RuntimeRefused):
        another.create_room(make.new_room(id="arena-2"), ARENA)
    assert everything(cluster) == before


def test_for_a_moment_one_that_was_ours_is_believed_to_be_and_no_harm_comes_of_it(
    cluster: Cluster, ours: KubernetesRuntime, tmp_path: pathlib.Path
) -> None:
    """The same process, within the seconds in which a namespace is not read again."""
    ours.create_scheduler(ARENA)
    uid = ours.create_room(make.new_room(), ARENA).uid
    cluster.delete_namespace("arena")
    theirs = of("theirs", cluster, tmp_path)
    theirs.create_scheduler(THEIR_ARENA)
    theirs.create_room(make.new_room(), THEIR_ARENA)
    before = everything(cluster)[:3]

    ours.delete_scheduler("arena", uid=ARENA.uid)
    assert delete(ours, uid=uid) is False
    assert delete(ours, uid=uid, force=True) is False
    assert delete(ours) is False
    ours.protect_rooms("arena", uid=ARENA.uid, at_least=9)
    assert everything(cluster)[:3] == before


def test_what_others_put_into_our_namespace_is_theirs(
    cluster: Cluster, ours: KubernetesRuntime
) -> None:
    """Named like a room of ours."""
    ours.create_scheduler(ARENA)
    labels = {"heritage": "maestro", "maestro-scheduler": "arena", "version": "v1.0.0"}
    spec: Any = {"containers": [{"name": "game-server", "image": "other:1"}]}
    for theirs in ({}, {"maestro-installation": "theirs"}):
        metadata = {"name": "arena-1", "labels": labels | theirs}
        cluster.add_pod("arena", {"metadata": metadata, "spec": spec})
        assert ours.list_rooms().instances == []
        assert delete(ours) is False
        assert delete(ours, force=True) is False
        with pytest.raises(AlreadyExists):
            ours.create_room(make.new_room(), ARENA)
        assert len(cluster.pods("arena")) == 1
        cluster.delete_pod("arena", "arena-1")


@pytest.mark.parametrize("name", ["default", "kube-system"])
def test_namespaces_of_the_cluster_are_nobodys(
    name: str, cluster: Cluster, ours: KubernetesRuntime
) -> None:
    scheduler = make.scheduler(name=name)
    with pytest.raises(AlreadyExists):
        ours.create_scheduler(scheduler)
    ours.delete_scheduler(name, uid=scheduler.uid)
    ours.delete_scheduler(name, uid="")
    with pytest.raises(RuntimeRefused):
        ours.create_room(make.new_room(scheduler=name), scheduler)
    assert cluster.namespace(name)
    assert cluster.pods(name) == []
