"""The Kubernetes runtime and an API server that is slow, refuses, breaks off, or is another."""

import concurrent.futures
import contextlib
import dataclasses
import datetime
import logging
import pathlib
import secrets
import threading
import time
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from maestro import errors
from maestro.domain.operations import RemovalReason
from maestro.domain.rooms import InstanceStatus
from maestro.domain.schedulers import Resources
from maestro.errors import AlreadyExists, MaestroError, RuntimeRefused, Unavailable
from maestro.runtime.kubernetes.access import Access
from maestro.runtime.kubernetes.api import Api
from maestro.runtime.kubernetes.pace import Pace
from maestro.runtime.kubernetes.runtime import KubernetesRuntime
from tests import kubernetes_rooms, make
from tests.fakes.kubernetes import Cluster
from tests.fakes.kubernetes.rights import Rule
from tests.local_rooms import found

#: A call that ends at all has ended by its deadline: what hangs here hangs for ever.
SHORT_S = 0.6
POST_POD = ("POST", "/pods$")
GET_POD = ("GET", "/pods/")
ANY_PODS = ("", "/pods")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def kubeconfig(cluster: Cluster, tmp_path: pathlib.Path) -> pathlib.Path:
    return cluster.write_kubeconfig(tmp_path / "kubeconfig")


@pytest.fixture
def runtime(kubeconfig: pathlib.Path) -> KubernetesRuntime:
    """With a place for the scheduler `arena`, and time to try again."""
    runtime = kubernetes_rooms.runtime(kubeconfig)
    runtime.create_scheduler(make.scheduler())
    return runtime


@pytest.fixture
def hasty(runtime: KubernetesRuntime, kubeconfig: pathlib.Path) -> KubernetesRuntime:
    """The same without much time."""
    return kubernetes_rooms.runtime(kubeconfig, timeout_s=SHORT_S, silence_s=SHORT_S)


def create(runtime: KubernetesRuntime, **changes: Any) -> str:
    """Create `arena-1`; returns its uid."""
    return runtime.create_room(make.new_room(**changes), make.scheduler()).uid


def delete(runtime: KubernetesRuntime, room: str = "arena-1", **changes: Any) -> bool:
    asked: dict[str, Any] = {"uid": "", "grace_period_s": 10, "reason": RemovalReason.SCALE_DOWN}
    return runtime.delete_room("arena", room, **(asked | changes))


def names(cluster: Cluster) -> list[str]:
    return [pod["metadata"]["name"] for pod in cluster.pods("arena")]


# A server that does not answer ------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Call:
    """Something that is asked of a runtime, and the request that makes it."""

    request: tuple[str, str]
    ask: Any


CALLS = {
    "create scheduler": Call(
        ("POST", "/namespaces$"),
        lambda runtime: runtime.create_scheduler(make.scheduler(name="other")),
    ),
    "delete scheduler": Call(
        ("DELETE", "/namespaces/"),
        lambda runtime: runtime.delete_scheduler("arena", uid=make.uid("arena")),
    ),
    "protect rooms": Call(
        ("PATCH", "/poddisruptionbudgets/"),
        lambda runtime: runtime.protect_rooms("arena", uid=make.uid("arena"), at_least=1),
    ),
    "delete room": Call(("DELETE", "/pods/"), delete),
    "list rooms": Call(("GET", "/pods"), lambda runtime: runtime.list_rooms()),
    "read nodes": Call(("GET", "/nodes"), lambda runtime: runtime.list_rooms()),
}
WATCH = Call(
    ("GET", "watch=true"),
    lambda runtime: next(iter(runtime.watch_rooms("1", timeout_s=5))),
)
#: The answer never begins, never ends, or is lost; or the request is.
TROUBLES = ["hang_next", "stall_next", "drip_next", "lose_next_answer", "lose_next_request"]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_call_ends_when_the_server_does_not_answer(
    name: str, trouble: str, cluster: Cluster, runtime: KubernetesRuntime, hasty: KubernetesRuntime
) -> None:
    create(runtime)
    call = CALLS[name]
    getattr(cluster, trouble)(match=call.request, times=100)

    with pytest.raises(Unavailable):
        call.ask(hasty)

    # And when it answers again, all is well
    cluster.forget_faults()
    runtime.create_scheduler(make.scheduler())
    runtime.list_rooms()


@pytest.mark.parametrize("trouble", ["hang_next", "lose_next_answer", "lose_next_request"])
def test_a_watch_that_does_not_begin_is_broken(
    trouble: str, cluster: Cluster, hasty: KubernetesRuntime
) -> None:
    getattr(cluster, trouble)(match=WATCH.request)
    with pytest.raises(Unavailable):
        WATCH.ask(hasty)


@pytest.mark.parametrize("trouble", ["hang_next", "stall_next", "drip_next", "lose_next_answer"])
def test_a_creation_that_happened_counts_as_done(
    trouble: str, cluster: Cluster, hasty: KubernetesRuntime
) -> None:
    getattr(cluster, trouble)(match=POST_POD)
    uid = create(hasty)
    assert [pod["metadata"]["uid"] for pod in cluster.pods("arena")] == [uid]
    # And so does asking again
    assert create(hasty) == uid
    assert names(cluster) == ["arena-1"]


def test_a_creation_that_did_not_happen_is_unavailable(
    cluster: Cluster, hasty: KubernetesRuntime
) -> None:
    cluster.lose_next_request(match=POST_POD)
    with pytest.raises(Unavailable):
        create(hasty)
    assert names(cluster) == []


def test_nobody_knows_of_a_creation_while_nothing_is_answered(
    cluster: Cluster, hasty: KubernetesRuntime
) -> None:
    cluster.lose_next_answer(match=POST_POD)
    cluster.hang_next(match=GET_POD)
    with pytest.raises(Unavailable):
        create(hasty)
    assert create(hasty)
    assert names(cluster) == ["arena-1"]


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_proxy_that_gives_up_does_not_hide_a_creation(
    status: int, cluster: Cluster, runtime: KubernetesRuntime, hasty: KubernetesRuntime
) -> None:
    uid = create(runtime)
    cluster.say_next(status, b"<html>gateway</html>", match=POST_POD, times=100)
    assert create(hasty) == uid


def test_a_lost_answer_to_a_deletion_is_found_out_by_asking_again(
    cluster: Cluster, hasty: KubernetesRuntime
) -> None:
    uid = create(hasty)
    cluster.lose_next_answer(match=("DELETE", "/pods/"))
    with pytest.raises(Unavailable):
        delete(hasty, uid=uid)
    assert delete(hasty, uid=uid) is False
    assert names(cluster) == []


def test_a_scheduler_whose_creation_was_not_heard_of_is_created_by_asking_again(
    cluster: Cluster, hasty: KubernetesRuntime
) -> None:
    cluster.lose_next_answer(match=("POST", "/namespaces$"))
    other = make.scheduler(name="other")
    with pytest.raises(Unavailable):
        hasty.create_scheduler(other)
    hasty.create_scheduler(other)
    assert cluster.namespace("other")


@pytest.mark.parametrize("trouble", ["hang_next", "lose_next_answer", "stall_next"])
def test_that_nobody_is_told_why_keeps_no_room_alive(
    trouble: str, cluster: Cluster, hasty: KubernetesRuntime
) -> None:
    uid = create(hasty)
    getattr(cluster, trouble)(match=("POST", "/events"), times=100)
    assert delete(hasty, uid=uid)
    assert names(cluster) == []


# A server that says later -----------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 503, 504])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH"])
def test_what_passes_is_asked_again(
    status: int, method: str, cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    cluster.fail_next(status, times=2, match=(method, ""))
    uid = create(runtime)
    runtime.protect_rooms("arena", uid=make.uid("arena"), at_least=1)
    budget = cluster.budget("arena", "arena")
    assert budget
    assert budget["spec"]["minAvailable"] == 1
    assert len(runtime.list_rooms().instances) == 1
    assert delete(runtime, uid=uid)
    assert names(cluster) == []


def test_what_does_not_pass_in_time_is_unavailable(
    cluster: Cluster, hasty: KubernetesRuntime
) -> None:
    cluster.fail_next(503, times=1000, match=ANY_PODS)
    for ask in (create, delete, lambda runtime: runtime.list_rooms()):
        with pytest.raises(Unavailable):
            ask(hasty)
    assert names(cluster) == []


def test_one_waits_as_long_as_the_server_says(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    cluster.fail_next(429, retry_after_s=1, match=POST_POD)
    begun = time.monotonic()
    create(runtime)
    assert time.monotonic() - begun >= 1


def test_one_does_not_wait_longer_than_there_is_time(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    cluster.fail_next(429, retry_after_s=3600, times=100, match=ANY_PODS)
    for ask in (create, delete, lambda runtime: runtime.list_rooms()):
        with pytest.raises(Unavailable):
            ask(runtime)


def test_too_many_requests_of_ours_are_told_at_once(
    cluster: Cluster, kubeconfig: pathlib.Path
) -> None:
    pace = Pace(per_second=0.001, burst=1)
    api = Api(Access(kubeconfig=str(kubeconfig)), pace, timeout_s=5)
    api.get("/api/v1/namespaces/default")
    with pytest.raises(Unavailable, match="wait for their turn"):
        api.get("/api/v1/namespaces/default")


# Something else than the server -----------------------------------------------


def test_what_something_on_the_way_does_not_find_is_not_gone(
    cluster: Cluster, hasty: KubernetesRuntime
) -> None:
    uid = create(hasty)
    cluster.say_next(404, b"default backend - 404", times=1000)
    for ask in (
        lambda: delete(hasty, uid=uid),
        lambda: delete(hasty),
        lambda: hasty.create_room(make.new_room(id="arena-2"), make.scheduler()),
        hasty.list_rooms,
        lambda: hasty.delete_scheduler("arena", uid=make.uid("arena")),
    ):
        with pytest.raises(Unavailable):
            ask()
    assert names(cluster) == ["arena-1"]


@pytest.mark.parametrize(
    "body", [b"<html>Please log in</html>", b"", b"[]", b"{}", b'"ok"', b'{"metadata": null}']
)
def test_an_answer_of_something_else_is_none(
    body: bytes, cluster: Cluster, hasty: KubernetesRuntime, kubeconfig: pathlib.Path
) -> None:
    uid = create(hasty)
    # Another one has not seen yet that the namespace is ours
    fresh = kubernetes_rooms.runtime(kubeconfig, timeout_s=SHORT_S)
    cluster.say_next(200, body, times=1000)
    for ask in (
        lambda: delete(fresh, uid=uid),
        lambda: create(hasty, id="arena-2"),
        hasty.list_rooms,
        lambda: fresh.delete_scheduler("arena", uid=make.uid("arena")),
        lambda: fresh.protect_rooms("arena", uid=make.uid("arena"), at_least=1),
    ):
        with pytest.raises(Unavailable):
            ask()
    cluster.forget_faults()
    assert names(cluster) == ["arena-1"]


# Credentials ------------------------------------------------------------------


def test_exchanged_credentials_are_read_without_a_restart(
    cluster: Cluster, runtime: KubernetesRuntime, kubeconfig: pathlib.Path
) -> None:
    create(runtime)
    old, new = cluster.token, cluster.add_user("another", Rule())
    cluster.write_kubeconfig(kubeconfig, token=new)
    cluster.revoke(old)
    assert len(runtime.list_rooms().instances) == 1
    create(runtime, id="arena-2")


def test_credentials_refused_for_good_are_unavailable_until_there_are_others(
    cluster: Cluster, runtime: KubernetesRuntime, kubeconfig: pathlib.Path
) -> None:
    new = cluster.add_user("another", Rule())
    cluster.revoke(cluster.token)
    for ask in (create, delete, lambda runtime: runtime.list_rooms()):
        with pytest.raises(Unavailable, match="Unauthorized"):
            ask(runtime)
    with pytest.raises(Unavailable, match="Unauthorized"):
        next(iter(runtime.watch_rooms("1", timeout_s=5)))
    cluster.write_kubeconfig(kubeconfig, token=new)
    create(runtime)


def test_a_file_that_is_half_written_is_read_again(
    cluster: Cluster, runtime: KubernetesRuntime, kubeconfig: pathlib.Path
) -> None:
    new = cluster.add_user("another", Rule())
    cluster.revoke(cluster.token)
    whole = cluster.write_kubeconfig(kubeconfig, token=new).read_text()
    for length in range(0, len(whole) - 1, 7):
        kubeconfig.write_text(whole[:length])
        with pytest.raises(Unavailable) as refused:
            runtime.list_rooms()
        assert new not in told(refused.value)
    kubeconfig.write_text(whole)
    runtime.list_rooms()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "7", "users: [", "a: b", "apiVersion: v1\nkind: Config\ncontexts: null\n", "\0"],
)
def test_a_file_that_is_none_is_told(text: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(text)
    with pytest.raises(Unavailable, match="access to Kubernetes"):
        Access(kubeconfig=str(file)).connect()


def test_a_missing_file_and_an_unknown_context_are_told(
    kubeconfig: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    with pytest.raises(Unavailable, match="access to Kubernetes"):
        Access(kubeconfig=str(tmp_path / "missing")).connect()
    with pytest.raises(Unavailable, match="access to Kubernetes"):
        Access(kubeconfig=str(kubeconfig), context="another").connect()
    assert Access(kubeconfig=str(kubeconfig), context="fake").connect()


class TestWithinTheCluster:
    """Where the environment and some files say how the server is reached."""

    @pytest.fixture
    def folder(self, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
        (tmp_path / "token").write_text("first")
        (tmp_path / "ca.crt").write_text("a certificate")
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
        return tmp_path

    def test_the_service_account_is_used(self, folder: pathlib.Path) -> None:
        configuration = self.configuration(folder)
        assert configuration.host == "https://10.96.0.1:443"
        assert configuration.ssl_ca_cert == str(folder / "ca.crt")
        assert configuration.verify_ssl
        assert configuration.get_api_key_with_prefix("BearerToken") == "bearer first"

    def test_an_exchanged_token_is_used(self, folder: pathlib.Path) -> None:
        self.configuration(folder)
        (folder / "token").write_text("second")
        assert self.configuration(folder).get_api_key_with_prefix("BearerToken") == "bearer second"

    @pytest.mark.parametrize("missing", ["token", "ca.crt"])
    def test_what_is_missing_is_told(self, missing: str, folder: pathlib.Path) -> None:
        (folder / missing).unlink()
        with pytest.raises(Unavailable, match="does not exist"):
            self.configuration(folder)

    def test_elsewhere_there_is_no_cluster(
        self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("KUBERNETES_SERVICE_HOST")
        with pytest.raises(Unavailable, match="not set"):
            self.configuration(folder)

    @pytest.mark.parametrize("text", ["", None])
    def test_a_token_that_is_just_being_exchanged_is_told(
        self, text: str | None, folder: pathlib.Path
    ) -> None:
        access = Access(kubeconfig="", service_account=folder)
        api = Api(access, Pace(per_second=100, burst=100), timeout_s=SHORT_S)
        hook: Any = api._connection().configuration.refresh_api_key_hook
        # It is read again once it is a minute old
        hook.__closure__[0].cell_contents.token_expires_at = datetime.datetime.min
        if text is None:
            (folder / "token").unlink()
        else:
            (folder / "token").write_text(text)
        with pytest.raises(Unavailable, match=r"Token file exists but empty|No such file"):
            api.get("/version")

    def configuration(self, folder: pathlib.Path) -> Any:
        return Access(kubeconfig="", service_account=folder).connect().configuration


def told(error: BaseException) -> str:
    """All that a log could ever say of an error."""
    return "".join(traceback.format_exception(error)) + repr(error)


def test_no_credentials_are_told(
    cluster: Cluster,
    hasty: KubernetesRuntime,
    kubeconfig: pathlib.Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    texts: list[str] = []

    def ask() -> None:
        for call in [*CALLS.values(), WATCH]:
            with contextlib.suppress(Unavailable, RuntimeRefused):
                try:
                    call.ask(hasty)
                except MaestroError as error:
                    texts.append(told(error))
                    raise

    with structlog.testing.capture_logs() as logs:
        create(hasty)
        cluster.lose_next_request(times=100)
        ask()
        cluster.forget_faults()
        cluster.forbid()
        ask()
        cluster.allow_all()
        cluster.say_next(401, b"who are you?", times=100)
        ask()
        cluster.forget_faults()
        cluster.say_next(200, b"\xff", times=100)
        ask()
    said = " ".join([*texts, *map(str, logs), caplog.text])
    assert len(texts) > 10
    assert cluster.token not in said


def test_a_token_that_cannot_be_sent_is_not_told(
    cluster: Cluster, kubeconfig: pathlib.Path
) -> None:
    lines = [secrets.token_hex(8), secrets.token_hex(8)]
    cluster.write_kubeconfig(kubeconfig, token="\n".join(lines))
    runtime = kubernetes_rooms.runtime(kubeconfig)
    with pytest.raises(Unavailable, match="as it is set up") as refused:
        runtime.list_rooms()
    assert not any(line in told(refused.value) for line in lines)


# What a server forbids --------------------------------------------------------


def test_a_room_waits_for_the_service_account_of_a_new_namespace(
    cluster: Cluster, kubeconfig: pathlib.Path
) -> None:
    cluster.hold_service_accounts = True
    runtime = kubernetes_rooms.runtime(kubeconfig)
    runtime.create_scheduler(make.scheduler())
    timer = threading.Timer(0.3, cluster.give_service_account, ["arena"])
    timer.start()
    assert create(runtime)
    timer.join()


def test_without_a_service_account_it_is_unavailable(
    cluster: Cluster, kubeconfig: pathlib.Path
) -> None:
    cluster.hold_service_accounts = True
    runtime = kubernetes_rooms.runtime(kubeconfig, timeout_s=SHORT_S)
    runtime.create_scheduler(make.scheduler())
    with pytest.raises(Unavailable, match="service account"):
        create(runtime)


def test_a_missing_right_says_which(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    cluster.forbid("create", "pods")
    with pytest.raises(RuntimeRefused, match=r'cannot create resource "pods".*maestro doctor'):
        create(runtime)


def test_a_full_quota_says_so(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    cluster.set_quota("arena", pods=0)
    with pytest.raises(RuntimeRefused, match="exceeded quota"):
        create(runtime)


def test_an_ending_namespace_takes_no_rooms(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    cluster.hold_deletions = True
    cluster.delete_namespace("arena")
    with pytest.raises(RuntimeRefused, match=r"metadata\.namespace"):
        create(runtime)
    # Its budget is nobody's business any more
    runtime.protect_rooms("arena", uid=make.uid("arena"), at_least=1)


def test_a_namespace_that_is_gone_is_not_protected(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    """Known as ours a moment ago."""
    cluster.delete_namespace("arena")
    assert cluster.namespace("arena") is None
    runtime.protect_rooms("arena", uid=make.uid("arena"), at_least=1)
    with pytest.raises(RuntimeRefused):
        create(runtime)


@pytest.mark.parametrize(
    ("container", "said"),
    {
        "image": (make.container(image=""), r"spec\.containers\[0\]\.image: Required value"),
        "quantity": (
            make.container(limits=Resources(memory="much", cpu="")),
            "quantities must match",
        ),
        "policy": (
            make.container(image_pull_policy="Sometimes"),
            r"spec\.containers\[0\]\.imagePullPolicy",
        ),
    }.values(),
)
def test_what_cannot_be_is_told_with_the_field(
    container: Any, said: str, cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    scheduler = make.scheduler(spec=make.spec(containers=(container,)))
    with pytest.raises(RuntimeRefused, match=said):
        runtime.create_room(make.new_room(), scheduler)
    assert names(cluster) == []


def test_a_name_that_cannot_be_is_refused(runtime: KubernetesRuntime) -> None:
    with pytest.raises(RuntimeRefused, match=r"metadata\.name"):
        create(runtime, id="Not_A_Name")
    assert delete(runtime, "../../../namespaces/arena") is False


def test_two_runtimes_that_make_the_same_budget_are_both_content(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    cluster.fail_next(404, reason="NotFound", times=1, match=("PATCH", "/poddisruptionbudgets/"))
    runtime.protect_rooms("arena", uid=make.uid("arena"), at_least=2)
    budget = cluster.budget("arena", "arena")
    assert budget
    assert budget["spec"]["minAvailable"] == 2


# Which pod --------------------------------------------------------------------


def replace(cluster: Cluster, **labels: str) -> str:
    """Somebody puts another pod in the place of `arena-1`; returns its uid."""
    cluster.delete_pod("arena", "arena-1", grace_s=0)
    spec = {"containers": [{"name": "game-server", "image": "other:1"}]}
    body: Any = {"metadata": {"name": "arena-1", "labels": labels}, "spec": spec}
    return str(cluster.add_pod("arena", body)["metadata"]["uid"])


def test_a_pod_that_took_the_place_of_another_is_not_deleted(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    old = create(runtime)
    new = replace(cluster, **{"maestro-installation": "ours"})
    assert delete(runtime, uid=old) is False
    assert delete(runtime, uid=old, force=True) is False
    assert delete(runtime, uid=new)
    assert delete(runtime, uid=new) is False


def test_without_a_uid_only_what_is_ours_is_deleted(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    create(runtime)
    replace(cluster)
    assert delete(runtime) is False
    assert names(cluster) == ["arena-1"]
    replace(cluster, **{"maestro-installation": "ours"})
    assert delete(runtime)
    assert names(cluster) == []
    assert delete(runtime) is False


def test_a_creation_over_a_pod_that_is_just_going_is_to_be_tried_again(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    create(runtime)
    cluster.fail_next(404, reason="NotFound", match=GET_POD)
    with pytest.raises(Unavailable, match="not any more"):
        create(runtime)


def test_a_pod_of_another_operation_is_not_taken_for_ours(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    create(runtime)
    with pytest.raises(AlreadyExists):
        create(runtime, operation="another")


def test_a_room_on_a_dead_node_goes_only_by_force(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    uid = create(runtime)
    pod = cluster.pod("arena", "arena-1")
    assert pod
    cluster.kill_node(pod["spec"]["nodeName"])
    lost = found(runtime, "arena-1")
    assert lost
    assert (lost.status, lost.description) == (InstanceStatus.PENDING, "not Ready")

    assert delete(runtime, uid=uid)
    hanging = found(runtime, "arena-1")
    assert hanging
    assert hanging.status is InstanceStatus.TERMINATING

    assert delete(runtime, uid=uid, force=True)
    assert names(cluster) == []


def test_no_grace_is_one_second_unless_forced(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    """Without any, the pod is forgotten while its processes may go on."""
    cluster.hold_deletions = True
    uid = create(runtime)
    assert delete(runtime, uid=uid, grace_period_s=0)
    pod = cluster.pod("arena", "arena-1")
    assert pod
    assert pod["metadata"]["deletionGracePeriodSeconds"] == 1


def test_a_deletion_is_told_in_an_event(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    uid = create(runtime)
    delete(runtime, uid=uid)
    (event,) = cluster.events("arena")
    assert event["involvedObject"]["uid"] == uid
    assert (event["reason"], event["message"]) == ("GameRoomDeleted", "scale_down")


# Connections ------------------------------------------------------------------


def test_one_connection_is_enough_for_one_after_another(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    before = cluster.accepted_connections
    for number in range(30):
        create(runtime, id=f"arena-{number}")
        with pytest.raises(AlreadyExists):
            create(runtime, id=f"arena-{number}", operation="another")
        delete(runtime, "missing")
        runtime.list_rooms()
    cluster.set_quota("arena", pods=0)
    for number in range(30):
        with pytest.raises(RuntimeRefused):
            create(runtime, id=f"more-{number}")
    assert cluster.accepted_connections == before


def test_forty_threads_have_forty_connections_and_nothing_is_lost(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    cluster.fail_next(503, times=20, match=POST_POD)
    cluster.fail_next(429, times=20, match=POST_POD)
    rooms = [f"arena-{number}" for number in range(200)]
    with concurrent.futures.ThreadPoolExecutor(40) as threads:
        uids = list(threads.map(lambda room: create(runtime, id=room), rooms))
    assert len(set(uids)) == 200
    assert sorted(names(cluster)) == sorted(rooms)
    assert cluster.accepted_connections <= 41

    with concurrent.futures.ThreadPoolExecutor(40) as threads:
        gone = list(
            threads.map(
                lambda each: delete(runtime, each[0], uid=each[1]), zip(rooms, uids, strict=True)
            )
        )
    assert gone == [True] * 200
    assert cluster.accepted_connections <= 41


def test_a_server_that_was_away_is_asked_again(cluster: Cluster, hasty: KubernetesRuntime) -> None:
    hasty.list_rooms()
    cluster.go_away()
    with pytest.raises(errors.Unavailable):
        hasty.list_rooms()
    cluster.come_back()
    hasty.list_rooms()
