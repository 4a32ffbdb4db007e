"""The request that an operation goes back to."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add it to those that ended; older Maestros do not write it."""
    column = sa.Column("request", sa.Text, nullable=False, server_default="")
    op.add_column("operations", column, schema="fleets")
