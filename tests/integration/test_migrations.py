"""The migrations make the tables that the code expects."""

import alembic.autogenerate
import alembic.migration
import sqlalchemy as sa

from maestro.storage.postgres import migrate, tables


def differences(url: str) -> list[object]:
    """What alembic would change."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        context = alembic.migration.MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == tables.SCHEMA,
                "version_table_schema": tables.SCHEMA,
            },
        )
        return list(alembic.autogenerate.compare_metadata(context, tables.metadata))


def installation(url: str) -> str:
    """The id that the migration made."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return str(connection.execute(sa.select(tables.installation.c.id)).scalar_one())


def test_migrated_tables_are_those_of_the_code(database_url: str) -> None:
    migrate.upgrade(database_url)
    assert differences(database_url) == []


def test_migrating_twice_changes_nothing_and_keeps_the_installation(database_url: str) -> None:
    migrate.upgrade(database_url)
    before = installation(database_url)
    migrate.upgrade(database_url)
    assert installation(database_url) == before
