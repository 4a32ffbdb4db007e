"""What stands behind the runtimes under test: a machine that a test can have its way with."""

import dataclasses
from typing import Protocol

from maestro.domain.rooms import InstanceStatus
from maestro.domain.schedulers import Scheduler
from maestro.ports.runtime import Runtime
from tests import local_rooms, make
from tests.fakes.runtime import FakeMachine, FakeRuntime


class Backend(Protocol):
    """A machine or cluster of this test alone."""

    def runtime(self, installation: str = "ours") -> Runtime:
        """The runtime of an installation; asked again, as another process of it has it."""

    def scheduler(self, *, stubborn: bool = False) -> Scheduler:
        """A scheduler, `arena`; its rooms run until told, the stubborn ones also when deleted."""

    def end(self, room: str, exit_code: int) -> None:
        """Have the program of a running room end."""


class FakeBackend:
    """Memory."""

    def __init__(self) -> None:
        self._machine = FakeMachine()
        self._runtimes: dict[str, FakeRuntime] = {}

    def runtime(self, installation: str = "ours") -> FakeRuntime:
        return self._runtimes.setdefault(
            installation, FakeRuntime(self._machine, installation=installation)
        )

    def scheduler(self, *, stubborn: bool = False) -> Scheduler:
        for runtime in self._runtimes.values():
            runtime.holds_deletions = stubborn
        return make.scheduler()

    def end(self, room: str, exit_code: int) -> None:
        runtime = self.runtime()
        known = self._machine.places["arena"].rooms[room]
        if known.status is InstanceStatus.TERMINATING:
            runtime.gone("arena", room)
        elif exit_code:
            runtime.set_status("arena", room, InstanceStatus.ERROR, f"exit code {exit_code}")
        else:
            runtime.set_status("arena", room, InstanceStatus.TERMINATING, "Completed")


@dataclasses.dataclass(frozen=True, kw_only=True)
class LocalBackend:
    """Processes of this machine."""

    rooms: local_rooms.LocalRooms

    def runtime(self, installation: str = "ours") -> Runtime:
        return self.rooms.runtime(installation)

    def scheduler(self, *, stubborn: bool = False) -> Scheduler:
        script = local_rooms.STUBBORN if stubborn else local_rooms.OBEDIENT
        return self.rooms.scheduler(script)

    def end(self, room: str, exit_code: int) -> None:
        self.rooms.end(room, exit_code)
