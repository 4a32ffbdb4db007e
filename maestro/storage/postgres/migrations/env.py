"""Alembic's entry: runs on the connection, and in the transaction, that `migrate` opened."""

import sqlalchemy as sa
from alembic import context

from maestro.storage.postgres.tables import SCHEMA, metadata

connection = context.config.attributes["connection"]
connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table_schema=SCHEMA,
    include_schemas=True,
)
context.run_migrations()
