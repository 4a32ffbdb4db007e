"""
Operations: every change to a fleet, as a record that can be stored, watched and cancelled.

A definition says what is to be done and is plain data, so that anyone may create one; what
acts on it is an executor.
"""

import dataclasses
import datetime
import enum
from collections.abc import Mapping
from typing import ClassVar

from maestro.domain.schedulers import Scheduler


class OperationStatus(enum.StrEnum):
    """Where an operation stands (contract 3.1)."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    CANCELED = "canceled"
    FINISHED = "finished"
    EVICTED = "evicted"
    ERROR = "error"


OPEN = frozenset({OperationStatus.PENDING, OperationStatus.IN_PROGRESS})


class RemovalReason(enum.StrEnum):
    """Why rooms are removed (contract 3.2)."""

    SCALE_DOWN = "scale_down"
    EXPIRED_ROOM = "expired_room"
    NEW_VERSION_ROLLBACK = "new_version_rollback"
    NEW_VERSION_VALIDATION_FINISHED = "new_version_validation_finished"
    SWITCH_VERSION_ROLLBACK = "switch_version_rollback"
    SWITCH_VERSION_REPLACE = "switch_version_replace"
    ROLLING_UPDATE_REPLACE = "rolling_update_replace"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """What an operation is to do; `NAME` is how it is called on the wire."""

    NAME: ClassVar[str]
    #: Runs before everything that waits in the normal list.
    PRIORITY: ClassVar[bool] = False
    #: At most one that has not begun may wait; another one would do the same.
    DEDUPLICATED: ClassVar[bool] = False
    #: May run while another operation of the scheduler is parked.
    RUNS_BESIDE_PARKED: ClassVar[bool] = False
    #: Changes the version of the scheduler; only one of these may be open.
    EDITS_VERSION: ClassVar[bool] = False

    #: Looks at the whole fleet, at whatever changed before it begins.
    CHECKS_FLEET: ClassVar[bool] = False

    @property
    def leaves_record(self) -> bool:
        """Whether a finished operation of this kind is worth keeping."""
        return True


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CreateScheduler(Definition):
    """Prepare the runtime for a new scheduler."""

    NAME = "create_scheduler"
    scheduler: Scheduler


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CreateNewSchedulerVersion(Definition):
    """Add a version, after a room of it proved that it works."""

    NAME = "create_new_scheduler_version"
    EDITS_VERSION = True
    scheduler: Scheduler


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SwitchActiveVersion(Definition):
    """Make a version the active one."""

    NAME = "switch_active_version"
    EDITS_VERSION = True
    new_active_version: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DeleteScheduler(Definition):
    """Remove all rooms of a scheduler, then the scheduler."""

    NAME = "delete_scheduler"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AddRooms(Definition):
    """Create rooms of the active version."""

    NAME = "add_rooms"
    PRIORITY = True
    RUNS_BESIDE_PARKED = True
    amount: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RemoveRooms(Definition):
    """Remove the rooms named, and `amount` more that nobody plays in."""

    NAME = "remove_rooms"
    PRIORITY = True
    RUNS_BESIDE_PARKED = True
    amount: int = 0
    rooms_ids: tuple[str, ...] = ()
    reason: RemovalReason = RemovalReason.SCALE_DOWN


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class HealthController(Definition):
    """Compare the fleet with what is wanted, and enqueue the difference."""

    NAME = "health_controller"
    DEDUPLICATED = True
    CHECKS_FLEET = True
    RUNS_BESIDE_PARKED = True
    #: Known once it ran.
    took_action: bool | None = None

    @property
    def leaves_record(self) -> bool:
        return bool(self.took_action)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class StorageCleanUp(Definition):
    """Forget old operations."""

    NAME = "storage_clean_up"
    DEDUPLICATED = True
    RUNS_BESIDE_PARKED = True

    @property
    def leaves_record(self) -> bool:
        return False


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class TestOperation(Definition):
    """Take a while and change nothing."""

    #: Not a test case, whatever pytest makes of its name.
    __test__ = False
    NAME = "test_operation"
    sleep_seconds: float = 0


#: How records of operations are written. It is raised when an older Maestro would misread them:
#: that one leaves them to a newer one. Fields that may be ignored are added without that.
FORMAT = 1


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class NotKnown(Definition):
    """What a newer Maestro wants to be done: this one shows it, and leaves it alone."""

    kind: str
    document: Mapping[str, object] = dataclasses.field(default_factory=dict)

    @property
    def NAME(self) -> str:  # type: ignore[override]  # noqa: N802
        return self.kind


DEFINITIONS: Mapping[str, type[Definition]] = {
    kind.NAME: kind
    for kind in (
        CreateScheduler,
        CreateNewSchedulerVersion,
        SwitchActiveVersion,
        DeleteScheduler,
        AddRooms,
        RemoveRooms,
        HealthController,
        StorageCleanUp,
        TestOperation,
    )
}

#: Kinds that may run while another operation is parked.
BESIDE_PARKED = frozenset(name for name, kind in DEFINITIONS.items() if kind.RUNS_BESIDE_PARKED)

#: While one of these kinds is open, how many rooms there are is about to change.
CHANGE_ROOMS = frozenset({AddRooms.NAME, RemoveRooms.NAME})


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class OperationEvent:
    """One line of an operation's history."""

    created_at: datetime.datetime
    event: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One change to one scheduler."""

    id: str
    scheduler: str
    #: Of the scheduler, so that a later one of the same name does not see it.
    scheduler_uid: str
    definition: Definition
    created_at: datetime.datetime
    status: OperationStatus = OperationStatus.PENDING
    #: How often it was begun; above 1 means that a worker died.
    attempt: int = 0
    #: What an executor chose, written down before it acted upon it.
    choices: Mapping[str, object] = dataclasses.field(default_factory=dict)
    history: tuple[OperationEvent, ...] = ()
    cancel_requested: bool = False
    #: End of the lease it runs under; None when it does not run.
    lease_until: datetime.datetime | None = None
    #: Of the request that it goes back to; empty when nobody asked for it.
    request_id: str = ""

    @property
    def ended_at(self) -> datetime.datetime | None:
        """When it ended, as its history tells; None for one that is open or comes without."""
        if self.status in OPEN or not self.history:
            return None
        return self.history[-1].created_at


def edit_text(operation: str, scheduler: str) -> str:
    """Why an edit is refused while another one is open."""
    return (
        f"there is already an ongoing version operation (id: {operation}) for scheduler {scheduler}"
    )


#: Why an operation that runs cannot be cancelled.
NO_WAY_BACK = "cannot cancel operation since what it did cannot be undone any more"


def ended_text(operation: str, status: str) -> str:
    """Why an operation that ended cannot be failed."""
    return f'operation {operation} has ended already, with status "{status}"'


def final_text(status: str) -> str:
    """Why an operation that ended cannot be cancelled."""
    return f'cannot cancel operation since status "{status}" is a final status'


class EventText:
    """Lines of history that the engine writes (contract 3.1)."""

    CREATED = "Created"
    STARTING = "Starting operation"
    #: %w: the worker that fell silent, %s: seconds since it began, %a: number of this attempt.
    RECOVERED = "worker %w fell silent after %s s, beginning attempt %a"
    FAILED = "operation execution failed"
    CANCELED = "Operation canceled"
    ROLLING_BACK = "Starting operation rollback"
    ROLLED_BACK = "Operation rollback flow execution finished with success"
    ROLLBACK_FAILED = "Operation rollback flow execution failed, reason: {reason}"
    FINISHED = "Operation finished"
    FAILED_BY_HAND = "failed by an operator, reason: {reason}"
    NOT_ROLLED_BACK = "Nothing was rolled back: what it did so far stays"
    EVICTED = "Operation evicted"
