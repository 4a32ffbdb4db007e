"""Rooms as processes: how they end, and that nothing of them is left behind or lost."""

import contextlib
import datetime
import os
import pathlib
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator

import pytest

from maestro.domain.rooms import InstanceStatus
from maestro.ports.runtime import ChangeKind
from maestro.runtime.local import ledger, records
from tests import local_rooms, make
from tests.contract.backends import told
from tests.local_rooms import FAMILY, FAMILY_SIZE, TALKATIVE, LocalRooms, found, is_alive, marked
from tests.waiting import eventually

ERROR, READY = InstanceStatus.ERROR, InstanceStatus.READY


@pytest.fixture
def rooms(tmp_path: pathlib.Path) -> Iterator[LocalRooms]:
    """An empty folder of rooms."""
    with local_rooms.prepared(tmp_path) as prepared:
        yield prepared


# Killed -----------------------------------------------------------------------


def test_a_killed_room_says_which_signal_killed_it(rooms: LocalRooms) -> None:
    rooms.run(rooms.scheduler(TALKATIVE))

    os.kill(rooms.child("arena-1"), signal.SIGKILL)

    assert rooms.is_of(ERROR).description == "killed by signal 9 (SIGKILL)"
    assert rooms.state("arena-1").exits == {"game-server": -9}
    keeper = rooms.keeper("arena-1")
    eventually(lambda: not is_alive(keeper))


def test_nothing_of_a_room_outlives_its_keeper(rooms: LocalRooms) -> None:
    created = rooms.run(rooms.scheduler(FAMILY))
    eventually(lambda: len(marked(created.uid)) == FAMILY_SIZE)
    family = marked(created.uid)
    container = rooms.child("arena-1")

    os.kill(rooms.keeper("arena-1"), signal.SIGKILL)

    eventually(lambda: not is_alive(container))
    room = rooms.is_of(ERROR)
    assert room.description == "disappeared"
    assert not any(map(is_alive, family))
    assert found(rooms.runtime()) == room, "it stays so"
    assert not rooms.runtime().ports_in_use()


def test_a_watch_tells_of_rooms_killed_with_their_keepers(rooms: LocalRooms) -> None:
    runtime = rooms.runtime()
    scheduler = rooms.scheduler(TALKATIVE)
    for room in ("arena-1", "arena-2"):
        rooms.run(scheduler, room)
    since = runtime.list_rooms().resource_version
    for room in ("arena-1", "arena-2"):
        container = rooms.child(room)
        os.kill(rooms.keeper(room), signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(container, signal.SIGKILL)

    watch = told(runtime.watch_rooms(since, timeout_s=10))
    changes = [next(watch), next(watch)]

    assert {change.instance.room for change in changes} == {"arena-1", "arena-2"}
    assert {change.instance.description for change in changes} == {"disappeared"}
    listed = sorted(runtime.list_rooms().instances, key=lambda it: int(it.resource_version))
    assert [change.instance for change in changes] == listed


def test_a_watch_sees_in_the_middle_of_it_that_a_keeper_was_killed(rooms: LocalRooms) -> None:
    rooms.run(rooms.scheduler(TALKATIVE))
    waits: list[float] = []

    def kill_then_wait(seconds: float) -> None:
        if not waits:
            os.kill(rooms.keeper("arena-1"), signal.SIGKILL)
        waits.append(seconds)
        threading.Event().wait(seconds)

    runtime = rooms.runtime(wait=kill_then_wait)
    since = runtime.list_rooms().resource_version
    change = next(told(runtime.watch_rooms(since, timeout_s=10)))

    assert (change.kind, change.instance.status) == (ChangeKind.PRESENT, ERROR)


def test_the_process_that_got_the_id_of_a_killed_keeper_is_left_alone(rooms: LocalRooms) -> None:
    rooms.run(rooms.scheduler(TALKATIVE))
    keeper = rooms.keeper("arena-1")
    os.kill(keeper, signal.SIGKILL)
    eventually(lambda: not is_alive(keeper))
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as bystander:
        ours = f"{bystander.pid}/12345@another-start"
        with ledger.turn(rooms.folder) as turn:
            room = rooms.folder / "arena" / "arena-1"
            state = rooms.state("arena-1")._replace(keeper=ours, children={"game-server": ours})
            turn.save(room, state)

        assert rooms.is_of(ERROR).description == "disappeared"
        rooms.delete(grace_s=0)

        assert rooms.is_gone()
        assert bystander.poll() is None
        bystander.kill()


def test_a_room_whose_keeper_was_killed_is_deleted_at_once(rooms: LocalRooms) -> None:
    created = rooms.run(rooms.scheduler(FAMILY))
    keeper = rooms.keeper("arena-1")
    os.kill(keeper, signal.SIGKILL)
    eventually(lambda: not is_alive(keeper))

    rooms.delete()

    assert rooms.is_gone()
    assert not marked(created.uid)


def test_a_frozen_keeper_does_not_save_a_room_from_forced_deletion(rooms: LocalRooms) -> None:
    created = rooms.run(rooms.scheduler(FAMILY))
    os.kill(rooms.keeper("arena-1"), signal.SIGSTOP)

    rooms.delete()
    assert not rooms.is_gone()
    rooms.delete(grace_s=0)

    assert rooms.is_gone()
    assert not marked(created.uid)


# Stopped ----------------------------------------------------------------------


def test_a_room_may_end_in_order_within_its_grace_period(rooms: LocalRooms) -> None:
    rooms.run(
        rooms.scheduler("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done")
    )

    rooms.delete()

    eventually(lambda: rooms.is_gone())
    assert list(rooms.runtime().logs("arena", "arena-1")) == ["ready", "bye"]


def test_a_room_that_ignores_sigterm_is_killed_after_the_grace_period(rooms: LocalRooms) -> None:
    created = rooms.run(rooms.scheduler(FAMILY))
    begun = datetime.datetime.now(datetime.UTC)

    rooms.delete(grace_s=1)

    eventually(lambda: rooms.is_gone())
    assert (datetime.datetime.now(datetime.UTC) - begun).total_seconds() >= 1
    assert not marked(created.uid)


def test_a_shorter_grace_period_counts_and_a_longer_does_not(rooms: LocalRooms) -> None:
    rooms.run(rooms.scheduler(FAMILY))
    rooms.delete(grace_s=1000)
    assert rooms.state("arena-1").status == records.TERMINATING

    rooms.delete(grace_s=1)
    rooms.delete(grace_s=1000)

    eventually(lambda: rooms.is_gone())


def test_a_keeper_that_is_asked_to_end_ends_its_room_first(rooms: LocalRooms) -> None:
    rooms.run(rooms.scheduler(TALKATIVE))

    os.kill(rooms.keeper("arena-1"), signal.SIGTERM)

    assert rooms.is_of(ERROR).description == "killed by signal 15 (SIGTERM)"


def test_what_a_room_leaves_running_ends_with_it(rooms: LocalRooms) -> None:
    strays = "setsid sh -c 'sleep 1000 & sleep 1000' & sleep 1000 &"
    script = f"{strays} echo ready; read line < $CONTROL/go; exit 0"
    os.mkfifo(rooms.control / "go")
    created = rooms.run(rooms.scheduler(script))
    assert marked(created.uid)

    (rooms.control / "go").write_text("\n")

    eventually(lambda: rooms.state("arena-1").is_over)
    assert not marked(created.uid)


def test_rooms_end_when_their_folder_is_wiped(rooms: LocalRooms) -> None:
    created = rooms.run(rooms.scheduler("while :; do echo ready; sleep 0.05; done"))
    keeper = rooms.keeper("arena-1")

    shutil.rmtree(rooms.folder)

    eventually(lambda: not is_alive(keeper))
    assert not marked(created.uid)


def test_stopping_all_leaves_nothing_of_one_installation(rooms: LocalRooms) -> None:
    obedient, stubborn = rooms.scheduler(TALKATIVE), rooms.scheduler(FAMILY, name="stubborn")
    theirs = rooms.scheduler(TALKATIVE, name="theirs")
    runtime, other = rooms.runtime(), rooms.runtime("theirs")
    created = []
    for owner, scheduler in ((runtime, obedient), (runtime, stubborn), (other, theirs)):
        owner.create_scheduler(scheduler)
        for number in range(3):
            room = make.new_room(id=f"{scheduler.name}-{number}", scheduler=scheduler.name)
            created.append(owner.create_room(room, scheduler))

    runtime.stop_all(0.5)

    assert not runtime.list_rooms().instances
    assert not [pid for room in created[:6] for pid in marked(room.uid)]
    assert len(other.list_rooms().instances) == 3
