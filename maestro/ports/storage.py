"""
The stores: schedulers (durable), and rooms, operations, changes and ports (fast).

Every call may raise `Unavailable`. Calls that carry a `Grant` raise `LeaseLost` and write
nothing when the lease is no longer the caller's. What a call changes, it changes at once.
"""

import dataclasses
import datetime
import enum
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from maestro.domain.decisions import Decision
from maestro.domain.figures import Figures
from maestro.domain.health import Memory, Outage
from maestro.domain.operations import Definition, Operation, OperationStatus
from maestro.domain.rooms import (
    AllocationOrder,
    HostPort,
    Instance,
    NewRoom,
    PingStatus,
    Room,
    RoomStatus,
)
from maestro.domain.schedulers import Scheduler, SchedulerState, SchedulerVersion
from maestro.domain.serving import Served

# Schedulers -------------------------------------------------------------------


class SchedulerRepository(Protocol):
    """Schedulers and their versions."""

    def installation(self) -> str:
        """The id of this installation, made by the first migration."""

    def create(self, scheduler: Scheduler, operation: Operation) -> None:
        """
        Store a new scheduler, its first version, and the operation that is to create it.

        Raises AlreadyExists when the name is taken.
        """

    def get(self, name: str, *, version: str | None = None) -> Scheduler:
        """The active version, or the one named. Raises NotFound."""

    def find(
        self, *, name: str | None = None, game: str | None = None, version: str | None = None
    ) -> list[Scheduler]:
        """Active versions, of those that match all that is given, by name."""

    def is_another(self, name: str, *, uid: str) -> bool:
        """Whether there is a scheduler of that name, and it is not the one of this uid."""

    def uids(self) -> Mapping[str, str]:
        """The uid of every scheduler, by name."""

    def versions(self, name: str) -> list[SchedulerVersion]:
        """All versions, newest first. Raises NotFound."""

    def open(self, name: str, operation: Operation) -> Operation:
        """
        Write down that a deletion is to happen; it stays open until `close`.

        Returns the operation that is open afterwards: an open delete_scheduler stays; anything
        else, an edit included, is not promised any more. Raises NotFound.
        """

    def edit(self, name: str) -> Operation | None:
        """The edit that was written down and is not closed. Raises NotFound."""

    def open_edit(
        self, name: str, operation: Operation, *, based_on: str | None = None, instead_of: str = ""
    ) -> Operation:
        """
        Write down that an edit is to happen.

        Returns the edit that is open afterwards: another one stays, unless its id is
        `instead_of`. Raises NotFound, and EditInProgress while the scheduler is being deleted or
        when its active version is not the one that the edit is based on.
        """

    def opened(self) -> list[Operation]:
        """All operations that were written down and are not closed; edits last."""

    def pause(self, name: str | None, *, paused: bool) -> None:
        """Pause or resume one scheduler, or with None all; raises NotFound."""

    def mark(self, uid: str, state: SchedulerState) -> None:
        """Store the state; nothing if there is no such scheduler."""

    def close(self, uid: str, operation: str, *, state: SchedulerState) -> None:
        """End what `open` or `create` began, and store the state; nothing if it is not open."""

    def withdraw(self, operation: Operation) -> None:
        """
        An operation that was written down ended without having done anything: so does its promise.

        A scheduler that it was to create goes with it. Nothing happens if it is not open.
        """

    def begin_edit(self, uid: str, operation: str) -> None:
        """Show the scheduler as `creating`; nothing if the edit is not open."""

    def add_version(self, scheduler: Scheduler, switch: Operation, *, edit: str) -> None:
        """
        Store a version, and that it is to become the active one: both or neither.

        A version that is stored stays as it is. Raises OperationFailed when neither the edit nor
        the switch is open: the scheduler is being deleted, or somebody else did it before.
        """

    def switch(self, uid: str, version: str, operation: str) -> None:
        """
        Make a version the active one, and close the edit that did.

        Nothing happens if it is active. Raises NotFound when it is not there, or the edit not open.
        """

    def end_edit(self, uid: str, operations: Collection[str], *, version: str = "") -> None:
        """
        An edit failed: everything is as it was before it.

        Its promise and the version go, unless that one is active; a scheduler that is neither
        being created nor deleted is in sync. Nothing happens if none of `operations` is open.
        """

    def note_downscale(self, uid: str, at: datetime.datetime) -> None:
        """The fleet is made smaller: the cooldown begins; nothing if there is no such scheduler."""

    def delete(self, uid: str) -> None:
        """Remove the scheduler and its versions; nothing if there is none."""


# Operations -------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """The right to change one scheduler's fleet until the lease ends."""

    scheduler: str
    operation: str
    token: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """An operation that was given to a worker to execute."""

    operation: Operation
    grant: Grant
    #: It was running elsewhere until its lease expired.
    recovered: bool
    #: It was parked.
    resumed: bool = False


class Renewal(enum.IntEnum):
    """What became of a lease that was to be prolonged."""

    LOST = 0
    OURS = 1
    #: Ours, and somebody cancelled the operation.
    CANCELLED = 2
    #: The part of the store that knows did not answer, others did.
    UNKNOWN = 3


class Stage(enum.StrEnum):
    """Which operations a list shows (contract 2.3)."""

    PENDING = "pending"
    ACTIVE = "active"
    FINAL = "final"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What waits at one scheduler, as the sweep sees it."""

    scheduler: str
    #: Something may be begun or continued now.
    operations: bool
    #: Changes of rooms wait to be applied.
    changes: bool
    #: Rises whenever a room changes its status, comes or goes.
    generation: int
    #: The fleet is to be checked: a room changed and no check was enqueued since, none ended for
    #: long, or a claim is over.
    check_due: bool


class Doing(enum.StrEnum):
    """What becomes of an open operation right now."""

    WAITING = "waiting"
    RUNNING = "running"
    #: Its worker says nothing any more; another one takes over.
    SILENT = "silent"
    PARKED = "parked"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """An open operation, as who looks after the system needs to see it."""

    #: With the last line of its history only.
    operation: Operation
    doing: Doing
    #: Of one that runs or ran: whose it is, and since when.
    worker: str = ""
    since: datetime.datetime | None = None
    #: When one that is parked goes on, at the latest.
    until: datetime.datetime | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """Operations that ended, on both sides of the newest one in the archive."""

    #: A part of those that are newer, in order, without history, and the place of its first one.
    page: Sequence[Operation]
    first: int
    #: How many are newer.
    newer: int
    #: Ids of all others, and when they were created. There are few: whatever ended late, and what
    #: was archived a moment ago.
    older: Sequence[tuple[str, datetime.datetime]]


class OperationStore(Protocol):
    """Open operations, the queue they wait in, and the lease they run under."""

    def enqueue(self, operation: Operation, *, follows: str = "") -> str:
        """
        Put an operation into its list; returns the id of the one that will do the work.

        An operation without the scheduler's uid gets the one that `RoomStore.configure` told.
        An id that is known is not stored again. A deduplicated kind of which one waits: that
        one's id is returned and nothing is stored. Raises EditInProgress when both this and an
        open one edit the version, unless it `follows` that one; and NotFound for kinds that need
        a fleet (those that run beside a parked one) where `RoomStore.configure` was not called.
        """

    def schedulers(self) -> list[str]:
        """Names under which something was enqueued and that were not retired."""

    def retire(self, scheduler: str) -> None:
        """Nothing is left to be done under that name."""

    def attend(self, served: Served, *, ttl_s: float) -> list[Served]:
        """Say for so long that a worker serves these schedulers; what all said that still holds."""

    def attended(self) -> list[Served]:
        """What workers said that still holds."""

    def open_kinds(self, scheduler: str) -> Mapping[str, str]:
        """Id and kind of every operation that has not ended."""

    def knows(self, scheduler: str, operations: Sequence[str]) -> list[bool]:
        """Which of these ids are stored."""

    def take(
        self, scheduler: str, *, worker: str, lease_ttl_s: float, may_recover: bool
    ) -> Taken | None:
        """
        Take the lease and the operation whose turn it is; None when there is nothing to take.

        One whose worker went silent comes first (if `may_recover`), then a parked one whose
        time came, then priority ones, then the others, each in order of arrival. While one is
        parked, only kinds that may run beside it are taken.
        """

    def renew(self, grants: Sequence[Grant], *, lease_ttl_s: float) -> list[Renewal]:
        """Prolong leases; for each, what became of it."""

    def release(self, grant: Grant) -> None:
        """Give an operation back as if its worker had died, but without counting an attempt."""

    def note(self, grant: Grant, event: str) -> bool:
        """Add a line to the history of the running operation; whether it was cancelled."""

    def choose(self, grant: Grant, choices: Mapping[str, object], *, event: str = "") -> bool:
        """
        Write down choices of the running operation, before they are acted upon.

        With them comes a line of its history, if one is given. Returns as `note` does.
        """

    def commit(self, grant: Grant) -> None:
        """
        Let the running operation have no way back: from now on it cannot be cancelled.

        Raises Cancelled when it was before.
        """

    def park(self, grant: Grant, *, until: datetime.datetime, wake_on_rooms: bool) -> None:
        """
        Let the running operation wait without a lease, until a time or a change of rooms.

        One that was cancelled does not wait.
        """

    def finish(
        self, grant: Grant, status: OperationStatus, definition: Definition, *, event: str
    ) -> None:
        """
        End the running operation; one that leaves no record is forgotten.

        Raises Cancelled instead of ending one as `finished` that was cancelled before.
        """

    def cancel(self, scheduler: str, operation: str) -> bool:
        """
        Cancel an operation; whether it ended by that, because it had not begun.

        One that began is to be rolled back by its worker, and goes on for that if it is parked.
        Raises NotFound, and NotCancellable when it ended before or has no way back.
        """

    def fail(self, scheduler: str, operation: str, *, events: Sequence[str]) -> None:
        """
        End an open operation as `error`, with these lines of history, whatever it is doing.

        The grant of a worker that executes it is void from then on. Raises NotFound, and
        NotCancellable when it ended before.
        """

    def standing(self, schedulers: Sequence[str]) -> list[Standing]:
        """The open operations of these schedulers, the oldest of each first."""

    def cancel_waiting(self, scheduler: str, *, besides: Grant) -> list[str]:
        """End what is pending or parked as `canceled`; returns the ids."""

    def get(self, scheduler: str, operation: str) -> Operation:
        """One operation with its history. Raises NotFound."""

    def page(
        self, scheduler: str, stage: Stage, *, descending: bool, offset: int = 0, limit: int
    ) -> tuple[list[Operation], int]:
        """Operations of a stage without history, by createdAt then id, and how many there are."""

    def some(self, scheduler: str, operations: Sequence[str]) -> list[Operation]:
        """Those of these ids that are stored, without history."""

    def ended(
        self,
        scheduler: str,
        *,
        after: datetime.datetime | None,
        descending: bool,
        offset: int,
        limit: int,
    ) -> Ended:
        """
        A page of the operations that ended and were created after a moment; see `Ended`.

        Ascending, the page begins earlier than asked for and is longer, by as many as there are
        older ones: the caller knows only afterwards how many of these the archive holds too.
        """

    def settled(
        self, scheduler: str, *, keep: int, before: datetime.datetime, limit: int
    ) -> list[Operation]:
        """
        The oldest operations that ended before a moment, with history, to be archived.

        The newest `keep` of all that ended are not among them.
        """

    def drop(self, scheduler: str, operations: Sequence[str]) -> None:
        """Remove operations that ended and are archived; those that are open stay."""

    def prune(self, scheduler: str) -> int:
        """Remove from all lists what has no record; returns how many there were."""

    def amounts_ended(self, schedulers: Sequence[str]) -> list[int]:
        """How many operations that ended are stored of each of these schedulers."""

    def work(self, schedulers: Sequence[str]) -> list[Work]:
        """What waits at each of these schedulers, in one round trip."""

    def may_hint(self, scheduler: str, *, ttl_s: float) -> bool:
        """Whether a hint should be sent: none was within `ttl_s`, or the last one was taken."""

    def hint_taken(self, scheduler: str) -> None:
        """The hint arrived; the next one may be sent."""

    def forget(self, scheduler: str, *, keep: Collection[str] = ()) -> None:
        """Remove everything about the scheduler but the operations to keep."""


# Leadership -------------------------------------------------------------------


class Seat(Protocol):
    """A place that at most one process has at a time."""

    def take(self, holder: str, *, ttl_s: float) -> bool:
        """Take or keep it for so long; False when another one has it."""

    def leave(self, holder: str) -> None:
        """Let another one take it at once."""


# Operations that ended --------------------------------------------------------


class OperationArchive(Protocol):
    """Operations that ended, kept by the uid of their scheduler, whatever becomes of it."""

    def add(self, operations: Sequence[Operation]) -> None:
        """Keep operations with their history; what is known stays as it is."""

    def edge(self, uid: str) -> datetime.datetime | None:
        """When the newest one of this scheduler was created; None when none is held."""

    def amount(self, uid: str) -> int:
        """How many are held of this scheduler."""

    def page(
        self,
        uid: str,
        *,
        until: datetime.datetime,
        beside: Sequence[tuple[str, datetime.datetime]],
        descending: bool,
        offset: int,
        limit: int,
    ) -> tuple[list[Operation | str], int]:
        """
        Operations created up to a moment, by createdAt then id, and how many there are.

        Those of `beside` that the archive does not hold are counted and ordered among them, and
        given as their id. What is held comes without history.
        """

    def some(self, uid: str, operations: Sequence[str]) -> list[Operation]:
        """Those of these ids that are held, without history."""

    def get(self, uid: str, operation: str) -> Operation:
        """One operation with its history. Raises NotFound."""

    def last(self, scheduler: str) -> Operation | None:
        """What ended last under that name, whoever bore it: of a deleted one, its deletion."""

    def expire(self, before: datetime.datetime, *, limit: int) -> int:
        """Forget so many operations that ended before a moment; returns how many did."""


# Rooms ------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Ping:
    """What a room says of itself."""

    status: PingStatus
    running_matches: int = 0
    #: None leaves the stored metadata as it is.
    metadata: Mapping[str, object] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PingOutcome:
    """What a ping brought about."""

    #: False: the room is unknown or was deleted, and nothing was written.
    known: bool
    status_changed: bool = False
    #: Of the room, afterwards; None for a room that is not known.
    status: RoomStatus | None = None
    #: An operation waits for changes of rooms and should be hinted.
    wakes_operation: bool = False
    #: The fleet should be checked; not said again until a moment has passed.
    wants_check: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Allocation:
    """A room that was given to a matchmaker."""

    room: Room
    #: As of `PingOutcome`.
    wakes_operation: bool = False
    wants_check: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RoomCounts:
    """How many rooms there are of each status; validation rooms are not counted."""

    by_status: Mapping[RoomStatus, int]

    def __getitem__(self, status: RoomStatus) -> int:
        return self.by_status.get(status, 0)

    @property
    def total(self) -> int:
        """All rooms of the fleet."""
        return sum(self.by_status.values())


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """Everything that a health check needs to know of the rooms of one scheduler."""

    rooms: Sequence[Room]
    #: Rooms of versions that are being validated, which are no part of the fleet.
    validation_rooms: Sequence[Room]
    memory: Memory
    #: Version → how many of its rooms crashed since the moment asked for, or since `resumed_at`.
    crashes: Mapping[str, int]
    resumed_at: datetime.datetime | None
    #: When the fleet was last found forgotten; its rooms are found only after that.
    rebuilt_at: datetime.datetime | None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """What there is to report of a fleet besides the numbers of its rooms."""

    game: str
    #: Of the last health check; None when there was none for long.
    figures: Figures | None


class RoomStore(Protocol):
    """Rooms: what they and the runtime said, and the status that follows."""

    def configure(
        self, scheduler: Scheduler, *, grant: Grant | None = None, only_if_missing: bool = False
    ) -> None:
        """
        Write what pings need to know of the active version; for an operation, if any.

        With `only_if_missing` the fleet was forgotten, and what is there is at least as new.
        """

    def configured(self, schedulers: Sequence[str]) -> list[bool]:
        """Which of these schedulers `configure` was called for."""

    def register(self, grant: Grant, rooms: Sequence[NewRoom]) -> None:
        """Store rooms about to be created; those known stay as they are."""

    def created(self, grant: Grant, instances: Sequence[Instance]) -> None:
        """The runtime acknowledged these."""

    def not_created(self, grant: Grant, rooms: Sequence[str]) -> None:
        """Forget rooms that never came to be, and free their ports."""

    def ping(self, scheduler: str, room: str, ping: Ping) -> PingOutcome:
        """Store a ping and what follows from it: one script, one round trip."""

    def allocate(
        self,
        scheduler: str,
        *,
        ttl_s: float,
        order: AllocationOrder = AllocationOrder.LONGEST_READY,
    ) -> Allocation | None:
        """
        Reserve the room that comes first; None when none is ready.

        One script: callers at once never get the same room. A room that does not report a match
        within `ttl_s` is ready again, once, with its next ping, the next call of this or
        `expire_claims`. Validation rooms and rooms without an address are never given away.
        Raises NotFound where `configure` was not called.
        """

    def expire_claims(self, scheduler: str) -> None:
        """Let rooms be ready again that were reserved and did not report a match in time."""

    def claim_for_removal(
        self,
        grant: Grant,
        rooms: Sequence[str],
        *,
        allowed: Collection[RoomStatus],
        allowed_if_silent: Collection[RoomStatus] = (),
        silent_since: datetime.datetime | None = None,
    ) -> list[Room]:
        """
        Move those rooms to `terminating` that still are in an allowed status; returns them.

        Further statuses are allowed for rooms that neither pinged nor were allocated since
        `silent_since`.

        Rooms that were claimed before are returned again while the runtime has not accepted
        their deletion, and later too when `terminating` is allowed.
        """

    def deletions_accepted(self, grant: Grant, rooms: Sequence[str]) -> None:
        """The runtime will end these."""

    def gone(self, grant: Grant, rooms: Sequence[str]) -> None:
        """The runtime does not have these: forget them, free their ports, leave tombstones."""

    def fleet(self, scheduler: str, *, crashes_since: datetime.datetime) -> Fleet:
        """What a health check reads, in one round trip."""

    def remember(
        self,
        grant: Grant,
        memory: Memory,
        *,
        decision: Decision | None = None,
        figures: Figures | None = None,
        check_again_s: float,
        check_due_s: float,
    ) -> None:
        """
        Keep what a check leaves to the next, what it decided, and what it saw.

        Changes of rooms wait `check_again_s` for that one; when none ended for `check_due_s`,
        one is due although nothing changed. What was seen is kept twice as long. A decision that
        repeats the newest takes its place.
        """

    def decisions(self, scheduler: str) -> list[Decision]:
        """What was decided about the size of the fleet, newest first; only so many are kept."""

    def memories(self, schedulers: Sequence[str]) -> list[Memory]:
        """What the last check of each of these schedulers left, in one round trip."""

    def resume(self, scheduler: str) -> None:
        """Forget crashes: rooms of the active version may be created again."""

    def accepting(self) -> None:
        """Note that pings can be accepted now."""

    def outages(self) -> list[Outage]:
        """When pings could not be accepted, or nobody said yet that they could; oldest first."""

    def all(self, scheduler: str) -> list[Room]:
        """Every room, in one round trip, by id."""

    def get(self, scheduler: str, room: str) -> Room:
        """One room. Raises NotFound."""

    def page(self, scheduler: str, *, offset: int, limit: int) -> tuple[list[Room], int]:
        """Rooms by id, and how many there are."""

    def reported(self, schedulers: Sequence[str]) -> list[Reported | None]:
        """What is reported of each of these fleets, None where there is none; one round trip."""

    def counts(self, schedulers: Sequence[str]) -> list[RoomCounts]:
        """Counts of each of these schedulers, in one round trip."""


# Changes ----------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """
    The newest thing the watcher learned of one room.

    `instance` None: it is gone. `uid` empty: a full list that began at `listed_at` does not
    show it, whatever it was.
    """

    scheduler: str
    room: str
    #: Number of the full list that this follows.
    epoch: int
    uid: str = ""
    resource_version: str = ""
    instance: Instance | None = None
    listed_at: datetime.datetime | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Applied:
    """What a batch of changes brought about."""

    taken: int
    wakes_operation: bool
    wants_check: bool
    more: bool


class ChangeStore(Protocol):
    """Changes on their way from the watcher to the rooms: one per room, the newest."""

    def lead(self, holder: str, *, ttl_s: float) -> bool:
        """Become or stay the one watcher that works; False when another one is."""

    def resign(self, holder: str) -> None:
        """Let another watcher lead at once."""

    def now(self) -> datetime.datetime:
        """The store's own time, by which `listed_at` is measured."""

    def next_epoch(self) -> int:
        """The number of the full list that is about to begin; greater than any before."""

    def known_rooms(self, schedulers: Sequence[str]) -> Mapping[str, list[str]]:
        """Ids of the rooms of each of these schedulers."""

    def push(self, changes: Sequence[Change]) -> None:
        """Keep each unless a newer one of the same room waits."""

    def apply(self, scheduler: str, *, limit: int) -> Applied:
        """Take up to `limit` changes and apply them to the rooms."""


# Ports ------------------------------------------------------------------------


class PortRegistry(Protocol):
    """Which host ports the rooms of a scheduler hold."""

    def reserve(
        self,
        grant: Grant,
        rooms: Sequence[str],
        scheduler: Scheduler,
        *,
        taken: Collection[tuple[str, int]] = (),
    ) -> Mapping[str, tuple[HostPort, ...] | str]:
        """
        Give each room its ports; a room that has some keeps them.

        A room for which not enough are free gets the reason instead. `taken`: ports that
        nobody may get now.
        """
