"""Schedulers in memory."""

import dataclasses
import datetime
from collections.abc import Collection, Mapping

from maestro import errors
from maestro.domain.operations import CreateScheduler, DeleteScheduler, Operation
from maestro.domain.schedulers import Scheduler, SchedulerState, SchedulerVersion
from tests.fakes.world import World


@dataclasses.dataclass
class _Row:
    """A scheduler: its active version, and the operation that was promised."""

    scheduler: Scheduler
    versions: list[Scheduler]
    promise: Operation | None
    edit: Operation | None = None
    #: Of no version, so that none loses it.
    last_downscale_at: datetime.datetime | None = None

    @property
    def is_deleted(self) -> bool:
        return self.promise is not None and isinstance(self.promise.definition, DeleteScheduler)

    def is_active(self, uid: str, version: str) -> bool:
        return (self.scheduler.uid, self.scheduler.version) == (uid, version)

    def end_edit(self) -> None:
        """Nothing of an edit is seen any more."""
        if self.scheduler.state is SchedulerState.CREATING and self.promise is None:
            self.scheduler = dataclasses.replace(self.scheduler, state=SchedulerState.IN_SYNC)


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

    def is_another(self, name: str, *, uid: str) -> bool:
        return self.uids().get(name, uid) != uid

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
            if not row.is_deleted:
                row.promise, row.edit = operation, None
            assert row.promise
            return row.promise

    def edit(self, name: str) -> Operation | None:
        with self._world.reached():
            return self._row(name).edit

    def open_edit(
        self, name: str, operation: Operation, *, based_on: str | None = None, instead_of: str = ""
    ) -> Operation:
        with self._world.reached():
            row = self._row(name)
            if row.promise and row.is_deleted:
                raise errors.EditInProgress(
                    f"scheduler {name} is being deleted (id: {row.promise.id})"
                )
            if based_on not in (None, row.scheduler.version):
                active = row.scheduler.version
                raise errors.EditInProgress(f"version {active} of {name} became active")
            if row.edit is None or row.edit.id == instead_of:
                row.edit = operation
            return row.edit

    def opened(self) -> list[Operation]:
        with self._world.reached():
            rows = self._rows.values()
            return [
                *(row.promise for row in rows if row.promise),
                *(row.edit for row in rows if row.edit),
            ]

    def pause(self, name: str | None, *, paused: bool) -> None:
        with self._world.reached():
            if name is not None:
                self._row(name)
            (self._paused.add if paused else self._paused.discard)(name)

    def _shown(self, row: _Row) -> Scheduler:
        paused = bool(self._paused & {None, row.scheduler.name})
        return dataclasses.replace(
            row.scheduler, paused=paused, last_downscale_at=row.last_downscale_at
        )

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

    def withdraw(self, operation: Operation) -> None:
        with self._world.reached():
            for name, row in list(self._rows.items()):
                if row.edit and row.edit.id == operation.id:
                    row.edit = None
                    row.end_edit()
                if row.promise and row.promise.id == operation.id:
                    row.promise = None
                    row.end_edit()
                    if isinstance(operation.definition, CreateScheduler):
                        del self._rows[name]

    def begin_edit(self, uid: str, operation: str) -> None:
        with self._world.reached():
            row = self._edited(uid, [operation])
            if row:
                row.scheduler = dataclasses.replace(row.scheduler, state=SchedulerState.CREATING)

    def add_version(self, scheduler: Scheduler, switch: Operation, *, edit: str) -> None:
        with self._world.reached():
            row = self._edited(scheduler.uid, [edit, switch.id])
            if row is None:
                raise errors.OperationFailed(f"scheduler {scheduler.name} is edited by others")
            row.edit = switch
            if scheduler.version not in {stored.version for stored in row.versions}:
                row.versions.append(scheduler)

    def switch(self, uid: str, version: str, operation: str) -> None:
        with self._world.reached():
            if any(row.is_active(uid, version) for row in self._rows.values()):
                if row := self._edited(uid, [operation]):
                    row.edit = None
                    row.end_edit()
                return
            row = self._edited(uid, [operation])
            found = [each for each in row.versions if each.version == version] if row else []
            if row is None or not found:
                raise errors.NotFound(f"version {version} not found, or no longer wanted")
            kept = {"state": row.scheduler.state, "created_at": row.scheduler.created_at}
            row.scheduler = dataclasses.replace(found[0], **kept)  # type: ignore[arg-type]
            row.edit = None
            row.end_edit()

    def end_edit(self, uid: str, operations: Collection[str], *, version: str = "") -> None:
        with self._world.reached():
            row = self._edited(uid, operations)
            if row is None:
                return
            row.edit = None
            row.end_edit()
            if version != row.scheduler.version:
                row.versions = [each for each in row.versions if each.version != version]

    def note_downscale(self, uid: str, at: datetime.datetime) -> None:
        with self._world.reached():
            for row in self._rows.values():
                if row.scheduler.uid == uid:
                    row.last_downscale_at = at

    def delete(self, uid: str) -> None:
        with self._world.reached():
            for name, row in list(self._rows.items()):
                if row.scheduler.uid == uid:
                    del self._rows[name]

    def _edited(self, uid: str, operations: Collection[str]) -> _Row | None:
        """The scheduler, if one of these is the edit that is open."""
        for row in self._rows.values():
            if row.scheduler.uid == uid and row.edit and row.edit.id in operations:
                return row
        return None

    def _row(self, name: str) -> _Row:
        if name not in self._rows:
            raise errors.NotFound(f"scheduler {name} not found")
        return self._rows[name]
