"""Operations that ended."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"

SCHEMA = "fleets"


def upgrade() -> None:
    """Add their table, with an index for each way in which they are looked for."""
    op.create_table(
        "operations",
        sa.Column("scheduler_uid", sa.Text, nullable=False),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("scheduler", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("input", JSONB, nullable=False),
        sa.Column("history", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("scheduler_uid", "id", name="operations_pk"),
        schema=SCHEMA,
    )
    for columns in (
        ["scheduler_uid", "created_at", "id"],
        ["scheduler", "finished_at"],
        ["finished_at"],
    ):
        name = f"operations_{'_'.join(columns)}_index"
        op.create_index(name, "operations", columns, schema=SCHEMA)
