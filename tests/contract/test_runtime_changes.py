"""What the core relies on of any runtime: how rooms end, and how one learns of it."""

import pathlib
from collections.abc import Iterator

import pytest

from maestro.domain.rooms import InstanceStatus
from maestro.errors import Unavailable
from maestro.ports.runtime import ChangeKind, Runtime
from tests import make
from tests.contract import backends
from tests.contract.backends import Backend, create, delete, is_gone, is_of, told, watched
from tests.local_rooms import found
from tests.waiting import eventually

GONE, PRESENT = ChangeKind.GONE, ChangeKind.PRESENT


@pytest.fixture(params=backends.KINDS)
def backend(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[Backend]:
    """Where the rooms of this test live."""
    with backends.opened(request.param, tmp_path) as backend:
        yield backend


@pytest.fixture
def runtime(backend: Backend) -> Runtime:
    """The runtime under test, with a place for the scheduler `arena`."""
    return backends.prepared(backend)


# The end of rooms -------------------------------------------------------------


def test_a_deleted_room_is_gone_after_a_while(runtime: Runtime, backend: Backend) -> None:
    room = create(runtime, backend)

    assert delete(runtime, uid=room.uid)

    eventually(lambda: found(runtime) is None)


def test_a_deleted_room_is_terminating_until_it_ends(runtime: Runtime, backend: Backend) -> None:
    runtime.create_room(make.new_room(), backend.scheduler(stubborn=True))
    before = is_of(runtime, InstanceStatus.READY)
    delete(runtime)

    after = is_of(runtime, InstanceStatus.TERMINATING)

    assert (after.uid, after.ports) == (before.uid, before.ports)
    assert delete(runtime, uid=before.uid), "a deletion may be repeated"
    backend.end("arena-1", 0)
    eventually(lambda: found(runtime) is None)
    assert not delete(runtime)


@pytest.mark.parametrize(
    ("installation", "scheduler", "room", "uid"),
    [
        ("ours", "arena", "arena-1", "another"),
        ("ours", "arena", "arena-2", ""),
        ("ours", "unknown", "arena-1", ""),
        ("theirs", "arena", "arena-1", ""),
        ("ours", "arena", "..", ""),
    ],
)
def test_what_is_not_the_room_meant_is_not_deleted(
    runtime: Runtime, backend: Backend, installation: str, scheduler: str, room: str, uid: str
) -> None:
    before = create(runtime, backend)

    assert not backend.runtime(installation).delete_room(
        scheduler, room, uid=uid, grace_period_s=10, reason="a test"
    )

    assert found(runtime) == before


def test_a_room_may_be_deleted_before_it_runs(runtime: Runtime, backend: Backend) -> None:
    runtime.create_room(make.new_room(), backend.scheduler())

    assert delete(runtime)

    eventually(lambda: found(runtime) is None)


def test_a_room_of_the_same_name_is_another_instance(runtime: Runtime, backend: Backend) -> None:
    first = create(runtime, backend)
    delete(runtime)
    eventually(lambda: found(runtime) is None)

    second = create(runtime, backend)

    assert second.uid != first.uid
    assert int(second.resource_version) > int(first.resource_version)


@pytest.mark.parametrize(
    ("exit_code", "status", "reason"),
    [(0, InstanceStatus.TERMINATING, "Completed"), (3, InstanceStatus.ERROR, "exit code 3")],
)
def test_a_room_that_ended_stays_until_it_is_deleted(
    runtime: Runtime, backend: Backend, exit_code: int, status: InstanceStatus, reason: str
) -> None:
    create(runtime, backend)

    backend.end("arena-1", exit_code)

    assert reason in is_of(runtime, status).description
    assert delete(runtime)
    eventually(lambda: found(runtime) is None)


# Watching ---------------------------------------------------------------------


def test_a_watch_tells_of_a_room_from_beginning_to_end(runtime: Runtime, backend: Backend) -> None:
    listing = runtime.list_rooms()
    created = runtime.create_room(make.new_room(), backend.scheduler())
    is_of(runtime, InstanceStatus.READY)
    delete(runtime)
    eventually(lambda: found(runtime) is None)

    changes = watched(runtime, listing.resource_version, is_gone)

    assert {change.instance.uid for change in changes} == {created.uid}
    versions = [int(change.instance.resource_version) for change in changes]
    assert versions == sorted(versions)
    assert versions[0] > int(listing.resource_version)
    assert changes[-1].instance.room == "arena-1"
    assert changes[-1].instance.ports == created.ports


def test_a_watch_sees_what_happens_while_it_lasts(runtime: Runtime, backend: Backend) -> None:
    since = runtime.list_rooms().resource_version
    runtime.create_room(make.new_room(), backend.scheduler())

    changes = watched(runtime, since, lambda it: it.instance.status is InstanceStatus.READY)
    assert changes[-1].kind is PRESENT
    assert changes[-1].instance == found(runtime)

    backend.end("arena-1", 1)
    since = changes[-1].instance.resource_version
    changes = watched(runtime, since, lambda it: it.instance.status is InstanceStatus.ERROR)
    assert changes[-1].kind is PRESENT


def test_a_watch_tells_nothing_of_what_was_listed(runtime: Runtime, backend: Backend) -> None:
    create(runtime, backend)

    since = runtime.list_rooms().resource_version

    assert not list(told(runtime.watch_rooms(since, timeout_s=0)))


def test_a_watch_sees_the_rooms_of_a_deleted_scheduler_go(
    runtime: Runtime, backend: Backend
) -> None:
    create(runtime, backend)
    since = runtime.list_rooms().resource_version

    runtime.delete_scheduler("arena", uid=backend.scheduler().uid)

    assert watched(runtime, since, is_gone)[-1].instance.room == "arena-1"


def test_a_watch_sees_one_instance_go_before_the_next_comes(
    runtime: Runtime, backend: Backend
) -> None:
    first = create(runtime, backend)
    since = runtime.list_rooms().resource_version
    delete(runtime)
    eventually(lambda: found(runtime) is None)
    second = create(runtime, backend)

    changes = watched(runtime, since, lambda it: it.instance == second)

    order = [(change.kind, change.instance.uid) for change in changes]
    assert order.index((GONE, first.uid)) < order.index((PRESENT, second.uid))


@pytest.mark.parametrize("version", ["", "latest", "0", "99999999999999999999"])
def test_a_watch_cannot_begin_anywhere(runtime: Runtime, version: str) -> None:
    with pytest.raises(Unavailable):
        list(runtime.watch_rooms(version, timeout_s=0))
