"""Rooms of the local runtime that do as a test tells them."""

import contextlib
import dataclasses
import os
import pathlib
from collections.abc import Iterator
from typing import Any

from maestro.domain.rooms import Instance
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
        pipe.write_text(f"{exit_code}\n")

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
