"""
Events on their way to forwarders: the outbox they wait in, and whoever delivers them.

What happens to rooms is written into the outbox by the very calls of the other stores that make
it happen (`storage`), once per event and not once per forwarder.
"""

import dataclasses
import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from maestro.domain.forwarding.answers import Answer
from maestro.domain.forwarding.events import Event
from maestro.domain.forwarding.messages import Message
from maestro.domain.rooms import Room
from maestro.domain.schedulers import Forwarder

# Delivery ---------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One message for one forwarder."""

    scheduler: str
    forwarder: Forwarder
    message: Message


class Forwarders(Protocol):
    """Calls forwarders."""

    def begin(self, call: Call, then: Callable[[Answer], None]) -> None:
        """
        Call, and go on at once; `then` gets the answer, once, from a thread of any kind.

        It comes within the forwarder's timeout. Raises nothing: what fails is an answer too.
        """

    def close(self) -> None:
        """End all calls and connections."""


# The outbox -------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Audience:
    """Who is told of a scheduler's events, and the room that one is about."""

    game: str
    #: The enabled ones.
    forwarders: tuple[Forwarder, ...]
    #: None when it is not known.
    room: Room | None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Ref:
    """One entry, in the very state in which it was read."""

    key: str
    #: Greater than that of every older entry; the µs since 1970 at which it was written.
    number: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An event that waits, and whom it is for."""

    ref: Ref
    event: Event
    #: Those of the time at which it was written.
    forwarders: tuple[Forwarder, ...]
    #: Names of those that heard of it already.
    heard: frozenset[str] = frozenset()
    #: A newer entry of the same key takes the place of this one.
    replaceable: bool = False

    @property
    def left(self) -> tuple[Forwarder, ...]:
        """Those that have not heard of it."""
        return tuple(each for each in self.forwarders if each.name not in self.heard)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """The right to drain one scheduler's outbox, for as long as the lease lasts."""

    scheduler: str
    token: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """What was done since the last exchange, and how much is asked for."""

    hold: Hold
    #: Number of the newest entry that was read.
    after: int
    limit: int
    #: Entries that nobody waits for any more.
    done: Sequence[Ref] = ()
    #: Entry → names of all forwarders that heard of it, while others did not.
    partly: Mapping[Ref, Sequence[str]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Entries, oldest first."""

    entries: Sequence[Entry]
    #: Number of the newest entry that was looked at.
    read_to: int
    #: The store's own time.
    now: datetime.datetime


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """An event that one forwarder was not told of, and will not be."""

    scheduler: str
    forwarder: Forwarder
    event: Event
    #: Number of the entry that it was.
    number: int
    reason: str
    attempts: int
    at: datetime.datetime


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class OutboxState:
    """An outbox in numbers."""

    #: Entries that wait.
    length: int
    #: Resyncs that had to make room since the scheduler was created.
    dropped: int


class Outbox(Protocol):
    """
    Events that wait, per scheduler.

    Undelivered resyncs of one room are replaced by its newest one. Every call may raise
    Unavailable.
    """

    def audience(self, scheduler: str, room: str) -> Audience:
        """Who is told now; raises NotFound for a scheduler without a fleet."""

    def to_drain(self) -> list[str]:
        """Schedulers that have entries, or forwarders and so may have some any time."""

    def attend(self, process: str, *, ttl_s: float) -> int:
        """Say that this process drains; returns how many do."""

    def leave(self, process: str) -> None:
        """This process drains no more."""

    def hold(self, scheduler: str, process: str, *, ttl_s: float) -> Hold | None:
        """Become the one that drains it; None when another one is."""

    def renew(self, holds: Sequence[Hold], *, ttl_s: float) -> list[bool]:
        """Prolong leases; for each, whether it is still ours."""

    def release(self, hold: Hold) -> None:
        """Let another process drain at once; nothing when it is not ours."""

    def exchange(self, exchanges: Sequence[Exchange]) -> list[Batch | None]:
        """Settle and read, all in one round trip; None where the lease is no longer ours."""

    def waiting(self, scheduler: str) -> list[Entry]:
        """Everything that waits, oldest first."""

    def states(self, schedulers: Sequence[str]) -> list[OutboxState]:
        """Of each of these schedulers, in one round trip."""

    # Dead letters outlive the scheduler; they are bounded by number and age.

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        """Keep what is not going to be delivered; asked twice, it is kept once."""

    def letters(self, scheduler: str) -> list[DeadLetter]:
        """Those that are kept, oldest first."""

    def letter_counts(self) -> Mapping[str, int]:
        """How many there are of each scheduler that has some."""

    def replay(self, letters: Sequence[DeadLetter]) -> None:
        """
        Let them wait for their forwarder again, as new entries, and keep them no longer.

        Raises NotFound when their scheduler is gone.
        """
