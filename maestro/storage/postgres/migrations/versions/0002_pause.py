"""Fleets may be paused, one or all."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SCHEMA = "fleets"


def upgrade() -> None:
    """Add a flag to each scheduler, and one for all."""
    for table in ("installation", "schedulers"):
        flag = sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false())
        op.add_column(table, flag, schema=SCHEMA)
