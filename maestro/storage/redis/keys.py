"""Every key in Redis is named here, and nowhere else."""

from collections.abc import Iterable

from maestro import errors


class Keys:
    """The keys of one scheduler, all in one slot."""

    def __init__(self, prefix: str, scheduler: str) -> None:
        if "{" in scheduler or "}" in scheduler:
            # Would end the hash tag early; no scheduler is called so.
            raise errors.NotFound(f"scheduler {scheduler} not found")
        self._base = f"{prefix}:{{{scheduler}}}:"

    def _key(self, name: str) -> str:
        return self._base + name

    # Operations

    def operation(self, operation: str) -> str:
        """Hash: the record of one operation."""
        return self.operation_prefix + operation

    @property
    def operation_prefix(self) -> str:
        """What the keys of records begin with; the operation's id follows."""
        return self._key("operation:")

    def history(self, operation: str) -> str:
        """List: what happened to one operation, as JSON, oldest first."""
        return self.history_prefix + operation

    @property
    def history_prefix(self) -> str:
        """What the keys of histories begin with; the operation's id follows."""
        return self._key("history:")

    @property
    def priority(self) -> str:
        """List: ids that come before those of `pending`, first in, first out."""
        return self._key("priority")

    @property
    def pending(self) -> str:
        """List: ids that wait, first in, first out."""
        return self._key("pending")

    @property
    def open(self) -> str:
        """Hash: id → kind, of all operations that have not ended."""
        return self._key("open")

    @property
    def waiting(self) -> str:
        """Hash: kind → id, of deduplicated operations that have not begun."""
        return self._key("waiting")

    @property
    def running(self) -> str:
        """Hash: the operation that runs, its token, worker and start."""
        return self._key("running")

    @property
    def lease(self) -> str:
        """String that expires: the token of the running operation."""
        return self._key("lease")

    @property
    def counter(self) -> str:
        """String: the number in the newest token."""
        return self._key("counter")

    @property
    def parked(self) -> str:
        """Sorted set: ids that wait without a lease → when they go on (µs)."""
        return self._key("parked")

    @property
    def wakeful(self) -> str:
        """Set: parked ids that go on when a room changes."""
        return self._key("wakeful")

    @property
    def final(self) -> str:
        """Sorted set: ids that ended → when they were created (µs)."""
        return self._key("final")

    @property
    def hinted(self) -> str:
        """String that expires: a hint is under way."""
        return self._key("hinted")

    # Rooms

    def room(self, room: str) -> str:
        """Hash: the record of one room."""
        return self.room_prefix + room

    @property
    def room_prefix(self) -> str:
        """What the keys of rooms begin with; the room's id follows."""
        return self._key("room:")

    @property
    def settings(self) -> str:
        """Hash: what a ping needs to know of the scheduler."""
        return self._key("settings")

    @property
    def rooms(self) -> str:
        """Sorted set: all room ids, every score 0, so that they lie in order."""
        return self._key("rooms")

    @property
    def status(self) -> str:
        """Sorted set: rooms of the fleet → number of their status."""
        return self._key("status")

    @property
    def ready(self) -> str:
        """Sorted set: rooms that are ready → since when they may be allocated (µs)."""
        return self._key("ready")

    @property
    def claims(self) -> str:
        """Sorted set: rooms that are reserved for a match → until when (µs)."""
        return self._key("claims")

    @property
    def generation(self) -> str:
        """String: raised whenever a room changes its status, comes or goes."""
        return self._key("generation")

    @property
    def memory(self) -> str:
        """String: what the last health check left to the next, as JSON."""
        return self._key("memory")

    @property
    def figures(self) -> str:
        """String that expires: what the last health check saw, in numbers, as JSON."""
        return self._key("figures")

    @property
    def decisions(self) -> str:
        """List: what was decided about the size of the fleet, as JSON, newest first."""
        return self._key("decisions")

    @property
    def crashes(self) -> str:
        """Sorted set: `version/room` of rooms that crashed → when (µs)."""
        return self._key("crashes")

    @property
    def checking(self) -> str:
        """String that expires: changes of rooms wait for the next health check."""
        return self._key("checking")

    @property
    def changes(self) -> str:
        """Hash: room → newest change that the watcher learned, as JSON."""
        return self._key("changes")

    @property
    def tombstones(self) -> str:
        """Sorted set: `room/uid` of what was deleted → when to forget it (µs)."""
        return self._key("tombstones")

    @property
    def ports(self) -> str:
        """Hash: `protocol:port` → `room port-name` that holds it."""
        return self._key("ports")

    # Events for forwarders

    @property
    def outbox(self) -> str:
        """
        What the keys of the outbox begin with.

        - `entries`, hash: key of an entry → the event, as JSON.
        - `resyncs`, sorted set: keys of resyncs, one per room (`r/room`) → their numbers.
        - `events`, sorted set: keys of all other entries → their numbers.
        - `partly`, hash: key of an entry → which forwarders heard of it already, as JSON.
        - `lists`, hash: number → the forwarders from then on, as JSON; entries refer to them.
        - `last`, string: the greatest number that was given.
        - `dropped`, string: how many resyncs had to make room.
        - `lease`, string that expires: the token of the process that drains.
        """
        return self._key("outbox:")

    @property
    def outbox_lease(self) -> str:
        """String that expires: the token of the process that drains the outbox."""
        return f"{self.outbox}lease"

    def _whole_outbox(self) -> list[str]:
        parts = (
            "entries", "resyncs", "events", "partly", "lists", "last", "dropped", "lease",
        )  # fmt: skip
        return [self.outbox + part for part in parts]

    def everything(self, *, rooms: Iterable[str], operations: Iterable[str]) -> list[str]:
        """All keys but the lease, `open` and `final`, given the ids that names are made from."""
        singles = (
            self.priority, self.pending, self.waiting, self.counter, self.parked,
            self.wakeful, self.hinted, self.settings, self.rooms, self.status,
            self.generation, self.changes, self.tombstones, self.ports, self.memory,
            self.crashes, self.checking, self.ready, self.claims,
            self.decisions, self.figures,
        )  # fmt: skip
        records = [key(each) for each in operations for key in (self.operation, self.history)]
        return [*singles, *self._whole_outbox(), *map(self.room, rooms), *records]


def schedulers(prefix: str) -> str:
    """Set: names of schedulers that have operations, or had."""
    return f"{prefix}:schedulers"


def accepting(prefix: str) -> str:
    """String: when pings could be accepted last (µs)."""
    return f"{prefix}:{{accepting}}:last"


def outages(prefix: str) -> str:
    """Sorted set: `start-end` of times in which no ping could be accepted → end (µs)."""
    return f"{prefix}:{{accepting}}:outages"


def watcher(prefix: str) -> str:
    """String that expires: the watcher that leads."""
    return f"{prefix}:watcher"


def report(prefix: str) -> str:
    """String that expires: the newest report of all fleets, as JSON."""
    return f"{prefix}:report"


def beat(prefix: str) -> str:
    """String that expires: the beat that ticks."""
    return f"{prefix}:beat"


def epoch(prefix: str) -> str:
    """String: number of the newest full list."""
    return f"{prefix}:epoch"


def serving(prefix: str) -> str:
    """Sorted set: JSON list of patterns → until when a worker said that it serves them (µs)."""
    return f"{prefix}:serving"


def draining(prefix: str) -> str:
    """Sorted set: processes that drain outboxes → until when they said so (µs)."""
    return f"{prefix}:draining"


def letters(prefix: str) -> str:
    """Hash: id of a dead letter → the letter, as JSON. Of all schedulers, also of deleted ones."""
    return f"{prefix}:{{letters}}:texts"


def letter_times(prefix: str) -> str:
    """Sorted set: id of a dead letter → when it was buried (µs)."""
    return f"{prefix}:{{letters}}:times"
