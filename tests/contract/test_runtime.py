"""What the core relies on of any runtime."""

import dataclasses
import pathlib
from collections.abc import Callable, Iterator

import pytest

from maestro.domain.operations import RemovalReason
from maestro.domain.rooms import Instance, InstanceStatus
from maestro.errors import AlreadyExists, RuntimeRefused, Unavailable
from maestro.ports.runtime import ChangeKind, InstanceChange, Runtime
from tests import local_rooms, make
from tests.contract.backends import Backend, FakeBackend, LocalBackend
from tests.local_rooms import found
from tests.waiting import eventually

GONE, PRESENT = ChangeKind.GONE, ChangeKind.PRESENT


@pytest.fixture(params=["fake", "local"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Where the rooms of this test live."""
    chosen: Backend = request.getfixturevalue(f"{request.param}_backend")
    return chosen


@pytest.fixture
def fake_backend() -> FakeBackend:
    """Memory."""
    return FakeBackend()


@pytest.fixture
def local_backend(tmp_path: pathlib.Path) -> Iterator[LocalBackend]:
    """Processes of this machine."""
    with local_rooms.prepared(tmp_path) as rooms:
        yield LocalBackend(rooms=rooms)


@pytest.fixture
def runtime(backend: Backend) -> Runtime:
    """The runtime under test, with a place for the scheduler `arena`."""
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
    for change in runtime.watch_rooms(since, timeout_s=10):
        changes.append(change)
        if until(change):
            return changes
    raise AssertionError(f"only {changes}")


def is_gone(change: InstanceChange) -> bool:
    return change.kind is GONE


# Schedulers -------------------------------------------------------------------


def test_a_scheduler_may_be_created_again(runtime: Runtime, backend: Backend) -> None:
    room = create(runtime, backend)

    backend.runtime().create_scheduler(backend.scheduler())

    assert found(runtime) == room


def test_a_name_that_another_installation_uses_is_taken(runtime: Runtime, backend: Backend) -> None:
    with pytest.raises(AlreadyExists):
        backend.runtime("theirs").create_scheduler(backend.scheduler())


def test_a_name_that_another_scheduler_of_ours_uses_is_taken(
    runtime: Runtime, backend: Backend
) -> None:
    other = dataclasses.replace(backend.scheduler(), uid="another")

    with pytest.raises(AlreadyExists):
        runtime.create_scheduler(other)


def test_a_deleted_scheduler_takes_its_rooms_along(runtime: Runtime, backend: Backend) -> None:
    for room in ("arena-1", "arena-2"):
        create(runtime, backend, room)

    runtime.delete_scheduler("arena", uid=backend.scheduler().uid)

    eventually(lambda: not runtime.list_rooms().instances)


def test_a_deleted_scheduler_may_be_made_anew_when_its_last_room_is_gone(
    runtime: Runtime, backend: Backend
) -> None:
    scheduler = backend.scheduler(stubborn=True)
    runtime.create_room(make.new_room(), scheduler)
    is_of(runtime, InstanceStatus.READY)
    runtime.delete_scheduler("arena", uid=scheduler.uid)
    is_of(runtime, InstanceStatus.TERMINATING)

    with pytest.raises(Unavailable):
        runtime.create_scheduler(scheduler)
    with pytest.raises(RuntimeRefused):
        runtime.create_room(make.new_room(id="arena-2"), scheduler)

    backend.end("arena-1", 0)
    eventually(lambda: not runtime.list_rooms().instances)
    runtime.create_scheduler(dataclasses.replace(scheduler, uid="another"))


def test_a_scheduler_without_rooms_is_deleted_at_once(runtime: Runtime, backend: Backend) -> None:
    runtime.delete_scheduler("arena", uid=backend.scheduler().uid)

    runtime.create_scheduler(dataclasses.replace(backend.scheduler(), uid="another"))


@pytest.mark.parametrize(
    ("installation", "name", "uid"),
    [
        ("ours", "arena", "another"),
        ("ours", "unknown", make.uid("arena")),
        ("theirs", "arena", make.uid("arena")),
    ],
)
def test_what_is_not_the_scheduler_meant_is_not_deleted(
    runtime: Runtime, backend: Backend, installation: str, name: str, uid: str
) -> None:
    room = create(runtime, backend)

    backend.runtime(installation).delete_scheduler(name, uid=uid)

    assert found(runtime) == room


def test_an_ordinary_scheduler_can_run(runtime: Runtime, backend: Backend) -> None:
    assert runtime.violations(backend.scheduler()) == []


# Creating rooms ---------------------------------------------------------------


def test_a_room_is_created_as_asked(runtime: Runtime, backend: Backend) -> None:
    wanted = make.new_room(version="v1.2.0", operation="operation-1", is_validation=True)

    created = runtime.create_room(wanted, backend.scheduler())

    running = is_of(runtime, InstanceStatus.READY)
    assert (running.room, running.scheduler) == ("arena-1", "arena")
    assert (running.version, running.operation) == ("v1.2.0", "operation-1")
    assert running.is_validation
    assert running.ports == wanted.ports
    assert running.uid == created.uid != ""
    assert running.host
    assert running.created_at == created.created_at is not None
    assert int(running.resource_version) > int(created.resource_version)


def test_a_room_has_no_host_before_it_runs(runtime: Runtime, backend: Backend) -> None:
    created = runtime.create_room(make.new_room(), backend.scheduler())

    assert (created.status, created.host) == (InstanceStatus.PENDING, "")


def test_an_operation_may_create_its_room_again(runtime: Runtime, backend: Backend) -> None:
    room = create(runtime, backend)

    again = backend.runtime().create_room(make.new_room(), backend.scheduler())

    assert again.uid == room.uid
    assert len(runtime.list_rooms().instances) == 1


def test_another_operation_does_not_get_the_same_room(runtime: Runtime, backend: Backend) -> None:
    create(runtime, backend)

    with pytest.raises(AlreadyExists):
        runtime.create_room(make.new_room(operation="another"), backend.scheduler())


def test_a_room_needs_the_place_of_its_scheduler(backend: Backend) -> None:
    with pytest.raises(RuntimeRefused):
        backend.runtime().create_room(make.new_room(), backend.scheduler())


@pytest.mark.parametrize(("installation", "uid"), [("ours", "another"), ("theirs", "")])
def test_a_room_is_not_put_where_others_live(
    runtime: Runtime, backend: Backend, installation: str, uid: str
) -> None:
    scheduler = backend.scheduler()
    other = dataclasses.replace(scheduler, uid=uid or scheduler.uid)

    with pytest.raises(RuntimeRefused):
        backend.runtime(installation).create_room(make.new_room(), other)


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

    assert is_of(runtime, status).description == reason
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

    assert not list(runtime.watch_rooms(runtime.list_rooms().resource_version, timeout_s=0))


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

    told = [(change.kind, change.instance.uid) for change in changes]
    assert told.index((GONE, first.uid)) < told.index((PRESENT, second.uid))


@pytest.mark.parametrize("version", ["", "latest", "0", "99999999999999999999"])
def test_a_watch_cannot_begin_anywhere(runtime: Runtime, version: str) -> None:
    with pytest.raises(Unavailable):
        list(runtime.watch_rooms(version, timeout_s=0))


# Others -----------------------------------------------------------------------


def test_installations_do_not_see_each_other(runtime: Runtime, backend: Backend) -> None:
    theirs = backend.runtime("theirs")
    since = theirs.list_rooms().resource_version
    create(runtime, backend)
    delete(runtime)
    eventually(lambda: found(runtime) is None)
    create(runtime, backend)

    assert not theirs.list_rooms().instances
    assert not list(theirs.watch_rooms(since, timeout_s=0))


def test_ports_are_in_use_while_rooms_live(runtime: Runtime, backend: Backend) -> None:
    runtime.create_room(make.new_room(), backend.scheduler())
    used = runtime.ports_in_use()

    assert used <= {("udp", 40000)}
    assert backend.runtime("theirs").ports_in_use() == used

    is_of(runtime, InstanceStatus.READY)
    backend.end("arena-1", 1)
    is_of(runtime, InstanceStatus.ERROR)
    eventually(lambda: not runtime.ports_in_use())
