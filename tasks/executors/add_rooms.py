"""
Add rooms of the active version.

Names follow from the operation's id, so that an operation that runs twice ends with the same
rooms and not with twice as many.
"""

from collections import Counter
from collections.abc import Sequence

import structlog

from maestro import errors
from maestro.domain import shortage
from maestro.domain.operations import AddRooms, RemovalReason
from maestro.domain.rooms import REMOVABLE, NewRoom, room_name
from maestro.domain.schedulers import Scheduler, SchedulerState
from maestro.ports.runtime import Runtime
from maestro.ports.storage import PortRegistry, RoomStore, SchedulerRepository
from maestro.services.concurrently import for_each
from maestro.services.execution import Run
from maestro.services.removal import Removal

log = structlog.get_logger(__name__)


class AddsRooms:
    """Creates rooms in batches; a failed minority is reported, a failed majority undone."""

    def __init__(
        self,
        *,
        schedulers: SchedulerRepository,
        rooms: RoomStore,
        ports: PortRegistry,
        runtime: Runtime,
        removal: Removal,
        limit: int,
        batch: int,
        call_timeout_s: float,
    ) -> None:
        self._schedulers = schedulers
        self._rooms = rooms
        self._ports = ports
        self._runtime = runtime
        self._removal = removal
        self._limit = limit
        self._batch = batch
        self._call_timeout_s = call_timeout_s

    def execute(self, run: Run, definition: AddRooms) -> None:
        scheduler = self._schedulers.get(run.scheduler)
        if scheduler.state is SchedulerState.TERMINATING:
            raise errors.OperationFailed(f"scheduler {run.scheduler} is being deleted")
        version = run.choose("version", lambda: scheduler.version)
        if version != scheduler.version:
            scheduler = self._schedulers.get(run.scheduler, version=version)
        names = self._names(run, definition)
        failures: Counter[str] = Counter()
        for start in range(0, len(names), self._batch):
            run.check(needed_s=self._call_timeout_s)
            failures += self._add(run, scheduler, names[start : start + self._batch])
        self._report(run, amount=len(names), failures=failures)

    def rollback(self, run: Run, definition: AddRooms) -> None:
        """Remove those that exist and that nobody plays in yet."""
        self._remove(run, self._names(run, definition))

    def _names(self, run: Run, definition: AddRooms) -> list[str]:
        amount = min(definition.amount, self._limit)
        return [room_name(run.scheduler, run.operation.id, "add", i) for i in range(amount)]

    def _add(self, run: Run, scheduler: Scheduler, names: Sequence[str]) -> Counter[str]:
        """Create one batch; returns the reasons of those that failed."""
        reserved = self._ports.reserve(
            run.grant, names, scheduler, taken=self._runtime.ports_in_use()
        )
        rooms = [
            NewRoom(
                id=name,
                scheduler=run.scheduler,
                version=scheduler.version,
                operation=run.operation.id,
                attempt=run.operation.attempt,
                ports=ports,
                request_id=run.operation.request_id,
            )
            for name, ports in reserved.items()
            if not isinstance(ports, str)
        ]
        self._rooms.register(run.grant, rooms)
        answers = for_each(rooms, lambda room: self._runtime.create_room(room, scheduler))
        created = [a for _, a in answers if not isinstance(a, errors.MaestroError)]
        failed = {r.id: str(a) for r, a in answers if isinstance(a, errors.MaestroError)}
        self._rooms.created(run.grant, created)
        # Of a creation that failed the outcome is unknown: it may have happened.
        self._remove(run, list(failed))
        short = [reason for reason in reserved.values() if isinstance(reason, str)]
        return Counter([*short, *failed.values()])

    def _remove(self, run: Run, names: Sequence[str]) -> None:
        self._removal.remove(
            run,
            names,
            allowed=REMOVABLE,
            grace_period_s=0,
            reason=RemovalReason.EXPIRED_ROOM,
        )

    def _report(self, run: Run, *, amount: int, failures: Counter[str]) -> None:
        failed = failures.total()
        added = amount - failed
        run.write(shortage.FAILURES, dict(failures))
        for reason, times in failures.items():
            run.note(f"{times} rooms could not be created: {reason}")
        if failed > added:
            raise errors.OperationFailed(
                f"more rooms failed than succeeded, errors: {failed} and successes: {added} "
                f"of amount: {amount}"
            )
        run.note(f"added {added} rooms")
        log.info("rooms_added", amount=added, failed=failed)
