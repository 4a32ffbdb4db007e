"""What a test may do to the fake cluster, and that it does what it says."""

import datetime
import http.client
import json
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests import make
from tests.contract.kubernetes_wire import Wire
from tests.fakes.clock import FakeClock
from tests.fakes.kubernetes import Cluster
from tests.fakes.kubernetes.rights import Rule
from tests.waiting import eventually

PODS = "/api/v1/namespaces/arena/pods"
ROOM = f"{PODS}/arena-1"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cluster(clock: FakeClock) -> Iterator[Cluster]:
    with Cluster(now=clock.now) as cluster:
        cluster.add_namespace("arena")
        yield cluster


@pytest.fixture
def wire(cluster: Cluster) -> Iterator[Wire]:
    with Wire(cluster.url, cluster.token) as wire:
        yield wire


def room(name: str = "arena-1", *ports: tuple[str, int], **spec: Any) -> Any:
    container = {
        "name": "game",
        "image": "game:1",
        "ports": [
            {"containerPort": 7777, "hostPort": number, "protocol": protocol}
            for protocol, number in ports
        ],
    }
    return {"metadata": {"name": name}, "spec": {"containers": [container], **spec}}


def phase(cluster: Cluster, name: str = "arena-1") -> str:
    pod = cluster.pod("arena", name)
    return pod["status"]["phase"] if pod else "gone"


def waiting_for(cluster: Cluster) -> str:
    pod = cluster.pod("arena", "arena-1")
    assert pod
    return str(pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"])


# A calm cluster ---------------------------------------------------------------


def test_rooms_run_and_end_by_themselves(cluster: Cluster, wire: Wire) -> None:
    assert wire.ask("POST", PODS, room()).body["status"]["phase"] == "Pending"
    assert phase(cluster) == "Running"

    assert "deletionTimestamp" in wire.ask("DELETE", ROOM).body["metadata"]
    assert phase(cluster) == "gone"


def test_the_clock_is_the_tests(cluster: Cluster, wire: Wire, clock: FakeClock) -> None:
    wire.ask("POST", PODS, room())
    clock.advance(60)

    metadata = wire.ask("DELETE", f"{ROOM}?gracePeriodSeconds=10").body["metadata"]

    created, deleted = (
        datetime.datetime.fromisoformat(metadata[key])
        for key in ("creationTimestamp", "deletionTimestamp")
    )
    assert created == make.NOW.replace(microsecond=0)
    assert deleted - created == datetime.timedelta(seconds=70)


def test_steps_may_take_time(cluster: Cluster, wire: Wire) -> None:
    cluster.set_delays(start_s=0.01, stop_s=0.01)

    wire.ask("POST", PODS, room())
    eventually(lambda: phase(cluster) == "Running")

    wire.ask("DELETE", ROOM)
    eventually(lambda: phase(cluster) == "gone")


def test_calls_are_counted(cluster: Cluster, wire: Wire) -> None:
    wire.ask("POST", PODS, room())
    wire.ask("GET", PODS)
    wire.ask("GET", ROOM)
    wire.ask("GET", f"{PODS}?watch=true&timeoutSeconds=1")

    assert cluster.calls == {
        ("create", "pods"): 1,
        ("list", "pods"): 1,
        ("get", "pods"): 1,
        ("watch", "pods"): 1,
    }


def test_a_file_tells_clients_where_it_is(cluster: Cluster, tmp_path: pathlib.Path) -> None:
    config = json.loads(cluster.write_kubeconfig(tmp_path / "config").read_text())

    assert config["clusters"][0]["cluster"]["server"] == cluster.url
    assert config["users"][0]["user"]["token"] == cluster.token


# Rooms ------------------------------------------------------------------------


def test_starts_can_be_held(cluster: Cluster, wire: Wire) -> None:
    cluster.hold_starts = True
    wire.ask("POST", PODS, room())
    assert (phase(cluster), waiting_for(cluster)) == ("Pending", "ContainerCreating")

    cluster.waiting("arena", "arena-1", "ImagePullBackOff", "no such image")
    assert (phase(cluster), waiting_for(cluster)) == ("Pending", "ImagePullBackOff")

    cluster.start("arena", "arena-1")
    assert phase(cluster) == "Running"


def test_a_room_can_crash(cluster: Cluster, wire: Wire) -> None:
    wire.ask("POST", PODS, room(restartPolicy="Never"))

    cluster.end_container("arena", "arena-1", exit_code=3)

    assert phase(cluster) == "Failed"


def test_a_room_can_crash_for_ever(cluster: Cluster, wire: Wire) -> None:
    wire.ask("POST", PODS, room())

    cluster.crash_loop("arena", "arena-1")

    assert (phase(cluster), waiting_for(cluster)) == ("Running", "CrashLoopBackOff")


def test_deletions_can_be_held(cluster: Cluster, wire: Wire) -> None:
    wire.ask("POST", PODS, room())
    cluster.hold_deletions = True
    wire.ask("DELETE", "/api/v1/namespaces/arena")
    wire.ask("DELETE", ROOM)
    assert phase(cluster) == "Running"

    cluster.finish_deletion("arena", "arena-1")
    assert phase(cluster) == "gone"
    assert cluster.namespace("arena") is None


def test_a_held_namespace_goes_with_its_rooms(cluster: Cluster, wire: Wire) -> None:
    wire.ask("POST", PODS, room())
    cluster.hold_deletions = True
    wire.ask("DELETE", "/api/v1/namespaces/arena")

    cluster.finish_deletion("arena")

    assert phase(cluster) == "gone"
    assert cluster.namespace("arena") is None


def test_another_namespace_may_bear_the_name(cluster: Cluster, wire: Wire) -> None:
    options = {"preconditions": {"uid": "another"}}

    told = wire.ask("DELETE", "/api/v1/namespaces/arena", options)

    assert (told.status, told.body["reason"]) == (409, "Conflict")
    assert cluster.namespace("arena")


def test_an_eviction_heeds_the_budget(cluster: Cluster, wire: Wire) -> None:
    spec = {"minAvailable": 1, "selector": {}}
    path = "/apis/policy/v1/namespaces/arena/poddisruptionbudgets"
    wire.ask("POST", path, {"metadata": {"name": "rooms"}, "spec": spec})
    wire.ask("POST", PODS, room())

    assert wire.ask("POST", f"{ROOM}/eviction", {"kind": "Eviction"}).status == 429
    wire.ask("POST", PODS, room("arena-2"))
    cluster.evict("arena", "arena-1")

    assert (phase(cluster), phase(cluster, "arena-2")) == ("gone", "Running")


def test_rooms_can_be_talked_about(cluster: Cluster, wire: Wire) -> None:
    wire.ask("POST", PODS, room())

    cluster.add_event("arena", "arena-1", "FailedMount", "no such secret")

    query = "?fieldSelector=involvedObject.kind%3DPod%2CinvolvedObject.name%3Darena-1"
    (event,) = wire.ask("GET", f"/api/v1/namespaces/arena/events{query}").body["items"]
    assert (event["reason"], event["message"]) == ("FailedMount", "no such secret")


# Nodes and ports --------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["TCP", "UDP", "SCTP"])
def test_a_port_is_on_each_node_only_once(cluster: Cluster, wire: Wire, protocol: str) -> None:
    for number in range(4):
        wire.ask("POST", PODS, room(f"arena-{number}", (protocol, 27000)))

    assert sorted(phase(cluster, f"arena-{number}") for number in range(4)) == [
        "Pending",
        "Running",
        "Running",
        "Running",
    ]


def test_protocols_do_not_share_ports(cluster: Cluster, wire: Wire) -> None:
    for node in ("node-2", "node-3"):
        cluster.cordon(node)

    for protocol in ("TCP", "UDP", "SCTP"):
        wire.ask("POST", PODS, room(protocol.lower(), (protocol, 27000)))

    assert {phase(cluster, name) for name in ("tcp", "udp", "sctp")} == {"Running"}


def test_a_room_waits_for_a_free_port(cluster: Cluster, wire: Wire) -> None:
    for node in ("node-2", "node-3"):
        cluster.cordon(node)
    for number in (1, 2, 3):
        wire.ask("POST", PODS, room(f"arena-{number}", ("UDP", 27000)))

    wire.ask("DELETE", ROOM)
    assert phase(cluster, "arena-2") == "Running"

    cluster.add_node("node-4")
    assert phase(cluster, "arena-3") == "Running"


def test_nothing_ends_on_a_dead_node(cluster: Cluster, wire: Wire) -> None:
    wire.ask("POST", PODS, room(nodeSelector={"kubernetes.io/hostname": "node-1"}))
    cluster.kill_node("node-1")

    wire.ask("DELETE", ROOM)
    assert phase(cluster) == "Running"

    cluster.delete_node("node-1")
    assert phase(cluster) == "gone"


# Rights and limits ------------------------------------------------------------


def test_users_may_only_what_they_may(cluster: Cluster, wire: Wire) -> None:
    reader = cluster.add_user("reader", Rule(verbs="get list", resources="pods"))

    assert wire.ask("GET", PODS, token=reader).status == 200
    assert wire.ask("POST", PODS, room(), token=reader).status == 403
    assert phase(cluster) == "gone"


def test_rights_can_be_lost(cluster: Cluster, wire: Wire) -> None:
    cluster.forbid("delete", "pods")
    wire.ask("POST", PODS, room())
    assert wire.ask("DELETE", ROOM).status == 403

    cluster.allow_all()
    assert wire.ask("DELETE", ROOM).status == 200

    cluster.revoke(cluster.token)
    assert wire.ask("GET", PODS).status == 401


def test_a_service_account_may_be_late(cluster: Cluster, wire: Wire) -> None:
    cluster.hold_service_accounts = True
    cluster.add_namespace("late")
    path = "/api/v1/namespaces/late/pods"
    assert wire.ask("POST", path, room()).status == 403

    cluster.give_service_account("late")

    assert wire.ask("POST", path, room()).status == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{PODS}?limit=many"),
        ("GET", f"{PODS}?watch=true&timeoutSeconds=soon"),
        ("DELETE", f"{ROOM}?gracePeriodSeconds=long"),
    ],
)
def test_what_is_no_number_is_refused(wire: Wire, method: str, path: str) -> None:
    assert wire.ask(method, path).status == 400


# The way there ----------------------------------------------------------------


def test_the_next_requests_can_fail(cluster: Cluster, wire: Wire) -> None:
    cluster.fail_next(503, times=2, match=("POST", "/pods"))

    assert wire.ask("GET", PODS).status == 200
    first, second, third = (wire.ask("POST", PODS, room()) for _ in range(3))

    assert (first.status, first.body["reason"]) == (503, "ServiceUnavailable")
    assert (second.status, third.status) == (503, 201)


def test_a_busy_server_says_when_to_come_again(cluster: Cluster, wire: Wire) -> None:
    cluster.fail_next(429, retry_after_s=7)

    told = wire.ask("GET", PODS)

    assert (told.status, told.retry_after) == (429, "7")
    assert told.body["details"]["retryAfterSeconds"] == 7


def test_an_answer_can_be_lost_after_the_deed(cluster: Cluster, wire: Wire) -> None:
    cluster.lose_next_answer()

    with pytest.raises(http.client.RemoteDisconnected):
        wire.ask("POST", PODS, room())

    assert phase(cluster) == "Running"


def test_an_answer_may_never_come(cluster: Cluster) -> None:
    cluster.hang_next(match=("POST", "/pods"))

    with Wire(cluster.url, cluster.token, timeout_s=0.2) as hasty, pytest.raises(TimeoutError):
        hasty.ask("POST", PODS, room())

    assert phase(cluster) == "Running"


def test_an_answer_may_be_late(cluster: Cluster, wire: Wire) -> None:
    cluster.hang_next(0.01)

    assert wire.ask("GET", PODS).status == 200


def test_the_server_may_be_away(cluster: Cluster, wire: Wire) -> None:
    watch = wire.watch(f"{PODS}?watch=true")
    cluster.go_away()

    assert not list(watch)
    with pytest.raises(ConnectionError):
        wire.ask("GET", PODS)

    cluster.come_back()
    assert wire.ask("GET", PODS).status == 200


def test_a_version_of_the_future_may_come(cluster: Cluster, wire: Wire) -> None:
    future = int(cluster.version) + 1
    cluster.set_delays(version_wait_s=30)
    with Wire(cluster.url, cluster.token) as another:
        waiting = another.begin("GET", f"{PODS}?resourceVersion={future}")
        wire.ask("POST", PODS, room())

        assert waiting().status == 200
