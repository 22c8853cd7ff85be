"""The SLA clocks of tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import JSONColumn, UTCDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "sla_clocks",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("ticket_id", sa.String(length=26), nullable=False),
        sa.Column("metric", sa.String(length=20), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("target_minutes", sa.Integer(), nullable=False),
        sa.Column("target_changes", JSONColumn, nullable=False),
        sa.Column("calendar_id", sa.String(length=40), nullable=True),
        sa.Column("coverage", sa.String(length=10), nullable=False),
        sa.Column("coverage_changes", JSONColumn, nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.Column("warned", sa.Integer(), nullable=False),
        sa.Column("breached_at", UTCDateTime(), nullable=True),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("met", sa.Boolean(), nullable=True),
        sa.Column("elapsed_seconds", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_clocks")),
    )
    with op.batch_alter_table("sla_clocks", schema=None) as batch_op:
        batch_op.create_index("uq_sla_clocks_metric", ["ticket_id", "metric"], unique=True)
        batch_op.create_index(
            "ix_sla_clocks_next",
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        )
