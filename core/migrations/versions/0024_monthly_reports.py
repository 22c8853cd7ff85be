"""Reports of months that are over, and their corrections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import JSONColumn, UTCDateTime

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "monthly_reports",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("frozen_at", UTCDateTime(), nullable=False),
        sa.Column("body", JSONColumn, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_monthly_reports")),
    )
    op.create_table(
        "report_corrections",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("body", JSONColumn, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_corrections")),
    )
    with op.batch_alter_table("report_corrections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_corrections_month"), ["month"], unique=False)
