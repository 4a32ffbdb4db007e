"""Watching, listing and finding nodes in a cluster where all of that goes wrong."""

import collections
import itertools
import pathlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
import prometheus_client
import pytest
import structlog

from maestro.domain.rooms import InstanceStatus
from maestro.domain.schedulers import Scheduler
from maestro.errors import Unavailable
from maestro.ports.runtime import ChangeKind, InstanceChange
from maestro.runtime.kubernetes import nodes, watching
from maestro.runtime.kubernetes.runtime import PODS, KubernetesRuntime
from tests import kubernetes_rooms, make
from tests.contract.backends import told
from tests.fakes.clock import FakeClock
from tests.fakes.kubernetes import Cluster
from tests.waiting import eventually

WATCH = ("GET", "watch=true")
GONE, PRESENT = ChangeKind.GONE, ChangeKind.PRESENT


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def kubeconfig(cluster: Cluster, tmp_path: pathlib.Path) -> pathlib.Path:
    return cluster.write_kubeconfig(tmp_path / "kubeconfig")


@pytest.fixture
def runtime(kubeconfig: pathlib.Path) -> KubernetesRuntime:
    """With a place for the scheduler `arena`."""
    runtime = kubernetes_rooms.runtime(kubeconfig)
    runtime.create_scheduler(make.scheduler())
    return runtime


def create(runtime: KubernetesRuntime, room: str = "arena-1", scheduler: str = "arena") -> None:
    new = make.new_room(id=room, scheduler=scheduler)
    runtime.create_room(new, make.scheduler(name=scheduler))


def now(runtime: KubernetesRuntime) -> str:
    """From where a watch tells what happens next."""
    return runtime.list_rooms().resource_version


def rooms(runtime: KubernetesRuntime) -> list[str]:
    return sorted(instance.room for instance in runtime.list_rooms().instances)


def opened(runtime: KubernetesRuntime) -> Iterator[Sequence[InstanceChange]]:
    """A watch that has told of a room, `first`, and is open."""
    watch = runtime.watch_rooms(now(runtime), timeout_s=30)
    create(runtime, "first")
    changes = told(watch)
    assert next(changes).instance.room == "first"
    return watch


def until(watch: Iterator[Sequence[InstanceChange]], room: str) -> list[InstanceChange]:
    """What is told, up to the end of a room."""
    changes: list[InstanceChange] = []
    for change in told(watch):
        changes.append(change)
        if change.instance.room == room and change.kind is GONE:
            return changes
    raise AssertionError(f"only {changes}")


def rest(watch: Iterator[Sequence[InstanceChange]]) -> list[InstanceChange]:
    """What is told before the watch breaks."""
    changes: list[InstanceChange] = []
    with pytest.raises(Unavailable):
        changes.extend(told(watch))
    return changes


# How a watch ends -------------------------------------------------------------


def test_a_version_that_is_forgotten_is_told_as_an_event(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    since = now(runtime)
    create(runtime)
    cluster.compact()
    with pytest.raises(Unavailable, match="too old resource version"):
        next(runtime.watch_rooms(since, timeout_s=5))


def test_a_version_that_is_forgotten_is_told_as_a_status(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    cluster.fail_next(410, match=WATCH)
    with pytest.raises(Unavailable):
        next(runtime.watch_rooms(now(runtime), timeout_s=5))


@pytest.mark.parametrize("version", ["", "0", "abc", "-1", "²"])
def test_a_watch_that_would_begin_anywhere_is_not_begun(
    version: str, runtime: KubernetesRuntime
) -> None:
    with pytest.raises(Unavailable):
        next(runtime.watch_rooms(version, timeout_s=5))


def test_a_missing_right_is_told(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    since = now(runtime)
    cluster.forbid("watch", "pods")
    with pytest.raises(Exception, match="cannot watch"):
        next(runtime.watch_rooms(since, timeout_s=5))


def test_a_stream_that_is_cut_is_broken(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    watch = opened(runtime)
    cluster.cut_watches()
    rest(watch)


def test_a_stream_that_the_server_ends_early_is_broken(
    runtime: KubernetesRuntime, kubeconfig: pathlib.Path
) -> None:
    """With its final chunk, which http clients take for a good end."""
    api, since = kubernetes_rooms.api(kubeconfig), now(runtime)

    def one_second(seconds: int) -> Any:
        return api.stream(PODS, silence_s=30, watch=True, resourceVersion=since, timeoutSeconds=1)

    api.get("/version")
    batches = watching.events(one_second, timeout_s=30)
    with pytest.raises(Exception, match="ended the watch"):
        list(batches)


@pytest.mark.parametrize("body", [b"", b"\n\n", b'{"type":"ADD'])
def test_a_stream_that_ends_without_a_word_is_broken(
    body: bytes, cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    since = now(runtime)
    cluster.say_next(200, body, match=WATCH)
    with pytest.raises(Unavailable, match="ended the watch"):
        list(runtime.watch_rooms(since, timeout_s=30))


def test_a_stream_that_is_silent_is_broken(
    cluster: Cluster, runtime: KubernetesRuntime, kubeconfig: pathlib.Path
) -> None:
    impatient = kubernetes_rooms.runtime(kubeconfig, silence_s=0.5)
    watch = opened(impatient)
    cluster.freeze_watches()
    create(runtime, "unheard")
    assert {change.instance.room for change in rest(watch)} <= {"first"}


def test_a_server_that_goes_away_breaks_the_stream(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    watch = opened(runtime)
    cluster.go_away()
    rest(watch)


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"ERROR","object":{"kind":"Status","code":500,"message":"etcd is away"}}',
        b'{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}',
        b'{"type":"ERROR","object":null}',
        b'{"type":"ERROR","object":{"code":"x"}}',
        b"not json",
        b"[]",
        b"{}",
    ],
)
def test_an_error_in_the_stream_breaks_it(
    line: bytes, cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    since = now(runtime)
    cluster.say_next(200, line + b"\n", match=WATCH)
    with pytest.raises(Unavailable):
        list(runtime.watch_rooms(since, timeout_s=30))


def test_what_was_told_before_the_end_is_handed_on(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    create(runtime)
    since, pod = now(runtime), cluster.pod("arena", "arena-1")
    lines = [event("MODIFIED", pod), b'{"type":"ERROR","object":{"code":500}}']
    cluster.say_next(200, b"\n".join(lines) + b"\n", match=WATCH)
    assert [change.kind for change in rest(runtime.watch_rooms(since, timeout_s=30))] == [PRESENT]


def test_it_ends_when_it_is_time(runtime: KubernetesRuntime) -> None:
    batches = list(runtime.watch_rooms(now(runtime), timeout_s=0.3))
    assert all(not batch for batch in batches)


def test_who_stops_listening_leaves_nothing_behind(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    for watch in [opened_again(runtime, number) for number in range(5)]:
        watch.close()

    def is_over() -> bool:
        cluster.bookmark()
        return not cluster.open_watches and not readers() and cluster.open_connections <= 1

    eventually(is_over)


def opened_again(runtime: KubernetesRuntime, number: int) -> Any:
    watch = runtime.watch_rooms(now(runtime), timeout_s=30)
    create(runtime, f"arena-{number}")
    next(watch)
    return watch


def test_a_full_queue_keeps_no_thread(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    create(runtime)
    since, pod = now(runtime), cluster.pod("arena", "arena-1")
    cluster.say_next(200, event("MODIFIED", pod) * 10_000, match=WATCH)
    watch: Any = runtime.watch_rooms(since, timeout_s=30)
    next(watch)
    watch.close()
    eventually(lambda: not readers())


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "watch"]


# What a watch tells -----------------------------------------------------------


def event(kind: str, pod: object) -> bytes:
    return orjson.dumps({"type": kind, "object": pod}) + b"\n"


def test_bookmarks_tell_nothing(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    watch = opened(runtime)
    cluster.bookmark()
    cluster.delete_pod("arena", "first")
    assert {change.instance.room for change in until(watch, "first")} == {"first"}


def test_the_same_and_the_older_pass_unchanged(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    """Which is the newest is decided where changes are stored."""
    create(runtime)
    since, pod = now(runtime), cluster.pod("arena", "arena-1")
    assert pod
    versions = ["9", "5", "9", "7"]
    states = [pod | {"metadata": pod["metadata"] | {"resourceVersion": each}} for each in versions]
    cluster.say_next(200, b"".join(event("MODIFIED", each) for each in states), match=WATCH)
    changes = rest(runtime.watch_rooms(since, timeout_s=30))
    assert [change.instance.resource_version for change in changes] == versions


def test_a_pod_that_loses_its_label_is_gone_and_comes_back_with_it(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    watch = opened(runtime)
    cluster.remove_label("arena", "first", "maestro-installation")
    assert until(watch, "first")[-1].kind is GONE
    assert rooms(runtime) == []
    cluster.set_label("arena", "first", "maestro-installation", "ours")
    assert next(told(watch)).kind is PRESENT
    assert rooms(runtime) == ["first"]


def test_one_stream_tells_of_all_namespaces(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    watch = opened(runtime)
    for name in ("blue", "green"):
        runtime.create_scheduler(make.scheduler(name=name))
        create(runtime, f"{name}-1", name)
    cluster.delete_pod("green", "green-1")
    seen = {(each.instance.scheduler, each.instance.room) for each in until(watch, "green-1")}
    assert seen >= {("blue", "blue-1"), ("green", "green-1")}
    assert cluster.calls["watch", "pods"] == 1


def test_what_cannot_be_read_is_left_out_and_counted(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    create(runtime)
    since, pod = now(runtime), cluster.pod("arena", "arena-1")
    nameless: Any = {"metadata": {"namespace": "arena"}, "spec": None, "status": []}
    lines = [
        event("ADDED", pod),
        event("ADDED", nameless),
        event("TELEPORTED", pod),
        event("MODIFIED", None),
        event("DELETED", pod),
    ]
    before = unreadable()
    cluster.say_next(200, b"".join(lines), match=WATCH)
    with structlog.testing.capture_logs() as logs:
        changes = rest(runtime.watch_rooms(since, timeout_s=30))
    assert [change.kind for change in changes] == [PRESENT, GONE]
    assert unreadable() - before == 2
    reasons = [each["reason"] for each in logs if each["event"] == "instance_not_converted"]
    assert reasons == [
        "unknown kind of event 'TELEPORTED'",
        "metadata.name is missing",
        "metadata.name is missing",
    ]


def test_a_list_goes_on_after_a_pod_that_cannot_be_read(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    create(runtime)
    pod = cluster.pod("arena", "arena-1")
    items = [{"metadata": {"namespace": "arena"}}, None, pod, {"status": {"phase": "Odd"}}]
    page = {"metadata": {"resourceVersion": "9"}, "items": items}
    before = unreadable()
    cluster.say_next(200, orjson.dumps(page), match=("GET", "/pods"))
    listing = runtime.list_rooms()
    assert [instance.room for instance in listing.instances] == ["arena-1"]
    assert listing.resource_version == "9"
    assert unreadable() - before == 1


def test_an_empty_list_may_be_null(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    """As Go writes a list that nobody made."""
    page = b'{"metadata":{"resourceVersion":"9"},"items":null}'
    cluster.say_next(200, page, match=("GET", "/pods"))
    assert runtime.list_rooms().instances == []


def unreadable() -> float:
    name = "maestro_watcher_failed_instance_conversion_total"
    return prometheus_client.REGISTRY.get_sample_value(name, {"scheduler": "arena"}) or 0


def test_a_burst_arrives_whole_and_in_order(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    names = [f"arena-{number}" for number in range(20)]
    for name in names:
        create(runtime, name)
    watch = opened(runtime)
    for number, name in itertools.product(range(200), names):
        cluster.set_label("arena", name, "tick", str(number))
    cluster.delete_pod("arena", "first")
    versions: dict[str, list[int]] = collections.defaultdict(list)
    for change in until(watch, "first"):
        versions[change.instance.room].append(int(change.instance.resource_version))
    assert {name: len(versions[name]) for name in names} == dict.fromkeys(names, 200)
    assert all(each == sorted(each) for each in versions.values())


class Flood:
    """A stream without an end, which counts what is taken from it."""

    def __init__(self) -> None:
        self.taken = 0
        self.is_closed = False

    def lines(self) -> Iterator[bytes]:
        while not self.is_closed:
            self.taken += 1
            yield event("MODIFIED", {"number": self.taken})

    def close(self) -> None:
        self.is_closed = True


def test_what_nobody_takes_waits_in_the_network() -> None:
    flood = Flood()
    batches = watching.events(lambda seconds: flood, timeout_s=30)
    first = next(batches)
    most = len(first) + watching.WAITING + 1
    eventually(lambda: flood.taken >= most - 1)
    numbers = [pod["number"] for _, pod in first]
    while len(numbers) < 20_000:
        assert flood.taken <= len(numbers) + watching.WAITING + watching.BATCH + 1
        numbers += [pod["number"] for _, pod in next(batches)]
    assert numbers == list(range(1, len(numbers) + 1))
    batches.close()
    eventually(lambda: not readers())


class Broken:
    """A stream of which nobody expected this."""

    def lines(self) -> Iterator[bytes]:
        yield event("ADDED", {})
        raise KeyError("a defect")

    def close(self) -> None:
        """Nothing to do."""


def test_a_reader_that_dies_is_not_a_quiet_cluster() -> None:
    batches = watching.events(lambda seconds: Broken(), timeout_s=30)
    assert next(batches) == [("ADDED", {})]
    with pytest.raises(KeyError, match="a defect"):
        next(batches)


# Lists ------------------------------------------------------------------------


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maestro.runtime.kubernetes.runtime.PAGE", 2)


@pytest.mark.usefixtures("small_pages")
class TestPages:
    """Of two pods each."""

    @pytest.fixture
    def names(self, runtime: KubernetesRuntime) -> list[str]:
        runtime.create_scheduler(make.scheduler(name="blue"))
        for number in range(4):
            create(runtime, f"arena-{number}")
        create(runtime, "blue-1", "blue")
        return ["arena-0", "arena-1", "arena-2", "arena-3", "blue-1"]

    def test_all_pages_are_read(
        self, names: list[str], cluster: Cluster, runtime: KubernetesRuntime
    ) -> None:
        before = cluster.calls["list", "pods"]
        assert rooms(runtime) == names
        assert cluster.calls["list", "pods"] - before == 3

    def test_a_list_that_is_forgotten_meanwhile_is_no_list(
        self, names: list[str], cluster: Cluster, runtime: KubernetesRuntime
    ) -> None:
        cluster.fail_next(410, match=("GET", "continue="))
        with pytest.raises(Unavailable):
            runtime.list_rooms()
        assert rooms(runtime) == names

    def test_a_page_that_does_not_come_is_no_list(
        self, names: list[str], cluster: Cluster, runtime: KubernetesRuntime
    ) -> None:
        cluster.lose_next_request(match=("GET", "continue="))
        with pytest.raises(Unavailable):
            runtime.list_rooms()

    def test_a_page_that_comes_late_belongs_to_the_list(
        self, names: list[str], cluster: Cluster, runtime: KubernetesRuntime
    ) -> None:
        cluster.fail_next(503, times=2, match=("GET", "continue="))
        assert rooms(runtime) == names

    def test_a_watch_goes_on_from_the_moment_of_the_list(
        self, names: list[str], cluster: Cluster, runtime: KubernetesRuntime
    ) -> None:
        since = now(runtime)
        cluster.delete_pod("arena", "arena-0")
        assert until(runtime.watch_rooms(since, timeout_s=10), "arena-0")


# Nodes ------------------------------------------------------------------------

ADDRESSES: list[tuple[Mapping[str, str], str]] = [
    (
        {
            "InternalIP": "10.0.0.1",
            "InternalDNS": "node.internal",
            "ExternalIP": "203.0.113.1",
            "ExternalDNS": "node.example.com",
            "Hostname": "node",
        },
        "node.example.com",
    ),
    (
        {"InternalIP": "10.0.0.1", "InternalDNS": "node.internal", "ExternalIP": "203.0.113.1"},
        "203.0.113.1",
    ),
    ({"InternalIP": "10.0.0.1", "InternalDNS": "node.internal"}, "node.internal"),
    ({"InternalIP": "10.0.0.1", "ExternalIP": "not an address"}, "10.0.0.1"),
    ({"InternalIP": "fd00::1"}, "fd00::1"),
    ({"InternalIP": "10.0.0.256"}, ""),
    ({"ExternalDNS": "", "InternalIP": "10.0.0.1"}, "10.0.0.1"),
    ({"Hostname": "node"}, ""),
    ({}, ""),
]


@pytest.mark.parametrize(("addresses", "expected"), ADDRESSES)
def test_players_get_the_best_address(addresses: Mapping[str, str], expected: str) -> None:
    found = [{"type": kind, "address": value} for kind, value in addresses.items()]
    assert nodes.host_of({"status": {"addresses": found}}) == expected
    assert nodes.host_of({"status": {"addresses": list(reversed(found))}}) == expected


@pytest.mark.parametrize("status", [None, {}, {"addresses": None}, {"addresses": [None, {}, 7]}])
def test_a_node_of_which_little_is_known_has_no_address(status: object) -> None:
    assert nodes.host_of({"status": status}) == ""


class TestHosts:
    """The addresses of nodes, remembered for ten minutes."""

    TTL_S = 600.0

    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    @pytest.fixture
    def hosts(self, kubeconfig: pathlib.Path, clock: FakeClock) -> nodes.Hosts:
        api = kubernetes_rooms.api(kubeconfig)
        return nodes.Hosts(api, ttl_s=self.TTL_S, monotonic=clock.monotonic)

    def test_a_node_is_asked_for_once(self, hosts: nodes.Hosts, cluster: Cluster) -> None:
        for _ in range(3):
            assert hosts.learn({"node-1", ""})["node-1"] == "10.0.0.1"
        assert cluster.calls["get", "nodes"] == 1
        assert cluster.calls["list", "nodes"] == 0

    def test_many_unknown_nodes_are_read_at_once(
        self, hosts: nodes.Hosts, cluster: Cluster
    ) -> None:
        for number in range(4, 10):
            cluster.add_node(f"node-{number}")
        names = {f"node-{number}" for number in range(1, 10)}
        assert set(hosts.learn(names).values()) == {f"10.0.0.{each}" for each in range(1, 10)}
        assert hosts.learn(names)
        assert (cluster.calls["get", "nodes"], cluster.calls["list", "nodes"]) == (0, 1)

    def test_what_is_remembered_expires(
        self, hosts: nodes.Hosts, cluster: Cluster, clock: FakeClock
    ) -> None:
        hosts.learn({"node-1"})
        cluster.delete_node("node-1")
        cluster.add_node("node-1", addresses={"ExternalIP": "203.0.113.1"})
        assert hosts.learn({"node-1"})["node-1"] == "10.0.0.1"
        clock.advance(self.TTL_S + 1)
        assert hosts.learn({"node-1"})["node-1"] == "203.0.113.1"

    def test_a_node_that_gets_its_address_later_is_asked_for_again_soon(
        self, hosts: nodes.Hosts, cluster: Cluster, clock: FakeClock
    ) -> None:
        cluster.add_node("late", addresses={"Hostname": "late"})
        for _ in range(5):
            assert dict(hosts.learn({"late", "missing"})) == {"late": "", "missing": ""}
        # But not with every pod
        assert cluster.calls["get", "nodes"] == 2
        cluster.delete_node("late")
        cluster.add_node("late", addresses={"InternalIP": "10.0.0.9"})
        clock.advance(nodes.UNKNOWN_S + 1)
        assert hosts.learn({"late"})["late"] == "10.0.0.9"

    def test_without_the_right_to_read_nodes_there_are_no_addresses(
        self, hosts: nodes.Hosts, cluster: Cluster, clock: FakeClock
    ) -> None:
        cluster.forbid("get list", "nodes")
        names = [f"node-{number}" for number in range(1, 10)]
        with structlog.testing.capture_logs() as logs:
            for _ in range(5):
                assert hosts.learn({"node-1"})["node-1"] == ""
                assert hosts.learn(names) == dict.fromkeys(names, "")
        # Said, and not with every pod
        assert [each["event"] for each in logs] == ["nodes_not_readable"] * 2
        cluster.allow_all()
        clock.advance(nodes.UNKNOWN_S + 1)
        assert hosts.learn({"node-1"})["node-1"] == "10.0.0.1"

    def test_a_server_that_is_away_is_told(self, hosts: nodes.Hosts, cluster: Cluster) -> None:
        cluster.lose_next_request(match=("GET", "/nodes"))
        with pytest.raises(Unavailable):
            hosts.learn({"node-1"})
        assert hosts.learn({"node-1"})["node-1"] == "10.0.0.1"


def test_a_room_has_the_address_of_its_node(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    cluster.hold_starts = True
    create(runtime)
    (waiting,) = runtime.list_rooms().instances
    pod = cluster.pod("arena", "arena-1")
    assert pod
    assert waiting.status is InstanceStatus.PENDING
    assert waiting.host.startswith("10.0.0.")


def test_a_room_without_a_node_has_no_address(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    scheduler: Scheduler = make.scheduler(spec=make.spec(affinity="nowhere"))
    runtime.create_room(make.new_room(), scheduler)
    (unplaced,) = runtime.list_rooms().instances
    assert (unplaced.status, unplaced.host) == (InstanceStatus.PENDING, "")
    assert unplaced.description.startswith("Unschedulable: 0/3 nodes are available")
