"""The installation, schedulers and their versions."""

import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, UUID

revision = "0001"
down_revision = None

SCHEMA = "fleets"


def upgrade() -> None:
    """Create all three tables, and give this installation its id."""
    installation = op.create_table(
        "installation",
        sa.Column("id", UUID(as_uuid=False), nullable=False),
        sa.Column("singleton", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="installation_pk"),
        sa.UniqueConstraint("singleton", name="installation_singleton_unique"),
        sa.CheckConstraint("singleton", name="one_row"),
        schema=SCHEMA,
    )
    op.bulk_insert(installation, [{"id": str(uuid.uuid4()), "singleton": True}])
    op.create_table(
        "schedulers",
        sa.Column("uid", UUID(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("game", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("active_version", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_downscale_at", sa.DateTime(timezone=True)),
        sa.Column("open_operation", JSONB),
        sa.PrimaryKeyConstraint("uid", name="schedulers_pk"),
        sa.UniqueConstraint("name", name="schedulers_name_unique"),
        schema=SCHEMA,
    )
    op.create_index("schedulers_game_index", "schedulers", ["game"], schema=SCHEMA)
    op.create_table(
        "scheduler_versions",
        sa.Column("scheduler_uid", UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("document", JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scheduler_uid", "version", name="scheduler_versions_pk"),
        sa.ForeignKeyConstraint(
            ["scheduler_uid"],
            [f"{SCHEMA}.schedulers.uid"],
            name="scheduler_versions_scheduler_uid_fk",
            ondelete="CASCADE",
        ),
        schema=SCHEMA,
    )
