"""Rooms as processes: how they end, and that nothing of them is left behind or lost."""

import concurrent.futures
import contextlib
import dataclasses
import datetime
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import psutil
import pytest

from maestro.domain.rooms import Instance, InstanceStatus
from maestro.domain.schedulers import Scheduler
from maestro.errors import RuntimeRefused, Unavailable
from maestro.ports.runtime import ChangeKind
from maestro.runtime.local import keepers, ledger, records, removal, rounds
from tests import local_rooms, make
from tests.local_rooms import STUBBORN, LocalRooms, found, is_alive, marked
from tests.waiting import eventually

ERROR, READY = InstanceStatus.ERROR, InstanceStatus.READY
#: Prints a line and goes on; ends when told to.
TALKATIVE = "echo ready; exec sleep 1000"
#: Has a child, a grandchild that hides in a session of its own, and ignores SIGTERM.
FAMILY = "trap '' TERM; sleep 1000 & setsid sh -c 'sleep 1000 & sleep 1000' & echo ready; wait"


@pytest.fixture
def rooms(tmp_path: pathlib.Path) -> Iterator[LocalRooms]:
    """An empty folder of rooms."""
    with local_rooms.prepared(tmp_path) as prepared:
        yield prepared


def run(rooms: LocalRooms, scheduler: Scheduler, room: str = "arena-1") -> Instance:
    """Create a room, and wait until it runs and has printed something."""
    runtime = rooms.runtime()
    runtime.create_scheduler(scheduler)
    created = runtime.create_room(make.new_room(id=room), scheduler)
    eventually(lambda: "ready" in output(rooms, room))
    eventually(lambda: rooms.state(room).status == records.READY)
    return created


def is_of(rooms: LocalRooms, status: InstanceStatus, room: str = "arena-1") -> Instance:
    """The instance, once it is of that status."""

    def seen() -> list[Instance]:
        instance = found(rooms.runtime(), room)
        return [instance] if instance and instance.status is status else []

    return eventually(seen)[0]


def output(rooms: LocalRooms, room: str = "arena-1", container: str = "game-server") -> str:
    """What a container printed last."""
    with contextlib.suppress(FileNotFoundError):
        return (rooms.folder / "arena" / room / f"{container}.log").read_text()
    return ""


def delete(rooms: LocalRooms, room: str = "arena-1", *, grace_s: int = 10) -> None:
    """Delete a room, which must exist."""
    assert rooms.runtime().delete_room(
        "arena", room, uid="", grace_period_s=grace_s, reason="a test"
    )


def is_gone(rooms: LocalRooms, room: str = "arena-1") -> bool:
    """Whether there is no such room; looks, and takes no care of anything."""
    return not (rooms.folder / "arena" / room).exists()


# Killed -----------------------------------------------------------------------


def test_a_killed_room_says_which_signal_killed_it(rooms: LocalRooms) -> None:
    run(rooms, rooms.scheduler(TALKATIVE))

    os.kill(rooms.child("arena-1"), signal.SIGKILL)

    assert is_of(rooms, ERROR).description == "killed by signal 9 (SIGKILL)"
    assert rooms.state("arena-1").exits == {"game-server": -9}
    keeper = rooms.keeper("arena-1")
    eventually(lambda: not is_alive(keeper))


def test_nothing_of_a_room_outlives_its_keeper(rooms: LocalRooms) -> None:
    created = run(rooms, rooms.scheduler(FAMILY))
    family = eventually(lambda: marked(created.uid)[4:] and marked(created.uid))
    container = rooms.child("arena-1")

    os.kill(rooms.keeper("arena-1"), signal.SIGKILL)

    eventually(lambda: not is_alive(container))
    room = is_of(rooms, ERROR)
    assert room.description == "disappeared"
    assert not any(map(is_alive, family))
    assert found(rooms.runtime()) == room, "it stays so"
    assert not rooms.runtime().ports_in_use()


def test_a_watch_tells_of_rooms_killed_with_their_keepers(rooms: LocalRooms) -> None:
    runtime = rooms.runtime()
    scheduler = rooms.scheduler(TALKATIVE)
    for room in ("arena-1", "arena-2"):
        run(rooms, scheduler, room)
    since = runtime.list_rooms().resource_version
    for room in ("arena-1", "arena-2"):
        container = rooms.child(room)
        os.kill(rooms.keeper(room), signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(container, signal.SIGKILL)

    changes = runtime.watch_rooms(since, timeout_s=10)
    told = [next(changes), next(changes)]

    assert {change.instance.room for change in told} == {"arena-1", "arena-2"}
    assert {change.instance.description for change in told} == {"disappeared"}
    listed = sorted(runtime.list_rooms().instances, key=lambda it: int(it.resource_version))
    assert [change.instance for change in told] == listed


def test_a_watch_sees_in_the_middle_of_it_that_a_keeper_was_killed(rooms: LocalRooms) -> None:
    run(rooms, rooms.scheduler(TALKATIVE))
    waits: list[float] = []

    def kill_then_wait(seconds: float) -> None:
        if not waits:
            os.kill(rooms.keeper("arena-1"), signal.SIGKILL)
        waits.append(seconds)
        threading.Event().wait(seconds)

    runtime = rooms.runtime(wait=kill_then_wait)
    change = next(runtime.watch_rooms(runtime.list_rooms().resource_version, timeout_s=10))

    assert (change.kind, change.instance.status) == (ChangeKind.PRESENT, ERROR)


def test_the_process_that_got_the_id_of_a_killed_keeper_is_left_alone(rooms: LocalRooms) -> None:
    run(rooms, rooms.scheduler(TALKATIVE))
    keeper = rooms.keeper("arena-1")
    os.kill(keeper, signal.SIGKILL)
    eventually(lambda: not is_alive(keeper))
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as bystander:
        ours = f"{bystander.pid}/12345@another-start"
        with ledger.turn(rooms.folder) as turn:
            room = rooms.folder / "arena" / "arena-1"
            state = rooms.state("arena-1")._replace(keeper=ours, children={"game-server": ours})
            turn.save(room, state)

        assert is_of(rooms, ERROR).description == "disappeared"
        delete(rooms, grace_s=0)

        assert is_gone(rooms)
        assert bystander.poll() is None
        bystander.kill()


def test_a_room_whose_keeper_was_killed_is_deleted_at_once(rooms: LocalRooms) -> None:
    created = run(rooms, rooms.scheduler(FAMILY))
    os.kill(rooms.keeper("arena-1"), signal.SIGKILL)

    delete(rooms)

    assert is_gone(rooms)
    assert not marked(created.uid)


def test_a_frozen_keeper_does_not_save_a_room_from_forced_deletion(rooms: LocalRooms) -> None:
    created = run(rooms, rooms.scheduler(FAMILY))
    os.kill(rooms.keeper("arena-1"), signal.SIGSTOP)

    delete(rooms)
    assert not is_gone(rooms)
    delete(rooms, grace_s=0)

    assert is_gone(rooms)
    assert not marked(created.uid)


# Stopped ----------------------------------------------------------------------


def test_a_room_may_end_in_order_within_its_grace_period(rooms: LocalRooms) -> None:
    run(rooms, rooms.scheduler("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done"))

    delete(rooms)

    eventually(lambda: is_gone(rooms))
    assert list(rooms.runtime().logs("arena", "arena-1")) == ["ready", "bye"]


def test_a_room_that_ignores_sigterm_is_killed_after_the_grace_period(rooms: LocalRooms) -> None:
    created = run(rooms, rooms.scheduler(FAMILY))
    begun = datetime.datetime.now(datetime.UTC)

    delete(rooms, grace_s=1)

    eventually(lambda: is_gone(rooms))
    assert (datetime.datetime.now(datetime.UTC) - begun).total_seconds() >= 1
    assert not marked(created.uid)


def test_a_shorter_grace_period_counts_and_a_longer_does_not(rooms: LocalRooms) -> None:
    run(rooms, rooms.scheduler(FAMILY))
    delete(rooms, grace_s=1000)
    assert rooms.state("arena-1").status == records.TERMINATING

    delete(rooms, grace_s=1)
    delete(rooms, grace_s=1000)

    eventually(lambda: is_gone(rooms))


def test_a_keeper_that_is_asked_to_end_ends_its_room_first(rooms: LocalRooms) -> None:
    run(rooms, rooms.scheduler(TALKATIVE))

    os.kill(rooms.keeper("arena-1"), signal.SIGTERM)

    assert is_of(rooms, ERROR).description == "killed by signal 15 (SIGTERM)"


def test_what_a_room_leaves_running_ends_with_it(rooms: LocalRooms) -> None:
    script = "setsid sh -c 'sleep 1000 & sleep 1000' & sleep 1000 & echo ready; read line < $CONTROL/go; exit 0"
    os.mkfifo(rooms.control / "go")
    created = run(rooms, rooms.scheduler(script))
    assert marked(created.uid)

    (rooms.control / "go").write_text("\n")

    eventually(lambda: rooms.state("arena-1").is_over)
    assert not marked(created.uid)


def test_rooms_end_when_their_folder_is_wiped(rooms: LocalRooms) -> None:
    created = run(rooms, rooms.scheduler("while :; do echo ready; sleep 0.05; done"))
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
    is_of(rooms, READY)


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

    assert is_of(rooms, ERROR).description == "was never started"
    delete(rooms)
    assert is_gone(rooms)


def test_a_deletion_that_was_interrupted_is_completed_by_a_round(rooms: LocalRooms) -> None:
    run(rooms, rooms.scheduler(TALKATIVE))
    with ledger.turn(rooms.folder) as turn:
        room = rooms.folder / "arena" / "arena-1"
        removal.mark(turn, room, rooms.state("arena-1"), grace_s=10, reason="a test")

    rooms.runtime().list_rooms()

    eventually(lambda: is_gone(rooms))


def test_a_second_keeper_of_a_room_does_nothing(rooms: LocalRooms) -> None:
    run(rooms, rooms.scheduler(TALKATIVE))
    before = rooms.state("arena-1")

    keepers.start(rooms.folder / "arena" / "arena-1")

    seconds = lambda: [it for it in psutil.process_iter() if "arena-1" in " ".join(_command(it))]  # noqa: E731
    eventually(lambda: len(seconds()) == 1)
    assert rooms.state("arena-1") == before


def _command(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


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
        list(pool.map(lambda name: delete(rooms, name), names))

    eventually(lambda: all(is_gone(rooms, name) for name in names))
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
        assert creator.stdout.readline() == b"created\n"
        keeper = psutil.Process(rooms.keeper("arena-1"))
        rooms.child("arena-1")
        assert not psutil.Process(creator.pid).children(), "no zombie either"
        assert os.getsid(keeper.pid) != os.getsid(creator.pid)
        os.killpg(creator.pid, signal.SIGKILL)
        assert creator.stdout.read() == b"", "the pipe is nobody else's"

    assert is_of(rooms, READY)
    assert keeper.is_running()


def test_a_keeper_holds_nothing_that_is_not_its_own(rooms: LocalRooms) -> None:
    with (rooms.control / "inherited").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        run(rooms, rooms.scheduler(TALKATIVE))
    held = pathlib.Path(f"/proc/{rooms.keeper('arena-1')}/fd")

    files = [os.readlink(each) for each in held.iterdir()]

    paths = [file for file in files if file.startswith("/")]
    room = f"{rooms.folder}/arena/arena-1/"
    assert {path for path in paths if not path.startswith(room)} == {"/dev/null"}


# Containers -------------------------------------------------------------------


def test_a_room_of_several_containers_is_ready_when_all_run(rooms: LocalRooms) -> None:
    both = (
        make.container(name="game", command=("sh", "-c", "echo one; exec sleep 1000")),
        make.container(name="proxy", command=("sh", "-c", "echo two; exec sleep 1000"), ports=()),
    )
    runtime, scheduler = rooms.runtime(), rooms.of(*both)
    runtime.create_scheduler(scheduler)

    runtime.create_room(make.new_room(), scheduler)

    is_of(rooms, READY)
    assert all(is_alive(rooms.child("arena-1", name)) for name in ("game", "proxy"))
    eventually(lambda: output(rooms, container="proxy"))
    assert list(runtime.logs("arena", "arena-1")) == ["[game] one", "[proxy] two"]
    assert list(runtime.logs("arena", "arena-1", container="proxy")) == ["two"]


@pytest.mark.parametrize(
    ("exit_code", "status", "reason"),
    [
        (0, InstanceStatus.TERMINATING, 'container "proxy": Completed'),
        (7, ERROR, 'container "proxy": exit code 7'),
    ],
)
def test_a_room_is_over_when_one_of_its_containers_ends(
    rooms: LocalRooms, exit_code: int, status: InstanceStatus, reason: str
) -> None:
    script = f"read line < $CONTROL/go; exit {exit_code}"
    os.mkfifo(rooms.control / "go")
    both = (
        make.container(name="game", command=("sh", "-c", "echo one; exec sleep 1000")),
        make.container(name="proxy", command=("sh", "-c", script), ports=()),
    )
    runtime, scheduler = rooms.runtime(), rooms.of(*both)
    runtime.create_scheduler(scheduler)
    runtime.create_room(make.new_room(), scheduler)
    is_of(rooms, READY)

    (rooms.control / "go").write_text("\n")

    assert is_of(rooms, status).description == reason
    eventually(lambda: rooms.state("arena-1").is_over)
    assert rooms.state("arena-1").exits == {"game": -15, "proxy": exit_code}


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("./does-not-exist",), "cannot run './does-not-exist': No such file or directory"),
        (("/etc/passwd",), "cannot run '/etc/passwd': Permission denied"),
        (("sh", "-c", "\0"), "cannot run 'sh': embedded null byte"),
    ],
)
def test_a_command_that_cannot_be_run_makes_the_room_an_error(
    rooms: LocalRooms, command: tuple[str, ...], reason: str
) -> None:
    good = make.container(name="good", command=("sleep", "1000"), ports=())
    runtime, scheduler = rooms.runtime(), rooms.of(good, make.container(command=command))
    runtime.create_scheduler(scheduler)
    created = runtime.create_room(make.new_room(), scheduler)

    room = is_of(rooms, ERROR)

    assert room.description == f'container "game-server": {reason}'
    assert room.host == ""
    eventually(lambda: rooms.state("arena-1").is_over)
    assert not marked(created.uid)


def test_what_cannot_run_here_is_refused(rooms: LocalRooms) -> None:
    scheduler = rooms.of(make.container(command=()))
    rooms.runtime().create_scheduler(scheduler)

    with pytest.raises(RuntimeRefused, match=r"spec.containers\[0\].command"):
        rooms.runtime().create_room(make.new_room(), scheduler)
