"""Schedulers in memory."""

import dataclasses
from collections.abc import Mapping

from maestro import errors
from maestro.domain.operations import DeleteScheduler, Operation
from maestro.domain.schedulers import Scheduler, SchedulerState, SchedulerVersion
from tests.fakes.world import World


@dataclasses.dataclass
class _Row:
    """A scheduler: its active version, and the operation that was promised."""

    scheduler: Scheduler
    versions: list[Scheduler]
    promise: Operation | None


class FakeSchedulers:
    """The SchedulerRepository of tests."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rows: dict[str, _Row] = {}
        #: Names of those that are paused; None stands for all.
        self._paused: set[str | None] = set()

    def installation(self) -> str:
        with self._world.reached():
            return "5d2bd4d0-7b4f-4c39-9a4c-6c5f3f0d2b11"

    def create(self, scheduler: Scheduler, operation: Operation) -> None:
        with self._world.reached():
            if scheduler.name in self._rows:
                raise errors.AlreadyExists(
                    f"error creating scheduler {scheduler.name}: name already exists"
                )
            self._rows[scheduler.name] = _Row(scheduler, [scheduler], operation)

    def get(self, name: str, *, version: str | None = None) -> Scheduler:
        with self._world.reached():
            row = self._row(name)
            if version is None:
                return self._shown(row)
            for stored in row.versions:
                if stored.version == version:
                    return dataclasses.replace(stored, state=row.scheduler.state)
            raise errors.NotFound(f"scheduler {name} not found")

    def find(
        self, *, name: str | None = None, game: str | None = None, version: str | None = None
    ) -> list[Scheduler]:
        with self._world.reached():
            active = [self._shown(self._rows[each]) for each in sorted(self._rows)]
        return [
            scheduler
            for scheduler in active
            if name in (None, scheduler.name)
            and game in (None, scheduler.game)
            and version in (None, scheduler.version)
        ]

    def uids(self) -> Mapping[str, str]:
        with self._world.reached():
            return {name: row.scheduler.uid for name, row in self._rows.items()}

    def versions(self, name: str) -> list[SchedulerVersion]:
        with self._world.reached():
            row = self._row(name)
            return [
                SchedulerVersion(
                    version=stored.version,
                    is_active=stored.version == row.scheduler.version,
                    created_at=stored.created_at or self._world.clock.now(),
                )
                for stored in reversed(row.versions)
            ]

    def open(self, name: str, operation: Operation) -> Operation:
        with self._world.reached():
            row = self._row(name)
            if row.promise is None or not isinstance(row.promise.definition, DeleteScheduler):
                row.promise = operation
            return row.promise

    def opened(self) -> list[Operation]:
        with self._world.reached():
            return [row.promise for row in self._rows.values() if row.promise]

    def pause(self, name: str | None, *, paused: bool) -> None:
        with self._world.reached():
            if name is not None:
                self._row(name)
            (self._paused.add if paused else self._paused.discard)(name)

    def _shown(self, row: _Row) -> Scheduler:
        paused = bool(self._paused & {None, row.scheduler.name})
        return dataclasses.replace(row.scheduler, paused=paused)

    def mark(self, uid: str, state: SchedulerState) -> None:
        with self._world.reached():
            for row in self._rows.values():
                if row.scheduler.uid == uid:
                    row.scheduler = dataclasses.replace(row.scheduler, state=state)

    def close(self, uid: str, operation: str, *, state: SchedulerState) -> None:
        with self._world.reached():
            for row in self._rows.values():
                is_open = row.promise is not None and row.promise.id == operation
                if row.scheduler.uid == uid and is_open:
                    row.promise = None
                    row.scheduler = dataclasses.replace(row.scheduler, state=state)

    def delete(self, uid: str) -> None:
        with self._world.reached():
            for name, row in list(self._rows.items()):
                if row.scheduler.uid == uid:
                    del self._rows[name]

    def _row(self, name: str) -> _Row:
        if name not in self._rows:
            raise errors.NotFound(f"scheduler {name} not found")
        return self._rows[name]
