"""Rooms as processes: their containers, environment and logs."""

import os
import pathlib
from collections.abc import Iterator

import pytest

from maestro.domain.rooms import InstanceStatus
from maestro.domain.schedulers import Environment, Scheduler, SecretKeyRef, ValueFrom
from maestro.errors import NotFound, RuntimeRefused
from maestro.runtime.local import outputs
from tests import local_rooms, make
from tests.local_rooms import TALKATIVE, LocalRooms, is_alive, marked
from tests.waiting import eventually

ERROR, READY = InstanceStatus.ERROR, InstanceStatus.READY


@pytest.fixture
def rooms(tmp_path: pathlib.Path) -> Iterator[LocalRooms]:
    """An empty folder of rooms."""
    with local_rooms.prepared(tmp_path) as prepared:
        yield prepared


# Containers -------------------------------------------------------------------


def test_a_room_of_several_containers_is_ready_when_all_run(rooms: LocalRooms) -> None:
    both = (
        make.container(name="game", command=("sh", "-c", "echo one; exec sleep 1000")),
        make.container(name="proxy", command=("sh", "-c", "echo two; exec sleep 1000"), ports=()),
    )
    runtime, scheduler = rooms.runtime(), rooms.of(*both)
    runtime.create_scheduler(scheduler)

    runtime.create_room(make.new_room(), scheduler)

    rooms.is_of(READY)
    assert all(is_alive(rooms.child("arena-1", name)) for name in ("game", "proxy"))
    eventually(lambda: rooms.output(container="proxy"))
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
    rooms.is_of(READY)

    (rooms.control / "go").write_text("\n")

    assert rooms.is_of(status).description == reason
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

    room = rooms.is_of(ERROR)

    assert room.description == f'container "game-server": {reason}'
    assert room.host == ""
    eventually(lambda: rooms.state("arena-1").is_over)
    assert not marked(created.uid)


def test_what_cannot_run_here_is_refused(rooms: LocalRooms) -> None:
    scheduler = rooms.of(make.container(command=()))
    rooms.runtime().create_scheduler(scheduler)

    with pytest.raises(RuntimeRefused, match=r"spec.containers\[0\].command"):
        rooms.runtime().create_room(make.new_room(), scheduler)


# Environment ------------------------------------------------------------------


def test_a_room_learns_who_it_is_and_nothing_about_maestro(
    rooms: LocalRooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAESTRO_POSTGRES_URL", "postgresql://maestro:secret@db/maestro")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("LC_TIME", "C.UTF-8")
    greeting = Environment(name="GREETING", value="hello there")
    scheduler = rooms.of(
        make.container(command=("sh", "-c", "env; echo ready"), environment=(greeting,))
    )
    runtime = rooms.runtime(rooms_api_url="http://127.0.0.1:8070")
    runtime.create_scheduler(scheduler)
    created = runtime.create_room(make.new_room(), scheduler)

    eventually(lambda: "ready" in rooms.output())
    variables = dict(line.split("=", 1) for line in rooms.output().splitlines()[:-1])
    assert {name: variables[name] for name in variables if name.startswith("MAESTRO_")} == {
        "MAESTRO_SCHEDULER_NAME": "arena",
        "MAESTRO_ROOM_ID": "arena-1",
        "MAESTRO_ROOM_UID": created.uid,
        "MAESTRO_ROOMS_API_URL": "http://127.0.0.1:8070",
        "MAESTRO_PORT_GAME": "40000",
        "MAESTRO_PORT_GAME_PROTOCOL": "udp",
    }
    assert variables["GREETING"] == "hello there"
    assert variables["LC_TIME"] == "C.UTF-8"
    assert "AWS_SECRET_ACCESS_KEY" not in variables
    assert variables["PATH"].startswith(os.environ["PATH"])


def test_a_room_gets_its_secrets_and_nobody_else_does(rooms: LocalRooms) -> None:
    file = rooms.folder.parent / "secrets" / "arena" / "database" / "password"
    file.parent.mkdir(parents=True)
    file.write_text("hunter2")

    rooms.run(secretive(rooms, "echo $PASSWORD; echo ready; exec sleep 1000"))

    assert rooms.output() == "hunter2\nready\n"
    written = [each for each in rooms.folder.rglob("*.json") if "hunter2" in each.read_text()]
    assert not written


def test_a_missing_secret_makes_the_room_an_error(rooms: LocalRooms) -> None:
    runtime, scheduler = rooms.runtime(), secretive(rooms, "sleep 1000")
    runtime.create_scheduler(scheduler)
    runtime.create_room(make.new_room(), scheduler)

    room = rooms.is_of(ERROR)

    expected = "secret 'database' has no readable key 'password': No such file or directory"
    assert room.description.startswith(expected)


def secretive(rooms: LocalRooms, script: str) -> Scheduler:
    """A scheduler whose rooms need a password."""
    reference = SecretKeyRef(name="database", key="password")
    password = Environment(name="PASSWORD", value_from=ValueFrom(secret_key_ref=reference))
    return rooms.of(make.container(command=("sh", "-c", script), environment=(password,)))


# Logs -------------------------------------------------------------------------


def test_logs_are_bounded_and_keep_what_is_newest(rooms: LocalRooms) -> None:
    lines = 3 * outputs.LIMIT // 100
    script = f"yes $(printf %098d 7) | head -n {lines}; echo ready; exec sleep 1000"

    rooms.run(rooms.scheduler(script))

    files = list((rooms.folder / "arena" / "arena-1").glob("game-server.log*"))
    assert len(files) == 2
    assert max(file.stat().st_size for file in files) <= outputs.LIMIT + 64 * 1024
    read = list(rooms.runtime().logs("arena", "arena-1"))
    assert read[-1] == "ready"
    assert set(read[1:-1]) == {"7".rjust(98, "0")}
    assert len(read) > outputs.LIMIT // 100


def test_logs_can_be_followed_to_the_end(rooms: LocalRooms) -> None:
    os.mkfifo(rooms.control / "go")
    script = f"echo ready; read line < $CONTROL/go; yes no | head -n {outputs.LIMIT}; echo bye"
    rooms.run(rooms.scheduler(script))

    lines = rooms.runtime().logs("arena", "arena-1", follow=True)

    assert next(lines) == "ready"
    (rooms.control / "go").write_text("\n")
    *rest, last = lines
    assert set(rest) == {"no"}
    assert last == "bye"


def test_logs_of_a_removed_room_can_be_read_for_a_while(rooms: LocalRooms) -> None:
    scheduler = rooms.scheduler("echo ready; printf incomplete; exec sleep 1000")
    rooms.run(scheduler)
    lines = rooms.runtime().logs("arena", "arena-1", follow=True)
    assert next(lines) == "ready"

    rooms.delete()
    eventually(rooms.is_gone)

    assert list(lines) == ["incomplete"]
    assert list(rooms.runtime().logs("arena", "arena-1")) == ["ready", "incomplete"]
    rooms.runtime().delete_scheduler("arena", uid=scheduler.uid)
    with pytest.raises(NotFound):
        list(rooms.runtime().logs("arena", "arena-1"))


@pytest.mark.parametrize(
    ("scheduler", "room", "container"),
    [
        ("arena", "arena-2", None),
        ("arena", "arena-1", "sidecar"),
        ("unknown", "arena-1", None),
        (".ended", "arena", None),
    ],
)
def test_logs_of_what_does_not_exist_are_refused(
    rooms: LocalRooms, scheduler: str, room: str, container: str | None
) -> None:
    rooms.run(rooms.scheduler(TALKATIVE))

    with pytest.raises(NotFound):
        list(rooms.runtime().logs(scheduler, room, container=container))
