"""Rooms as processes: what was interrupted is completed, and nobody is needed for them to run."""

import concurrent.futures
import datetime
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import psutil
import pytest

from maestro.domain.rooms import InstanceStatus
from maestro.errors import Unavailable
from maestro.runtime.local import keepers, ledger, records, removal, rounds
from tests import local_rooms, make
from tests.local_rooms import TALKATIVE, LocalRooms, marked
from tests.waiting import eventually

ERROR, READY = InstanceStatus.ERROR, InstanceStatus.READY


@pytest.fixture
def rooms(tmp_path: pathlib.Path) -> Iterator[LocalRooms]:
    """An empty folder of rooms."""
    with local_rooms.prepared(tmp_path) as prepared:
        yield prepared


# Interrupted ------------------------------------------------------------------


@pytest.fixture
def nobody_starts(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Rooms are written down but not started, as by a worker killed in between."""

    def killed(room: pathlib.Path) -> None:
        raise Unavailable("killed")

    monkeypatch.setattr(keepers, "start", killed)
    return monkeypatch.undo


def test_a_creation_that_was_interrupted_is_completed_when_repeated(
    rooms: LocalRooms, nobody_starts: Callable[[], None]
) -> None:
    runtime, scheduler = rooms.runtime(), rooms.scheduler()
    runtime.create_scheduler(scheduler)
    with pytest.raises(Unavailable):
        runtime.create_room(make.new_room(), scheduler)
    nobody_starts()
    [pending] = runtime.list_rooms().instances

    created = runtime.create_room(make.new_room(), scheduler)

    assert created.uid == pending.uid
    rooms.is_of(READY)


@pytest.mark.usefixtures("nobody_starts")
def test_a_room_that_nobody_started_is_an_error_after_a_while(rooms: LocalRooms) -> None:
    runtime, scheduler = rooms.runtime(), rooms.scheduler()
    runtime.create_scheduler(scheduler)
    with pytest.raises(Unavailable):
        runtime.create_room(make.new_room(), scheduler)
    now = datetime.datetime.now(datetime.UTC)

    rounds.go([rooms.folder / "arena"], now=now)
    assert rooms.state("arena-1").status == records.PENDING
    rounds.go([rooms.folder / "arena"], now=now + datetime.timedelta(seconds=rounds.START_S + 1))

    assert rooms.is_of(ERROR).description == "was never started"
    rooms.delete()
    assert rooms.is_gone()


def test_a_deletion_that_was_interrupted_is_completed_by_a_round(rooms: LocalRooms) -> None:
    rooms.run(rooms.scheduler(TALKATIVE))
    with ledger.turn(rooms.folder) as turn:
        room = rooms.folder / "arena" / "arena-1"
        removal.mark(turn, room, rooms.state("arena-1"), grace_s=10, reason="a test")

    rooms.runtime().list_rooms()

    eventually(lambda: rooms.is_gone())


def test_a_second_keeper_of_a_room_does_nothing(rooms: LocalRooms) -> None:
    rooms.run(rooms.scheduler(TALKATIVE))
    before = rooms.state("arena-1")

    keepers.start(rooms.folder / "arena" / "arena-1")

    eventually(lambda: keepers_of(rooms.folder / "arena" / "arena-1") == 1)
    assert rooms.state("arena-1") == before


def keepers_of(room: pathlib.Path) -> int:
    """How many processes keep that room, or are about to find out that they do not."""
    commands = (process.info["cmdline"] for process in psutil.process_iter(["cmdline"]))
    return sum(str(room) in (command or ()) for command in commands)


def test_many_rooms_may_be_created_and_deleted_at_once(rooms: LocalRooms) -> None:
    scheduler = rooms.scheduler(TALKATIVE)
    rooms.runtime().create_scheduler(scheduler)
    names = [f"arena-{number}" for number in range(12)]

    def create(name: str) -> str:
        return rooms.runtime().create_room(make.new_room(id=name), scheduler).uid

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        uids = list(pool.map(create, names * 2))
        assert uids[:12] == uids[12:], "each was created once"
        eventually(lambda: all(rooms.state(name).status == records.READY for name in names))
        list(pool.map(lambda name: rooms.delete(name), names))

    eventually(lambda: all(rooms.is_gone(name) for name in names))
    assert not [pid for uid in uids for pid in marked(uid)]


# Independent ------------------------------------------------------------------

CREATOR = """
import pathlib, sys
from tests import make, local_rooms
rooms = local_rooms.LocalRooms(folder=pathlib.Path(sys.argv[1]), control=pathlib.Path(sys.argv[2]))
scheduler = rooms.scheduler("echo ready; exec sleep 1000")
rooms.runtime().create_scheduler(scheduler)
rooms.runtime().create_room(make.new_room(), scheduler)
print("created", flush=True)
sys.stdin.read()
"""


def test_a_room_outlives_the_process_that_created_it(rooms: LocalRooms) -> None:
    command = [sys.executable, "-c", CREATOR, str(rooms.folder), str(rooms.control)]
    creator = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    with creator:
        assert creator.stdout
        assert b"created\n" in iter(creator.stdout.readline, b"")
        keeper = psutil.Process(rooms.keeper("arena-1"))
        rooms.child("arena-1")
        assert not psutil.Process(creator.pid).children(), "no zombie either"
        assert os.getsid(keeper.pid) != os.getsid(creator.pid)
        os.killpg(creator.pid, signal.SIGKILL)
        assert creator.stdout.read() == b"", "the pipe is nobody else's"

    assert rooms.is_of(READY)
    assert keeper.is_running()


def test_a_keeper_holds_nothing_that_is_not_its_own(rooms: LocalRooms) -> None:
    with (rooms.control / "inherited").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        rooms.run(rooms.scheduler(TALKATIVE))
    held = pathlib.Path(f"/proc/{rooms.keeper('arena-1')}/fd")

    files = [os.readlink(each) for each in held.iterdir()]

    paths = [file for file in files if file.startswith("/")]
    room = f"{rooms.folder}/arena/arena-1/"
    assert {path for path in paths if not path.startswith(room)} == {"/dev/null"}
