"""
A runtime in memory, driven by the test.

Rooms run as soon as somebody looks, and end as soon as they are deleted, unless the test says
otherwise. Several runtimes on one `FakeMachine` are several installations.
"""

import collections
import dataclasses
import uuid
from collections.abc import Generator, Sequence

from maestro.domain.operations import RemovalReason
from maestro.domain.rooms import Instance, InstanceStatus, NewRoom
from maestro.domain.schedulers import Scheduler
from maestro.errors import AlreadyExists, MaestroError, RuntimeRefused, Unavailable, Violation
from maestro.ports.runtime import ChangeKind, InstanceChange, Listing
from tests import make


@dataclasses.dataclass
class Place:
    """Where the rooms of one scheduler live."""

    installation: str
    uid: str
    is_deleted: bool = False
    rooms: dict[str, Instance] = dataclasses.field(default_factory=dict)


class FakeMachine:
    """What all installations share: the places, and the order in which things happened."""

    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.version = 1000
        self.changes: list[tuple[int, str, InstanceChange]] = []

    def put(self, place: Place, instance: Instance) -> Instance:
        """Let an instance be as it is given, under a new version."""
        instance = self._record(place, ChangeKind.PRESENT, instance)
        place.rooms[instance.room] = instance
        return instance

    def remove(self, place: Place, room: str) -> None:
        """Let an instance be gone, and its place if it was to go with the last one."""
        self._record(place, ChangeKind.GONE, place.rooms.pop(room))
        self.remove_if_empty(place)

    def remove_if_empty(self, place: Place) -> None:
        """Let a deleted place be gone once nobody lives there."""
        if place.is_deleted and not place.rooms:
            self.places = {name: each for name, each in self.places.items() if each is not place}

    def _record(self, place: Place, kind: ChangeKind, instance: Instance) -> Instance:
        self.version += 1
        instance = dataclasses.replace(instance, resource_version=str(self.version))
        change = InstanceChange(kind=kind, instance=instance)
        self.changes.append((self.version, place.installation, change))
        return instance


class FakeRuntime:
    """The runtime of one installation."""

    def __init__(self, machine: FakeMachine | None = None, *, installation: str = "ours") -> None:
        self._machine = machine or FakeMachine()
        self._installation = installation
        self._failures: dict[str, collections.deque[tuple[MaestroError, bool]]] = {}
        #: What `violations` answers.
        self.refused: list[Violation] = []
        #: Rooms stay `pending` until the test makes them something else.
        self.holds_starts = False
        #: Deleted rooms stay `terminating` until the test says `gone`.
        self.holds_deletions = False
        #: Keeps rooms from sharing ports, as one machine must.
        self.reports_ports = True
        #: The deletions asked for: scheduler, room, grace period, reason.
        self.deletions: list[tuple[str, str, int, str]] = []
        #: The rooms of which the deletion was forced.
        self.forced: list[str] = []
        #: Scheduler → how many of its rooms are protected.
        self.protected: dict[str, int] = {}

    # What tests do

    def fail_next(self, call: str, *errors: MaestroError, after: bool = False) -> None:
        """Let the next calls of this name fail; `after` doing what they were asked, if so."""
        queue = self._failures.setdefault(call, collections.deque())
        queue.extend((error, after) for error in errors)

    def set_status(
        self, scheduler: str, room: str, status: InstanceStatus, description: str = ""
    ) -> Instance:
        """Let an instance change by itself."""
        place = self._machine.places[scheduler]
        known = place.rooms[room]
        running = status is InstanceStatus.READY
        changed = dataclasses.replace(
            known,
            status=status,
            description=description,
            host="10.0.0.1" if running else known.host,
        )
        return self._machine.put(place, changed)

    def gone(self, scheduler: str, room: str) -> None:
        """Let an instance disappear altogether."""
        self._machine.remove(self._machine.places[scheduler], room)

    # The port

    def violations(self, scheduler: Scheduler) -> list[Violation]:
        return list(self.refused)

    def create_scheduler(self, scheduler: Scheduler) -> None:
        self._before("create_scheduler")
        place = self._machine.places.get(scheduler.name)
        if place is None:
            place = Place(self._installation, scheduler.uid)
            self._machine.places[scheduler.name] = place
        elif place.installation == self._installation and place.is_deleted:
            raise Unavailable(f"{scheduler.name} is still being deleted")
        elif (place.installation, place.uid) != (self._installation, scheduler.uid):
            raise AlreadyExists(f"{scheduler.name} is not ours")
        self._after("create_scheduler")

    def delete_scheduler(self, name: str, *, uid: str) -> None:
        self._before("delete_scheduler")
        place = self._ours(name)
        if place and place.uid == uid:
            place.is_deleted = True
            for room in list(place.rooms):
                self._end(place, room, reason="the scheduler is deleted", grace_period_s=0)
            self._machine.remove_if_empty(place)
        self._after("delete_scheduler")

    def create_room(self, room: NewRoom, scheduler: Scheduler) -> Instance:
        self._before("create_room")
        place = self._ours(scheduler.name)
        if place is None or place.uid != scheduler.uid or place.is_deleted:
            raise RuntimeRefused(f"{scheduler.name} has no place for rooms")
        instance = place.rooms.get(room.id) or self._machine.put(place, _pending(room))
        if instance.operation != room.operation:
            raise AlreadyExists(f"{room.id} was made by another operation")
        self._after("create_room")
        return instance

    def delete_room(
        self,
        scheduler: str,
        room: str,
        *,
        uid: str,
        grace_period_s: int,
        reason: RemovalReason | str,
        force: bool = False,
    ) -> bool:
        self._before("delete_room")
        place = self._ours(scheduler)
        known = place.rooms.get(room) if place else None
        found = place is not None and known is not None and uid in ("", known.uid)
        if place and found:
            self._end(place, room, grace_period_s=grace_period_s, reason=str(reason))
            if force:
                self.forced.append(room)
        self._after("delete_room")
        return found

    def list_rooms(self) -> Listing:
        self._before("list_rooms")
        self._start_rooms()
        listing = Listing(
            instances=[room for place in self._all_ours() for room in place.rooms.values()],
            resource_version=str(self._machine.version),
        )
        self._after("list_rooms")
        return listing

    def watch_rooms(
        self, resource_version: str, *, timeout_s: float
    ) -> Generator[Sequence[InstanceChange], None, None]:
        """Ends when it has told what happened: nothing more does while the test waits."""
        self._before("watch_rooms")
        if not resource_version.isdigit() or not 0 < int(resource_version) <= self._machine.version:
            raise Unavailable(f"cannot continue from {resource_version!r}")
        self._start_rooms()
        for version, installation, change in list(self._machine.changes):
            if version > int(resource_version) and installation == self._installation:
                yield [change]
        self._after("watch_rooms")

    def protect_rooms(self, scheduler: str, *, uid: str, at_least: int) -> None:
        self._before("protect_rooms")
        place = self._ours(scheduler)
        if place and place.uid == uid:
            self.protected[scheduler] = at_least
        self._after("protect_rooms")

    def ports_in_use(self) -> frozenset[tuple[str, int]]:
        self._before("ports_in_use")
        over = (InstanceStatus.ERROR,)
        return frozenset(
            (port.protocol.lower(), port.port)
            for place in self._machine.places.values()
            for room in place.rooms.values()
            for port in room.ports
            if self.reports_ports and room.status not in over
        )

    def _ours(self, scheduler: str) -> Place | None:
        place = self._machine.places.get(scheduler)
        return place if place and place.installation == self._installation else None

    def _all_ours(self) -> list[Place]:
        places = self._machine.places.values()
        return [place for place in places if place.installation == self._installation]

    def _start_rooms(self) -> None:
        for name, place in self._machine.places.items():
            for room in list(place.rooms.values()):
                if room.status is InstanceStatus.PENDING and not self.holds_starts:
                    self.set_status(name, room.room, InstanceStatus.READY)

    def _end(self, place: Place, room: str, *, grace_period_s: int, reason: str) -> None:
        known = place.rooms[room]
        self.deletions.append((known.scheduler, room, grace_period_s, reason))
        was_over = known.status is InstanceStatus.ERROR
        if known.description != reason:
            status = InstanceStatus.TERMINATING
            changed = dataclasses.replace(known, status=status, description=reason)
            self._machine.put(place, changed)
        if was_over or not self.holds_deletions:
            self._machine.remove(place, room)

    def _before(self, call: str) -> None:
        self._fail(call, after=False)

    def _after(self, call: str) -> None:
        self._fail(call, after=True)

    def _fail(self, call: str, *, after: bool) -> None:
        queue = self._failures.get(call)
        if queue and queue[0][1] is after:
            raise queue.popleft()[0]


def _pending(room: NewRoom) -> Instance:
    return Instance(
        room=room.id,
        scheduler=room.scheduler,
        uid=str(uuid.uuid4()),
        resource_version="",
        status=InstanceStatus.PENDING,
        ports=room.ports,
        version=room.version,
        operation=room.operation,
        is_validation=room.is_validation,
        created_at=make.NOW,
    )
