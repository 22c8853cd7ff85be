"""Lists of holidays that managers have confirmed, and of which they were reminded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import JSONColumn, UTCDateTime

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "holiday_confirmations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("calendar_id", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("days", JSONColumn, nullable=False),
        sa.Column("confirmed_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=254), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday_confirmations")),
    )
    with op.batch_alter_table("holiday_confirmations", schema=None) as batch_op:
        batch_op.create_index("ix_holiday_confirmations_list", ["calendar_id", "year"], unique=False)
    op.create_table(
        "holiday_reminders",
        sa.Column("calendar_id", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("calendar_id", "year", name=op.f("pk_holiday_reminders")),
    )
