"""
The tables, in a schema of their own: those of Maestro v10 in the same database stay untouched.

Whatever changes here needs a migration; a test compares the two.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

#: Not `maestro`: a user of that name would find our tables before those of v10.
SCHEMA = "fleets"

metadata = sa.MetaData(
    schema=SCHEMA,
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_unique",
        "ck": "%(table_name)s_%(constraint_name)s",
    },
)

installation = sa.Table(
    "installation",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("singleton", sa.Boolean, nullable=False, unique=True),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("singleton", name="one_row"),
)

schedulers = sa.Table(
    "schedulers",
    metadata,
    sa.Column("uid", UUID(as_uuid=False), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("game", sa.Text, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("active_version", sa.Text, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("last_downscale_at", sa.DateTime(timezone=True)),
    #: The creation or deletion that was promised and is not known to have ended (id, definition,
    #: input), and the same for an edit, which may be promised while the creation is under way.
    sa.Column("open_operation", JSONB(none_as_null=True)),
    sa.Column("open_edit", JSONB(none_as_null=True)),
)

versions = sa.Table(
    "scheduler_versions",
    metadata,
    sa.Column(
        "scheduler_uid",
        UUID(as_uuid=False),
        sa.ForeignKey(schedulers.c.uid, ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("document", JSONB, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
)

#: Operations that ended. They outlive their scheduler, so that no key leads to it.
operations = sa.Table(
    "operations",
    metadata,
    sa.Column("scheduler_uid", sa.Text, primary_key=True),
    #: Ordered as Redis and Python order it, byte by byte.
    sa.Column("id", sa.Text(collation="C"), primary_key=True),
    sa.Column("scheduler", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("input", JSONB, nullable=False),
    sa.Column("history", JSONB, nullable=False),
    #: Of the request that it goes back to; empty when nobody asked for it.
    sa.Column("request", sa.Text, nullable=False, server_default=""),
    sa.Index(None, "scheduler_uid", "created_at", "id"),
    sa.Index(None, "scheduler", "finished_at"),
    sa.Index(None, "finished_at"),
)
