"""What the core relies on of any runtime: places for rooms, and rooms in them."""

import dataclasses
import pathlib
from collections.abc import Iterator

import pytest

from maestro.domain.rooms import InstanceStatus
from maestro.domain.schedulers import Scheduler
from maestro.errors import AlreadyExists, RuntimeRefused, Unavailable
from maestro.ports.runtime import ChangeKind, Runtime
from tests import make
from tests.contract import backends
from tests.contract.backends import Backend, create, delete, is_of, told
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
    eventually(lambda: is_made(runtime, dataclasses.replace(scheduler, uid="another")))


def test_a_scheduler_without_rooms_is_soon_deleted(runtime: Runtime, backend: Backend) -> None:
    runtime.delete_scheduler("arena", uid=backend.scheduler().uid)

    eventually(lambda: is_made(runtime, dataclasses.replace(backend.scheduler(), uid="another")))


def is_made(runtime: Runtime, scheduler: Scheduler) -> bool:
    """Whether its place could be made now."""
    try:
        runtime.create_scheduler(scheduler)
    except Unavailable:
        return False
    return True


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


# Others -----------------------------------------------------------------------


def test_installations_do_not_see_each_other(runtime: Runtime, backend: Backend) -> None:
    theirs = backend.runtime("theirs")
    since = theirs.list_rooms().resource_version
    create(runtime, backend)
    delete(runtime)
    eventually(lambda: found(runtime) is None)
    create(runtime, backend)

    assert not theirs.list_rooms().instances
    assert not list(told(theirs.watch_rooms(since, timeout_s=0)))


def test_ports_are_in_use_while_rooms_live(runtime: Runtime, backend: Backend) -> None:
    runtime.create_room(make.new_room(), backend.scheduler())
    used = runtime.ports_in_use()

    assert used <= {("udp", 40000)}
    assert backend.runtime("theirs").ports_in_use() == used

    is_of(runtime, InstanceStatus.READY)
    backend.end("arena-1", 1)
    is_of(runtime, InstanceStatus.ERROR)
    eventually(lambda: not runtime.ports_in_use())
