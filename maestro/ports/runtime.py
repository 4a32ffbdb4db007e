"""
The runtime: what makes rooms exist. Kubernetes, or processes of this machine.

Every call may raise `Unavailable` (asking again helps; what was asked may have happened) or
`RuntimeRefused` (it will not do this), and takes at most the timeout the runtime was built with.
"""

import dataclasses
import enum
from collections.abc import Generator, Sequence
from typing import Protocol

from maestro.domain.operations import RemovalReason
from maestro.domain.rooms import Instance, NewRoom
from maestro.domain.schedulers import Scheduler
from maestro.errors import Violation

#: How long whoever watches waits at most to do something else in between.
TICK_S = 1.0


class ChangeKind(enum.StrEnum):
    """What a watch tells of an instance."""

    PRESENT = "present"
    GONE = "gone"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class InstanceChange:
    """An instance was added or changed, or is gone."""

    kind: ChangeKind
    instance: Instance


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """All instances of this installation at one moment."""

    instances: Sequence[Instance]
    #: Where a watch continues from.
    resource_version: str


class Runtime(Protocol):
    """Creates, deletes, lists and watches the rooms of this installation, and no others."""

    def violations(self, scheduler: Scheduler) -> list[Violation]:
        """What of `scheduler` this runtime cannot run. Asks nobody."""

    def create_scheduler(self, scheduler: Scheduler) -> None:
        """
        Make the place where the scheduler's rooms live.

        Asked again for the same `uid`: nothing happens. Raises AlreadyExists when something
        that is not ours bears the name, Unavailable while ours is still being deleted.
        """

    def delete_scheduler(self, name: str, *, uid: str) -> None:
        """Remove that place with every room in it, if it is ours and of this uid; do not wait."""

    def create_room(self, room: NewRoom, scheduler: Scheduler) -> Instance:
        """
        Create the instance of a room; returns before it runs.

        A room of that name made by the same operation counts as created. Raises AlreadyExists
        when another operation made it.
        """

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
        """
        Ask the instance to end, and end it after the grace period; returns at once.

        False when there is no such instance (of this `uid`, unless it is empty). `force`: it is
        gone soon even if nobody can tell that its processes ended, as on a node that is dead.
        """

    def list_rooms(self) -> Listing:
        """All instances, as they are now: never an older answer than one given before."""

    def watch_rooms(
        self, resource_version: str, *, timeout_s: float
    ) -> Generator[Sequence[InstanceChange], None, None]:
        """
        What happens after `resource_version`, in order per room; ends after `timeout_s`.

        When nothing happens there is an empty batch about every `TICK_S`. Raises Unavailable when
        it cannot continue from there, or is not sure to hear of everything: list again. Closing
        it ends whatever it holds open.
        """

    def protect_rooms(self, scheduler: str, *, uid: str, at_least: int) -> None:
        """
        Ask who maintains the runtime's machines to leave so many rooms of the scheduler running.

        Nothing happens when it is not ours and of this uid, or nobody maintains any machines.
        """

    def ports_in_use(self) -> frozenset[tuple[str, int]]:
        """
        (protocol, port) pairs that rooms of any scheduler hold and another must not get.

        Empty where the runtime keeps rooms that collide apart by itself.
        """
