"""Bring the database to the newest schema. Safe to run twice, and by several at once."""

import pathlib

import alembic.command
import alembic.config
import sqlalchemy as sa

from maestro.storage.postgres import translation

_MIGRATIONS = pathlib.Path(__file__).parent / "migrations"

#: Any number, as long as nobody else in the database uses it.
LOCK = 0x6D61657374726F


def upgrade(url: str) -> None:
    """Run the migrations that are missing; raises Unavailable when the database is."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with translation.translated(), engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        config = alembic.config.Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")
