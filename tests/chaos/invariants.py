"""What must hold once it is quiet, whoever died. Each check returns what is wrong, in words."""

import dataclasses
import datetime
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from maestro import errors
from maestro.bootstrap import Maestro
from maestro.domain.operations import (
    BESIDE_PARKED,
    OPEN,
    EventText,
    Operation,
    OperationStatus,
)
from maestro.ports.storage import Stage
from tests.chaos.fleets import Fleet
from tests.chaos.ledger import Accepted, Ledger
from tests.chaos.site import Site


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """What is wrong: something is `lost` (or stuck), `doubled` or `leaked`."""

    sort: str
    what: str


class Invariants:
    """Looks at the stores and the runtime themselves."""

    def __init__(self, site: Site, parts: Maestro, ledger: Ledger, fleets: Sequence[Fleet]) -> None:
        self._site = site
        self._parts = parts
        self._ledger = ledger
        self._left = [fleet for fleet in fleets if fleet.name not in ledger.deleted]

    def unsettled(self) -> list[str]:
        """What is still going on."""
        return [*self._promised(), *self._open(), *self._undeleted(), *self._wrong_size()]

    def broken(self) -> list[Broken]:
        """Everything that is wrong, once nothing goes on any more."""
        checks = {
            "lost": [self._unsettled_still, self._unanswered, self._matches_lost, self._other_size],
            "doubled": [self._ended_twice, self._overlapping, self._out_of_order],
            "leaked": [self._leases, self._keys_of_the_deleted, self._strangers],
        }
        return [
            Broken(sort=sort, what=what)
            for sort, some in checks.items()
            for check in some
            for what in check()
        ]

    # Still going on

    def _promised(self) -> Iterator[str]:
        """What only PostgreSQL knows yet, since Redis was away; a sweep brings it to Redis."""
        for each in self._parts.schedulers.opened():
            yield f"{each.definition.NAME} {each.id} of {each.scheduler} is promised"

    def _open(self) -> Iterator[str]:
        for name in self._parts.operations.schedulers():
            for operation, kind in self._parts.operations.open_kinds(name).items():
                if kind != "health_controller":
                    yield f"{kind} {operation} of {name} is open"

    def _undeleted(self) -> Iterator[str]:
        stored = self._parts.schedulers.uids()
        yield from (f"{name} is not deleted" for name in self._ledger.deleted if name in stored)

    def _wrong_size(self) -> Iterator[str]:
        for fleet in self._left:
            wanted = self._parts.schedulers.get(fleet.name).rooms_replicas
            found = len(self._parts.rooms.all(fleet.name))
            if found != wanted:
                yield f"{fleet.name} has {found} rooms instead of {wanted}"

    def _unsettled_still(self) -> Iterator[str]:
        yield from self.unsettled()

    # Lost

    def _unanswered(self) -> Iterator[str]:
        for accepted in self._ledger.living():
            operation = self._operation(accepted.scheduler, accepted.id)
            if operation is None:
                yield f"{accepted.kind} {accepted.id} of {accepted.scheduler} is gone"
            elif reason := _wrong_end(accepted, operation):
                yield f"{accepted.kind} {accepted.id} of {accepted.scheduler} {reason}"

    def _matches_lost(self) -> Iterator[str]:
        for name, occupied in self._ledger.occupied.items():
            status = {room.id: room.status for room in self._parts.rooms.all(name)}
            for room in sorted(occupied):
                if status.get(room) != "occupied":
                    yield f"room {room} was occupied and is {status.get(room, 'gone')}"

    def _other_size(self) -> Iterator[str]:
        for fleet in self._left:
            edits = [
                each.rooms
                for each in self._ledger.of(fleet.name)
                if each.kind == "edit" and self._came_to_be(each)
            ]
            wanted = self._parts.schedulers.get(fleet.name).rooms_replicas
            if edits and fleet.name not in self._ledger.unsure and edits[-1] != wanted:
                yield f"{fleet.name} was to have {edits[-1]} rooms at last, not {wanted}"

    def _came_to_be(self, edit: Accepted) -> bool:
        operation = self._operation(edit.scheduler, edit.id)
        return bool(operation and operation.status is OperationStatus.FINISHED)

    # Doubled

    def _ended_twice(self) -> Iterator[str]:
        for operation in self._all():
            told = Counter(event.event for event in operation.history)
            for line in (EventText.CREATED, EventText.STARTING, EventText.FINISHED):
                if told[line] > 1:
                    yield f"{_name(operation)} tells {told[line]} times: {line}"

    def _overlapping(self) -> Iterator[str]:
        for operations in self._by_scheduler().values():
            spans = [
                (*span, _name(operation))
                for operation in operations
                if operation.definition.NAME not in BESIDE_PARKED and (span := _span(operation))
            ]
            for (_, end, one), (start, _, other) in itertools.pairwise(sorted(spans)):
                if start < end:
                    yield f"{one} and {other} were executed at once"

    def _out_of_order(self) -> Iterator[str]:
        """Those of one list begin in the order in which they were accepted."""
        for name in {each.scheduler for each in self._ledger.living()}:
            begun = [
                (started, each.id)
                for each in self._ledger.of(name)
                if each.kind == "test"
                and (operation := self._operation(name, each.id))
                and (started := _moment(operation, EventText.STARTING))
            ]
            if begun != sorted(begun, key=lambda each: each[0]):
                yield f"operations of {name} did not begin in order"

    # Leaked

    def _leases(self) -> Iterator[str]:
        for key in self._site.stored_keys():
            name = key.rpartition(":")[2]
            if name in ("lease", "running", "parked", "wakeful", "priority", "changes"):
                yield f"{key} is left"

    def _keys_of_the_deleted(self) -> Iterator[str]:
        kept = {each.id for each in self._ledger.accepted if each.kind == "delete"}
        for key in sorted(self._site.stored_keys()):
            scheduler = key.partition("{")[2].partition("}")[0]
            is_kept = key.rpartition(":")[2] in {"final", *kept}
            if scheduler in self._sure_deleted() and not is_kept:
                yield f"{key} is left of a deleted scheduler"

    def _sure_deleted(self) -> set[str]:
        """Those whose deletion was answered: of the others nobody knows the operation."""
        return {each.scheduler for each in self._ledger.accepted if each.kind == "delete"}

    def _strangers(self) -> Iterator[str]:
        stored = {room.id for fleet in self._left for room in self._parts.rooms.all(fleet.name)}
        running = {each.room for each in self._parts.runtime.list_rooms().instances}
        processes = {each.environ()["MAESTRO_ROOM_ID"] for each in self._site.rooms()}
        yield from (f"room {each} runs and is unknown" for each in running - stored)
        yield from (f"room {each} is known and does not run" for each in stored - running)
        yield from (f"process of room {each} is unknown" for each in processes - stored)
        yield from (f"room {each} has no process" for each in stored - processes)

    # What there is

    def _operation(self, scheduler: str, operation: str) -> Operation | None:
        try:
            return self._parts.operations.get(scheduler, operation)
        except errors.NotFound:
            return None

    def _all(self) -> Iterator[Operation]:
        for operations in self._by_scheduler().values():
            yield from operations

    def _by_scheduler(self) -> dict[str, list[Operation]]:
        found: dict[str, list[Operation]] = defaultdict(list)
        for name in self._parts.operations.schedulers():
            ids, _ = self._parts.operations.page(name, Stage.FINAL, descending=False, limit=10_000)
            found[name] = [self._parts.operations.get(name, each.id) for each in ids]
        return found


def _name(operation: Operation) -> str:
    return f"{operation.definition.NAME} {operation.id} of {operation.scheduler}"


def _wrong_end(accepted: Accepted, operation: Operation) -> str:
    if operation.status in OPEN:
        return f"is {operation.status} for ever"
    if accepted.cancelled and operation.status is not OperationStatus.CANCELED:
        return f"was cancelled, and is {operation.status}"
    if operation.status is OperationStatus.ERROR:
        # Nothing that is asked for here may fail, whoever dies.
        return f"failed: {[event.event for event in operation.history]}"
    return ""


def _moment(operation: Operation, line: str) -> datetime.datetime | None:
    found = [event.created_at for event in operation.history if event.event == line]
    return found[0] if found else None


def _span(operation: Operation) -> tuple[datetime.datetime, datetime.datetime] | None:
    began, ended = _moment(operation, EventText.STARTING), _moment(operation, EventText.FINISHED)
    return (began, ended) if began and ended else None
