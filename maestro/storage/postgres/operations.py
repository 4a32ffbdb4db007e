"""Operations that ended, in PostgreSQL: kept by the uid of their scheduler, and never changed."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maestro import errors
from maestro.domain import documents
from maestro.domain.operations import Operation, OperationEvent, OperationStatus
from maestro.metrics import POSTGRES_FAILS, POSTGRES_SECONDS
from maestro.metrics.timing import timed
from maestro.storage.postgres import tables
from maestro.storage.postgres.translation import translated

_TABLE = tables.operations
_SHOWN = [column for column in _TABLE.c if column.name != "history"]


@timed(POSTGRES_SECONDS, POSTGRES_FAILS, "archive-storage")
class PostgresArchive:
    """The OperationArchive of production."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, operations: Sequence[Operation]) -> None:
        rows = [_row(operation) for operation in operations]
        if not rows:
            return
        with translated(), self._engine.begin() as connection:
            connection.execute(insert(_TABLE).on_conflict_do_nothing(), rows)

    def edge(self, uid: str) -> datetime.datetime | None:
        query = sa.select(sa.func.max(_TABLE.c.created_at)).where(_TABLE.c.scheduler_uid == uid)
        with translated(), self._engine.connect() as connection:
            newest: datetime.datetime | None = connection.execute(query).scalar_one()
        return newest

    def amount(self, uid: str) -> int:
        query = sa.select(sa.func.count()).where(_TABLE.c.scheduler_uid == uid)
        with translated(), self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

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
        held, others = _held(uid, until), _not_held(uid, beside)
        amounts = [
            sa.select(sa.func.count()).select_from(each.subquery()) for each in (held, others)
        ]
        page_of_ids = _page(held, others, descending=descending, offset=offset, limit=limit)
        with translated(), self._engine.connect() as connection:
            # One sight of the table for all, whatever is added meanwhile.
            connection.execution_options(isolation_level="REPEATABLE READ")
            total = sum(connection.execute(each).scalar_one() for each in amounts)
            page = list(connection.execute(page_of_ids).scalars()) if limit else []
            rows = connection.execute(_select(uid, page)).mappings().all() if page else []
        read = {row["id"]: _operation(row) for row in rows}
        return [read.get(operation, operation) for operation in page], total

    def some(self, uid: str, operations: Sequence[str]) -> list[Operation]:
        with translated(), self._engine.connect() as connection:
            return [
                _operation(row) for row in connection.execute(_select(uid, operations)).mappings()
            ]

    def get(self, uid: str, operation: str) -> Operation:
        query = sa.select(_TABLE).where(_TABLE.c.scheduler_uid == uid, _TABLE.c.id == operation)
        with translated(), self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise errors.NotFound(f"operation {operation} not found")
        return _operation(row)

    def last(self, scheduler: str) -> Operation | None:
        query = (
            sa.select(_TABLE)
            .where(_TABLE.c.scheduler == scheduler)
            .order_by(_TABLE.c.finished_at.desc(), _TABLE.c.id.desc())
            .limit(1)
        )
        with translated(), self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return _operation(row) if row else None

    def expire(self, before: datetime.datetime, *, limit: int) -> int:
        key = sa.tuple_(_TABLE.c.scheduler_uid, _TABLE.c.id)
        expired = (
            sa.select(_TABLE.c.scheduler_uid, _TABLE.c.id)
            .where(_TABLE.c.finished_at < before)
            .order_by(_TABLE.c.finished_at)
            .limit(limit)
        )
        with translated(), self._engine.begin() as connection:
            return connection.execute(_TABLE.delete().where(key.in_(expired))).rowcount


def _held(uid: str, until: datetime.datetime) -> sa.Select[Any]:
    return sa.select(_TABLE.c.id, _TABLE.c.created_at).where(
        _TABLE.c.scheduler_uid == uid, _TABLE.c.created_at <= until
    )


def _not_held(uid: str, beside: Sequence[tuple[str, datetime.datetime]]) -> sa.SelectBase:
    """Those of them that the archive does not hold."""
    others = sa.values(
        sa.column("id", sa.Text), sa.column("created_at", sa.DateTime(timezone=True)), name="beside"
    ).data(list(beside) or [("", datetime.datetime.max.replace(tzinfo=datetime.UTC))])
    id_ = sa.cast(others.c.id, sa.Text).collate("C")
    is_held = sa.exists().where(_TABLE.c.scheduler_uid == uid, _TABLE.c.id == id_)
    created_at = sa.cast(others.c.created_at, sa.DateTime(timezone=True))
    return sa.select(id_.label("id"), created_at.label("created_at")).where(
        sa.not_(is_held), others.c.id != ""
    )


def _page(
    held: sa.Select[Any], others: sa.SelectBase, *, descending: bool, offset: int, limit: int
) -> sa.Select[Any]:
    """Ids of both, in order. Of what is held only as much is read as the page may reach."""

    def order(keys: sa.FromClause) -> list[sa.ColumnElement[Any]]:
        columns = [keys.c.created_at, keys.c.id]
        return [column.desc() if descending else column for column in columns]

    near = held.order_by(*order(_TABLE)).limit(offset + limit).subquery("near")
    both = sa.select(near).union_all(others).subquery("both")
    return sa.select(both.c.id).order_by(*order(both)).offset(offset).limit(limit)


def _select(uid: str, operations: Sequence[str]) -> sa.Select[Any]:
    return sa.select(*_SHOWN).where(_TABLE.c.scheduler_uid == uid, _TABLE.c.id.in_(operations))


def _row(operation: Operation) -> dict[str, Any]:
    return {
        "scheduler_uid": operation.scheduler_uid,
        "id": operation.id,
        "scheduler": operation.scheduler,
        "kind": operation.definition.NAME,
        "status": operation.status,
        "attempt": operation.attempt,
        "request": operation.request_id,
        "created_at": operation.created_at,
        "finished_at": operation.ended_at or operation.created_at,
        "input": _storable(documents.operation_input(operation.definition)),
        "history": [
            {"at": line.created_at.isoformat(), "event": _storable(line.event)}
            for line in operation.history
        ],
    }


def _operation(row: sa.RowMapping) -> Operation:
    return Operation(
        id=row["id"],
        scheduler=row["scheduler"],
        scheduler_uid=row["scheduler_uid"],
        definition=documents.definition_from(row["kind"], row["input"]),
        created_at=row["created_at"],
        status=OperationStatus(row["status"]),
        attempt=row["attempt"],
        request_id=row["request"],
        history=tuple(_events(row.get("history", ()))),
    )


def _events(lines: Iterable[dict[str, str]]) -> Iterable[OperationEvent]:
    for line in lines:
        moment = datetime.datetime.fromisoformat(line["at"])
        yield OperationEvent(created_at=moment, event=line["event"])


def _storable(value: Any) -> Any:
    """The same without what PostgreSQL refuses inside JSON: one odd line must not stay for ever."""
    if isinstance(value, str):
        whole = value.encode("utf-8", "replace").decode("utf-8")
        return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, dict):
        return {_storable(key): _storable(each) for key, each in value.items()}
    return [_storable(each) for each in value] if isinstance(value, list | tuple) else value
