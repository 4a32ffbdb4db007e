"""Rooms of the local runtime that do as a test tells them."""

import contextlib
import dataclasses
import os
import pathlib
from collections.abc import Iterator
from typing import Any

from maestro.domain.rooms import Instance, InstanceStatus
from maestro.domain.schedulers import Environment, Scheduler
from maestro.ports.runtime import Runtime
from maestro.runtime.local import processes, records, stopping
from maestro.runtime.local.runtime import LocalRuntime
from tests import make
from tests.waiting import eventually

#: Waits for an exit code, and is ended by SIGTERM.
OBEDIENT = (
    'pipe="$CONTROL/$MAESTRO_ROOM_ID"; rm -f "$pipe"; mkfifo "$pipe"; '
    'read code < "$pipe"; exit $code'
)
#: Waits for an exit code, whatever else it is told.
STUBBORN = f"trap '' TERM; {OBEDIENT}"
#: Prints a line and goes on; ends when told to.
TALKATIVE = "echo ready; exec sleep 1000"
#: Has a child, and others that hide in a session of their own; all ignore SIGTERM.
FAMILY = "trap '' TERM; sleep 1000 & setsid sh -c 'sleep 1000 & sleep 1000' & echo ready; wait"
#: How many processes that are.
FAMILY_SIZE = 5


@dataclasses.dataclass(frozen=True, kw_only=True)
class LocalRooms:
    """A folder of rooms, and one of pipes through which rooms are told how to end."""

    folder: pathlib.Path
    control: pathlib.Path

    def runtime(self, installation: str = "ours", **options: Any) -> LocalRuntime:
        """A runtime on the folder, such as any process of Maestro has."""
        return LocalRuntime(self.folder, installation=installation, **options)

    def scheduler(
        self, script: str = OBEDIENT, *, grace_s: float = 10, **changes: Any
    ) -> Scheduler:
        """A scheduler whose rooms run a shell script."""
        return self.of(make.container(command=("sh", "-c", script)), grace_s=grace_s, **changes)

    def of(self, *containers: Any, grace_s: float = 10, **changes: Any) -> Scheduler:
        """A scheduler of these containers; they know where `end` looks for them."""
        control = Environment(name="CONTROL", value=str(self.control))
        knowing = tuple(
            dataclasses.replace(each, environment=(control, *each.environment))
            for each in containers
        )
        grace_ns = int(grace_s * 1e9)
        spec = make.spec(containers=knowing, termination_grace_period_ns=grace_ns)
        return make.scheduler(spec=spec, **changes)

    def end(self, room: str, exit_code: int) -> None:
        """Have the program of a room end."""
        pipe = self.control / room
        eventually(pipe.exists)
        # Waits until the program reads.
        pipe.write_text(f"{exit_code}\n")

    def run(self, scheduler: Scheduler, room: str = "arena-1") -> Instance:
        """Create a room, and wait until it runs and has printed `ready`."""
        runtime = self.runtime()
        runtime.create_scheduler(scheduler)
        created = runtime.create_room(make.new_room(id=room), scheduler)
        eventually(lambda: "ready" in self.output(room))
        self.is_of(InstanceStatus.READY, room)
        return created

    def is_of(self, status: InstanceStatus, room: str = "arena-1") -> Instance:
        """The instance, once it is of that status."""

        def seen() -> list[Instance]:
            instance = found(self.runtime(), room)
            return [instance] if instance and instance.status is status else []

        return eventually(seen)[0]

    def output(self, room: str = "arena-1", container: str = "game-server") -> str:
        """What a container printed last."""
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "arena" / room / f"{container}.log").read_text()
        return ""

    def delete(self, room: str = "arena-1", *, grace_s: int = 10) -> None:
        """Delete a room, which must exist."""
        assert self.runtime().delete_room(
            "arena", room, uid="", grace_period_s=grace_s, reason="a test"
        )

    def is_gone(self, room: str = "arena-1") -> bool:
        """Whether there is no such room; only looks, which completes nothing."""
        return not (self.folder / "arena" / room).exists()

    def state(self, room: str, scheduler: str = "arena") -> records.State:
        """What is written down of a room."""
        state = records.state_of(self.folder / scheduler / room)
        assert state is not None
        return state

    def keeper(self, room: str) -> int:
        """The process that keeps a room, once there is one."""
        return processes.pid_of(eventually(lambda: self.state(room).keeper))

    def child(self, room: str, container: str = "game-server") -> int:
        """The process of a container, once it runs."""
        return processes.pid_of(eventually(lambda: self.state(room).children.get(container, "")))


def found(runtime: Runtime, room: str = "arena-1") -> Instance | None:
    """The instance of a room as a list shows it."""
    listed = {instance.room: instance for instance in runtime.list_rooms().instances}
    return listed.get(room)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that nobody waited for does not."""
    return bool(processes.identity(pid))


def marked(uid: str) -> list[int]:
    """The processes of an instance, found by their environment."""
    mark = f"MAESTRO_ROOM_UID={uid}".encode()
    return [int(pid) for pid in filter(str.isdigit, os.listdir("/proc")) if mark in _environ(pid)]


def _environ(pid: str) -> list[bytes]:
    try:
        return pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


@contextlib.contextmanager
def prepared(folder: pathlib.Path) -> Iterator[LocalRooms]:
    """An empty folder of rooms; whatever still runs there at the end is killed."""
    rooms = LocalRooms(folder=folder / "data" / "rooms", control=folder / "control")
    rooms.control.mkdir()
    try:
        yield rooms
    finally:
        stopping.stop_all(rooms.folder, installation=None, timeout_s=0)
