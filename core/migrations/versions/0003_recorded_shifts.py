"""Shifts that have passed, as they were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import UTCDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "recorded_schedules",
        sa.Column("schedule_id", sa.String(length=40), nullable=False),
        sa.Column("since_at", UTCDateTime(), nullable=False),
        sa.Column("until_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("schedule_id", name=op.f("pk_recorded_schedules")),
    )
    op.create_table(
        "recorded_shifts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("schedule_id", sa.String(length=40), nullable=False),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("to_at", UTCDateTime(), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("cause_id", sa.String(length=40), nullable=False),
        sa.Column("cause_from_at", UTCDateTime(), nullable=False),
        sa.Column("cause_to_at", UTCDateTime(), nullable=False),
        sa.Column("instead_of", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recorded_shifts")),
    )
    with op.batch_alter_table("recorded_shifts", schema=None) as batch_op:
        batch_op.create_index("ix_recorded_shifts_schedule", ["schedule_id", "to_at"], unique=False)
