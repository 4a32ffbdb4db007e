"""Edits of a scheduler are promised apart from its creation and deletion."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the place of the promise."""
    op.add_column("schedulers", sa.Column("open_edit", JSONB), schema="fleets")
