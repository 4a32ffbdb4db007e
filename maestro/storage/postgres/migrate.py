"""Bring the database to the newest schema. Safe to run twice, and by several at once."""

import pathlib

import alembic.command
import alembic.config
import alembic.migration
import alembic.script
import sqlalchemy as sa

from maestro.storage.postgres import translation
from maestro.storage.postgres.tables import SCHEMA

_MIGRATIONS = pathlib.Path(__file__).parent / "migrations"

#: Any number, as long as nobody else in the database uses it.
LOCK = 0x6D61657374726F


def upgrade(url: str) -> None:
    """Run the migrations that are missing; raises Unavailable when the database is."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with translation.translated(), engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        config = _config()
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")


def known() -> list[str]:
    """The migrations there are, the newest first."""
    scripts = alembic.script.ScriptDirectory.from_config(_config())
    return [script.revision for script in scripts.walk_revisions()]


def current(connection: sa.Connection) -> str | None:
    """The migration that the database is at; None when none has run."""
    options = {"version_table_schema": SCHEMA}
    context = alembic.migration.MigrationContext.configure(connection, opts=options)
    return context.get_current_revision()


def _config() -> alembic.config.Config:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
