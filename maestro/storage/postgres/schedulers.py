"""Schedulers in PostgreSQL: what was promised to operators, and must survive anything."""

import dataclasses
import datetime
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maestro import errors
from maestro.domain import documents
from maestro.domain.operations import FORMAT, CreateScheduler, DeleteScheduler, Operation
from maestro.domain.schedulers import Scheduler, SchedulerState, SchedulerVersion
from maestro.metrics import POSTGRES_FAILS, POSTGRES_SECONDS
from maestro.metrics.timing import timed
from maestro.storage.postgres import tables
from maestro.storage.postgres.translation import translated

_SCHEDULERS, _VERSIONS = tables.schedulers, tables.versions

_IN_VERSION = _VERSIONS.c.scheduler_uid == _SCHEDULERS.c.uid
_IN_ACTIVE_VERSION = sa.and_(_IN_VERSION, _VERSIONS.c.version == _SCHEDULERS.c.active_version)
_SETTLED = {SchedulerState.CREATING.value: SchedulerState.IN_SYNC.value}
_STATE = sa.case(_SETTLED, value=_SCHEDULERS.c.state, else_=_SCHEDULERS.c.state)
#: An edit shows as `creating`, and so does a creation, which may still be under way.
_STATE_WITHOUT_EDIT = sa.case(
    (_SCHEDULERS.c.open_operation.is_(None), _STATE), else_=_SCHEDULERS.c.state
)
_ALL_PAUSED = sa.select(tables.installation.c.paused).scalar_subquery()


@timed(POSTGRES_SECONDS, POSTGRES_FAILS, "scheduler-storage")
class PostgresSchedulers:
    """The SchedulerRepository of production."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def installation(self) -> str:
        query = sa.select(tables.installation.c.id)
        with translated(), self._engine.connect() as connection:
            return str(connection.execute(query).scalar_one())

    def create(self, scheduler: Scheduler, operation: Operation) -> None:
        row = {
            "uid": scheduler.uid,
            "name": scheduler.name,
            "game": scheduler.game,
            "state": scheduler.state,
            "active_version": scheduler.version,
            "created_at": scheduler.created_at,
            "open_operation": _promise(operation),
        }
        claim = insert(_SCHEDULERS).values(row).on_conflict_do_nothing(index_elements=["name"])
        with translated(), self._engine.begin() as connection:
            if not connection.execute(claim.returning(_SCHEDULERS.c.uid)).first():
                raise errors.AlreadyExists(
                    f"error creating scheduler {scheduler.name}: name already exists"
                )
            connection.execute(_VERSIONS.insert().values(_version_row(scheduler)))

    def get(self, name: str, *, version: str | None = None) -> Scheduler:
        wanted = _SCHEDULERS.c.active_version if version is None else version
        query = _select_schedulers(
            sa.and_(_IN_VERSION, _VERSIONS.c.version == wanted), _SCHEDULERS.c.name == name
        )
        with translated(), self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise _not_found(name)
        scheduler = _scheduler(row)
        if version is None:
            return scheduler
        return dataclasses.replace(scheduler, created_at=row["version_created_at"])

    def find(
        self, *, name: str | None = None, game: str | None = None, version: str | None = None
    ) -> list[Scheduler]:
        wanted = {"name": name, "game": game, "active_version": version}
        conditions = [
            _SCHEDULERS.c[column] == value for column, value in wanted.items() if value is not None
        ]
        query = _select_schedulers(_IN_ACTIVE_VERSION, *conditions).order_by(_SCHEDULERS.c.name)
        with translated(), self._engine.connect() as connection:
            return [_scheduler(row) for row in connection.execute(query).mappings()]

    def is_another(self, name: str, *, uid: str) -> bool:
        query = sa.select(_SCHEDULERS.c.uid).where(_SCHEDULERS.c.name == name)
        with translated(), self._engine.connect() as connection:
            known = connection.execute(query).scalar_one_or_none()
        return known not in (None, uid)

    def uids(self) -> Mapping[str, str]:
        query = sa.select(_SCHEDULERS.c.name, _SCHEDULERS.c.uid)
        with translated(), self._engine.connect() as connection:
            return {row.name: row.uid for row in connection.execute(query)}

    def versions(self, name: str) -> list[SchedulerVersion]:
        query = (
            sa.select(
                _VERSIONS.c.version,
                (_VERSIONS.c.version == _SCHEDULERS.c.active_version).label("is_active"),
                _VERSIONS.c.created_at,
            )
            .join_from(_SCHEDULERS, _VERSIONS, _IN_VERSION)
            .where(_SCHEDULERS.c.name == name)
            .order_by(_VERSIONS.c.created_at.desc(), _VERSIONS.c.version.desc())
        )
        with translated(), self._engine.connect() as connection:
            found = [SchedulerVersion(**row) for row in connection.execute(query).mappings()]
        if not found:
            raise _not_found(name)
        return found

    def open(self, name: str, operation: Operation) -> Operation:
        with translated(), self._engine.begin() as connection:
            row = connection.execute(_select_promises(name).with_for_update()).mappings().first()
            if row is None:
                raise _not_found(name)
            standing = row["open_operation"]
            if standing and standing["definition"] == DeleteScheduler.NAME:
                return _kept_promise(row, "open_operation")
            connection.execute(
                _SCHEDULERS.update()
                .where(_SCHEDULERS.c.uid == row["uid"])
                .values(open_operation=_promise(operation), open_edit=None)
            )
        return operation

    def edit(self, name: str) -> Operation | None:
        with translated(), self._engine.connect() as connection:
            row = connection.execute(_select_promises(name)).mappings().first()
        if row is None:
            raise _not_found(name)
        return _kept_promise(row, "open_edit") if row["open_edit"] else None

    def open_edit(
        self, name: str, operation: Operation, *, based_on: str | None = None, instead_of: str = ""
    ) -> Operation:
        with translated(), self._engine.begin() as connection:
            row = connection.execute(_select_promises(name).with_for_update()).mappings().first()
            if row is None:
                raise _not_found(name)
            _refuse_edit(row, based_on)
            if row["open_edit"] and row["open_edit"]["id"] != instead_of:
                return _kept_promise(row, "open_edit")
            connection.execute(
                _SCHEDULERS.update()
                .where(_SCHEDULERS.c.uid == row["uid"])
                .values(open_edit=_promise(operation))
            )
        return operation

    def opened(self) -> list[Operation]:
        with translated(), self._engine.connect() as connection:
            rows = connection.execute(_select_promises()).mappings().all()
        slots = ("open_operation", "open_edit")
        return [_kept_promise(row, slot) for slot in slots for row in rows if row[slot]]

    def pause(self, name: str | None, *, paused: bool) -> None:
        update = (
            tables.installation.update()
            if name is None
            else _SCHEDULERS.update().where(_SCHEDULERS.c.name == name)
        )
        with translated(), self._engine.begin() as connection:
            if not connection.execute(update.values(paused=paused)).rowcount:
                raise _not_found(name or "")

    def mark(self, uid: str, state: SchedulerState) -> None:
        update = _SCHEDULERS.update().where(_SCHEDULERS.c.uid == uid).values(state=state)
        with translated(), self._engine.begin() as connection:
            connection.execute(update)

    def close(self, uid: str, operation: str, *, state: SchedulerState) -> None:
        is_open = _SCHEDULERS.c.open_operation["id"].astext == operation
        update = (
            _SCHEDULERS.update()
            .where(_SCHEDULERS.c.uid == uid, is_open)
            .values(open_operation=None, state=state)
        )
        with translated(), self._engine.begin() as connection:
            connection.execute(update)

    def withdraw(self, operation: Operation) -> None:
        statement: sa.Update | sa.Delete
        slot = _SCHEDULERS.c.open_operation
        if operation.definition.EDITS_VERSION:
            slot = _SCHEDULERS.c.open_edit
            statement = _SCHEDULERS.update().values(open_edit=None, state=_STATE_WITHOUT_EDIT)
        elif isinstance(operation.definition, CreateScheduler):
            statement = _SCHEDULERS.delete()
        else:
            # Its promise took the place of that of the creation, which could not tell its end.
            statement = _SCHEDULERS.update().values(open_operation=None, state=_STATE)
        with translated(), self._engine.begin() as connection:
            connection.execute(statement.where(slot["id"].astext == operation.id))

    def begin_edit(self, uid: str, operation: str) -> None:
        update = _edit_open(uid, [operation]).values(state=SchedulerState.CREATING)
        with translated(), self._engine.begin() as connection:
            connection.execute(update)

    def add_version(self, scheduler: Scheduler, switch: Operation, *, edit: str) -> None:
        promise = _edit_open(scheduler.uid, [edit, switch.id]).values(open_edit=_promise(switch))
        version = insert(_VERSIONS).values(_version_row(scheduler)).on_conflict_do_nothing()
        with translated(), self._engine.begin() as connection:
            if not connection.execute(promise).rowcount:
                raise errors.OperationFailed(f"scheduler {scheduler.name} is edited by others")
            connection.execute(version)

    def switch(self, uid: str, version: str, operation: str) -> None:
        update = (
            _edit_open(uid, [operation])
            .where(_IN_VERSION, _VERSIONS.c.version == version)
            .values(
                active_version=_VERSIONS.c.version,
                game=_VERSIONS.c.document["Game"].astext,
                state=_STATE_WITHOUT_EDIT,
                open_edit=None,
            )
        )
        is_active = sa.select(_SCHEDULERS.c.uid).where(
            _SCHEDULERS.c.uid == uid, _SCHEDULERS.c.active_version == version
        )
        with translated(), self._engine.begin() as connection:
            if connection.execute(update).rowcount or connection.execute(is_active).first():
                return
        raise errors.NotFound(f"version {version} not found, or no longer wanted")

    def end_edit(self, uid: str, operations: Collection[str], *, version: str = "") -> None:
        update = _edit_open(uid, operations).values(state=_STATE_WITHOUT_EDIT, open_edit=None)
        is_active = sa.exists().where(_IN_ACTIVE_VERSION)
        delete = _VERSIONS.delete().where(
            _VERSIONS.c.scheduler_uid == uid, _VERSIONS.c.version == version, sa.not_(is_active)
        )
        with translated(), self._engine.begin() as connection:
            if connection.execute(update).rowcount:
                connection.execute(delete)

    def note_downscale(self, uid: str, at: datetime.datetime) -> None:
        update = _SCHEDULERS.update().where(_SCHEDULERS.c.uid == uid).values(last_downscale_at=at)
        with translated(), self._engine.begin() as connection:
            connection.execute(update)

    def delete(self, uid: str) -> None:
        with translated(), self._engine.begin() as connection:
            connection.execute(_SCHEDULERS.delete().where(_SCHEDULERS.c.uid == uid))


def _select_schedulers(
    versions: sa.ColumnElement[bool], *conditions: sa.ColumnElement[bool]
) -> sa.Select[Any]:
    return (
        sa.select(
            _SCHEDULERS,
            sa.or_(_SCHEDULERS.c.paused, _ALL_PAUSED).label("is_paused"),
            _VERSIONS.c.document,
            _VERSIONS.c.created_at.label("version_created_at"),
        )
        .join_from(_SCHEDULERS, _VERSIONS, versions)
        .where(*conditions)
    )


def _edit_open(uid: str, operations: Collection[str]) -> sa.Update:
    """An update while one of these is the open edit, so that late workers change nothing."""
    is_open = _SCHEDULERS.c.open_edit["id"].astext.in_(operations)
    return _SCHEDULERS.update().where(_SCHEDULERS.c.uid == uid, is_open)


def _select_promises(name: str | None = None) -> sa.Select[Any]:
    columns = ("uid", "name", "active_version", "open_operation", "open_edit")
    query = sa.select(*(_SCHEDULERS.c[column] for column in columns))
    if name is not None:
        return query.where(_SCHEDULERS.c.name == name)
    promised = _SCHEDULERS.c.open_operation.is_not(None) | _SCHEDULERS.c.open_edit.is_not(None)
    return query.where(promised)


def _refuse_edit(row: sa.RowMapping, based_on: str | None) -> None:
    name, standing = row["name"], row["open_operation"]
    if standing and standing["definition"] == DeleteScheduler.NAME:
        raise errors.EditInProgress(f"scheduler {name} is being deleted (id: {standing['id']})")
    if based_on not in (None, row["active_version"]):
        raise errors.EditInProgress(f"version {row['active_version']} of {name} became active")


def _scheduler(row: sa.RowMapping) -> Scheduler:
    """Columns win over the document: they hold what changes without a new version."""
    return dataclasses.replace(
        documents.scheduler_from(row["document"], uid=row["uid"]),
        state=SchedulerState(row["state"]),
        paused=row["is_paused"],
        created_at=row["created_at"],
        last_downscale_at=row["last_downscale_at"],
    )


def _version_row(scheduler: Scheduler) -> dict[str, Any]:
    return {
        "scheduler_uid": scheduler.uid,
        "version": scheduler.version,
        "document": documents.scheduler_document(scheduler),
        "created_at": scheduler.created_at,
    }


def _promise(operation: Operation) -> dict[str, Any]:
    return {
        "id": operation.id,
        "format": FORMAT,
        "definition": operation.definition.NAME,
        "input": documents.operation_input(operation.definition),
        "created_at": operation.created_at.isoformat(),
        "request": operation.request_id,
    }


def _kept_promise(row: sa.RowMapping, slot: str) -> Operation:
    promise = row[slot]
    return Operation(
        id=promise["id"],
        scheduler=row["name"],
        scheduler_uid=row["uid"],
        definition=documents.definition_from(
            promise["definition"], promise["input"], format_=promise.get("format", FORMAT)
        ),
        created_at=datetime.datetime.fromisoformat(promise["created_at"]),
        request_id=promise.get("request", ""),
    )


def _not_found(name: str) -> errors.NotFound:
    return errors.NotFound(f"scheduler {name} not found")
