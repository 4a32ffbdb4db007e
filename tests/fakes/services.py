"""The services behind the APIs, in memory: enough of them to see what views do."""

import dataclasses
import datetime
from collections.abc import Mapping

from maestro import errors
from maestro.domain import scheduler_rules, versions
from maestro.domain.decisions import Decision
from maestro.domain.operations import OPEN, Operation, OperationStatus, edit_text, final_text
from maestro.domain.patches import SchedulerPatch, patched
from maestro.domain.rollout_status import RolloutStatus
from maestro.domain.rooms import Room, RoomStatus
from maestro.domain.schedulers import Scheduler, SchedulerVersion
from maestro.ports.storage import Ping, RoomCounts, Stage
from maestro.services.access import BearerToken
from maestro.services.explanations import NO_ROLLOUT

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.UTC)


@dataclasses.dataclass
class SchedulerInfo:
    """A scheduler and its fleet in numbers."""

    scheduler: Scheduler
    rooms: RoomCounts
    frozen_reason: str | None = None
    crash_loop_reason: str | None = None
    paused: bool | None = None


class Schedulers:
    """Schedulers of one version each."""

    def __init__(self) -> None:
        #: Names of those that are paused; None stands for all.
        self.paused: set[str | None] = set()
        self.stored: dict[str, Scheduler] = {}
        self.counts: dict[str, RoomCounts] = {}

    def create(self, scheduler: Scheduler) -> Scheduler:
        if violations := scheduler_rules.violations(scheduler):
            raise errors.InvalidInput(violations)
        if scheduler.name in self.stored:
            text = f"error creating scheduler {scheduler.name}: name already exists"
            raise errors.AlreadyExists(text)
        spec = dataclasses.replace(scheduler.spec, version=versions.FIRST)
        created = dataclasses.replace(scheduler, spec=spec, created_at=NOW)
        self.stored[scheduler.name] = created
        return created

    def get(self, name: str, *, version: str | None = None) -> Scheduler:
        found = self.stored.get(name)
        if found is None or version not in (None, found.version):
            raise errors.NotFound(f"scheduler {name} not found")
        return found

    def find(
        self, *, name: str | None = None, game: str | None = None, version: str | None = None
    ) -> list[Scheduler]:
        return [
            scheduler
            for scheduler in self.stored.values()
            if name in (None, scheduler.name)
            and game in (None, scheduler.game)
            and version in (None, scheduler.version)
        ]

    def versions(self, name: str) -> list[SchedulerVersion]:
        version = self.get(name).version
        return [SchedulerVersion(version=version, is_active=True, created_at=NOW)]

    def delete(self, name: str) -> str:
        self.get(name)
        return f"delete-{name}"

    def pause(self, name: str | None) -> None:
        self._set_paused(name, True)

    def resume(self, name: str | None) -> None:
        self._set_paused(name, False)

    def _set_paused(self, name: str | None, paused: bool) -> None:
        if name is not None:
            self.get(name)
        (self.paused.add if paused else self.paused.discard)(name)

    def info(self, game: str | None) -> list[SchedulerInfo]:
        return [
            SchedulerInfo(
                scheduler,
                self.counts.get(scheduler.name, RoomCounts(by_status={})),
                paused=bool(self.paused & {None, scheduler.name}) or None,
            )
            for scheduler in self.find(game=game)
        ]


class Edits:
    """Edits of the schedulers there are; at most one of each."""

    def __init__(self, schedulers: Schedulers) -> None:
        self._schedulers = schedulers
        #: What was accepted, by scheduler.
        self.accepted: dict[str, Scheduler | str] = {}

    def new_version(self, scheduler: Scheduler) -> str:
        if violations := scheduler_rules.violations(scheduler):
            raise errors.InvalidInput(violations)
        self._schedulers.get(scheduler.name)
        return self._accept(scheduler.name, scheduler)

    def patch(self, name: str, patch: SchedulerPatch) -> str:
        if patch.is_empty:
            raise errors.AlreadyExists(f"no change found to scheduler {name}")
        return self._accept(name, patched(self._schedulers.get(name), patch))

    def switch(self, name: str, version: str) -> str:
        if not version:
            raise errors.InvalidInput.of("version", scheduler_rules.REQUIRED)
        self._schedulers.get(name, version=version)
        return self._accept(name, version)

    def _accept(self, name: str, edit: Scheduler | str) -> str:
        if name in self.accepted:
            raise errors.EditInProgress(edit_text(f"edit-{name}", name))
        self.accepted[name] = edit
        return f"edit-{name}"


class Operations:
    """Operations, in the order they were put in."""

    def __init__(self) -> None:
        self.stored: list[Operation] = []

    def page(
        self, scheduler: str, stage: Stage, *, descending: bool, page: int, per_page: int | None
    ) -> tuple[list[Operation], int]:
        found = [
            operation
            for operation in self.stored
            if operation.scheduler == scheduler and _stage(operation) is stage
        ]
        found.sort(key=lambda operation: operation.created_at, reverse=descending)
        first = (page - 1) * (per_page or 0)
        return found[first : first + per_page if per_page else None], len(found)

    def get(self, scheduler: str, operation_id: str) -> Operation:
        for operation in self.stored:
            if (operation.scheduler, operation.id) == (scheduler, operation_id):
                return operation
        raise errors.NotFound(f"operation {operation_id} not found in scheduler {scheduler}")

    def cancel(self, scheduler: str, operation_id: str) -> None:
        status = self.get(scheduler, operation_id).status
        if status not in OPEN:
            raise errors.NotCancellable(final_text(status))


class Rooms:
    """Rooms, and what they said."""

    def __init__(self) -> None:
        self.stored: list[Room] = []
        self.pings: list[tuple[str, str, Ping]] = []
        self.error: Exception | None = None

    def ping(self, scheduler: str, room: str, ping: Ping) -> bool:
        if self.error:
            raise self.error
        if not any((scheduler, room) == (known.scheduler, known.id) for known in self.stored):
            return False
        self.pings.append((scheduler, room, ping))
        return True

    def page(
        self,
        scheduler: str,
        *,
        status: RoomStatus | None,
        version: str | None,
        page: int,
        per_page: int,
    ) -> tuple[list[Room], int]:
        of_scheduler = [room for room in self.stored if room.scheduler == scheduler]
        if not of_scheduler:
            raise errors.NotFound(f"scheduler {scheduler} not found")
        found = [
            room
            for room in of_scheduler
            if status in (None, room.status) and version in (None, room.version)
        ]
        return found[(page - 1) * per_page : page * per_page], len(found)

    def get(self, scheduler: str, room: str) -> Room:
        if self.error:
            raise self.error
        for known in self.stored:
            if (known.scheduler, known.id) == (scheduler, room):
                return known
        raise errors.NotFound(f"room {room} not found in scheduler {scheduler}")


class Allocations:
    """Ready rooms, and schedulers that have none."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def allocate(self, scheduler: str) -> Room:
        mine = [room for room in self._rooms.stored if room.scheduler == scheduler]
        if not mine:
            raise errors.NotFound(f"scheduler {scheduler} not found")
        for room in mine:
            if room.status is RoomStatus.READY:
                return room
        raise errors.NoReadyRoom(f"no ready rooms available for scheduler {scheduler}")


class Addresses:
    """Where rooms are reached."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def find(self, scheduler: str, room: str) -> Room:
        found = self._rooms.get(scheduler, room)
        if not found.host:
            raise errors.NoAddress(f"room {room} has no address yet")
        return found


class Explanations:
    """What is said of each scheduler that there is."""

    def __init__(self, schedulers: Schedulers) -> None:
        self._schedulers = schedulers
        self.told: dict[str, list[Decision]] = {}
        self.rollouts: dict[str, RolloutStatus] = {}

    def decisions(self, name: str) -> list[Decision]:
        self._schedulers.get(name)
        return self.told.get(name, [])

    def rollout(self, name: str) -> RolloutStatus:
        version = self._schedulers.get(name).version
        none = RolloutStatus(
            in_progress=False, to_version=version, rooms_done=0, waits_for=NO_ROLLOUT
        )
        return self.rollouts.get(name, none)


class Forwarding:
    """Forwarders that take everything, unless they are told why not."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []
        self.metadata: list[Mapping[str, object]] = []
        self.failure = ""
        self.error: Exception | None = None

    def status(self, scheduler: str, room: str, said: str, metadata: Mapping[str, object]) -> str:
        return self._tell("status", scheduler, room, said, metadata)

    def room_event(
        self, scheduler: str, room: str, name: str, metadata: Mapping[str, object]
    ) -> str:
        return self._tell("room", scheduler, room, name, metadata)

    def player_event(
        self, scheduler: str, room: str, name: str, metadata: Mapping[str, object]
    ) -> str:
        return self._tell("player", scheduler, room, name, metadata)

    def _tell(
        self, kind: str, scheduler: str, room: str, said: str, metadata: Mapping[str, object]
    ) -> str:
        if self.error:
            raise self.error
        self.told.append((kind, scheduler, room, said))
        self.metadata.append(metadata)
        return self.failure


class Services:
    """All of them."""

    def __init__(self) -> None:
        self.schedulers = Schedulers()
        self.edits = Edits(self.schedulers)
        self.operations = Operations()
        self.rooms = Rooms()
        self.allocations = Allocations(self.rooms)
        self.addresses = Addresses(self.rooms)
        self.allocation_access = BearerToken("")
        self.access = BearerToken("")

        self.explanations = Explanations(self.schedulers)
        self.forwarding = Forwarding()


def _stage(operation: Operation) -> Stage:
    if operation.status not in OPEN:
        return Stage.FINAL
    return Stage.PENDING if operation.status is OperationStatus.PENDING else Stage.ACTIVE
