"""Looks whether a PostgreSQL is fit for us. Only reads."""

import time
from collections.abc import Iterator

import sqlalchemy as sa
import sqlalchemy.exc

from maestro.domain import clocks, findings, urls
from maestro.domain.findings import Check, Finding
from maestro.storage.postgres import engine, judgements, migrate, tables, translation

UNREADABLE = findings.failure(
    "PostgreSQL",
    "MAESTRO_POSTGRES_URL is no URL we can use",
    f"write it as postgresql+psycopg2://USER:PASSWORD@HOST:PORT/DATABASE, {urls.ESCAPES}",
)
NEEDED = ("SELECT", "INSERT", "UPDATE", "DELETE")


def check(url: str, *, timeout_s: int) -> Check:
    """Everything about the database that a URL names."""
    return Check(name="PostgreSQL", ask=lambda: _ask(url, timeout_s))


def _ask(url: str, timeout_s: int) -> Iterator[Finding]:
    if urls.is_torn(url):
        yield UNREADABLE
        return
    try:
        place = sa.make_url(url)
        database = engine.create(url, pool_size=1, timeout_s=timeout_s)
    except (sqlalchemy.exc.ArgumentError, ImportError, ValueError):
        # The reason may quote the password.
        yield UNREADABLE
        return
    try:
        began = time.monotonic()
        with database.connect() as connection:
            took_ms = 1000 * (time.monotonic() - began)
            where = judgements.shown(place.translate_connect_args())
            yield findings.ok("PostgreSQL", f"{where} answered in {took_ms:.0f} ms")
            yield from _within(connection)
    except sqlalchemy.exc.DBAPIError as error:
        yield judgements.unreachable(translation.reason(error))
    finally:
        database.dispose()


def _within(connection: sa.Connection) -> Iterator[Finding]:
    yield judgements.version(int(connection.scalar(sa.text("SHOW server_version_num")) or 0))
    is_read_only = connection.scalar(sa.text("SHOW transaction_read_only")) == "on"
    if refusal := judgements.writing(is_read_only=is_read_only):
        yield refusal
    yield clocks.judge("PostgreSQL clock", _clock(connection))
    rights = _rights(connection)
    yield rights
    if findings.some_failed([rights]):
        return
    yield _migration(connection)
    if sa.inspect(connection).has_table(tables.installation.name, schema=tables.SCHEMA):
        yield judgements.installation(connection.scalars(sa.select(tables.installation.c.id)).all())


def _clock(connection: sa.Connection) -> clocks.Reading:
    before_s = time.time()
    theirs = connection.scalar(sa.text("SELECT extract(epoch FROM clock_timestamp())"))
    return clocks.Reading(before_s=before_s, theirs_s=float(theirs or 0), after_s=time.time())


def _rights(connection: sa.Connection) -> Finding:
    exists = sa.inspect(connection).has_schema(tables.SCHEMA)
    may_use = exists and _may(connection, sa.func.has_schema_privilege(tables.SCHEMA, "USAGE"))
    create = sa.func.has_database_privilege(sa.func.current_database(), "CREATE")
    return judgements.schema(
        tables.SCHEMA,
        exists=exists,
        may_create=_may(connection, create),
        may_use=may_use,
        locked=_locked(connection) if may_use else (),
        user=str(connection.scalar(sa.select(sa.func.current_user()))),
    )


def _locked(connection: sa.Connection) -> list[str]:
    """Our tables with which we may not do all we do."""
    there = sa.inspect(connection).get_table_names(schema=tables.SCHEMA)
    return [
        name for name in there if not all(_may_with(connection, name, do) for do in _does(name))
    ]


def _does(table: str) -> tuple[str, ...]:
    """Whoever migrates may be another user."""
    return NEEDED if f"{tables.SCHEMA}.{table}" in tables.metadata.tables else ("SELECT",)


def _may_with(connection: sa.Connection, table: str, do: str) -> bool:
    return _may(connection, sa.func.has_table_privilege(f"{tables.SCHEMA}.{table}", do))


def _may(connection: sa.Connection, question: sa.ColumnElement[bool]) -> bool:
    return bool(connection.scalar(sa.select(question)))


def _migration(connection: sa.Connection) -> Finding:
    return judgements.migration(migrate.current(connection), known=migrate.known())
