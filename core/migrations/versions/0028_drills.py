"""Versions of contingency plans, and drills with their reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import JSONColumn, UTCDateTime

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "plan_versions",
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", JSONColumn, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "plan_id", "number", name=op.f("pk_plan_versions")),
    )
    op.create_table(
        "drills",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("customer_name", sa.String(length=255), nullable=False),
        sa.Column("plan_id", sa.String(length=40), nullable=True),
        sa.Column("plan_name", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("open_key", sa.String(length=130), nullable=True),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("out_of_hours", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=12), nullable=True),
        sa.Column("planned_at", UTCDateTime(), nullable=False),
        sa.Column("planned_by", sa.String(length=254), nullable=True),
        sa.Column("told_at", UTCDateTime(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=True),
        sa.Column("plan_version", sa.Integer(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("report", JSONColumn, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drills")),
        sa.UniqueConstraint("open_key", name=op.f("uq_drills_open_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_drills_reference")),
    )
    with op.batch_alter_table("drills", schema=None) as batch_op:
        batch_op.create_index("ix_drills_state_starts", ["state", "starts_at"], unique=False)
        batch_op.create_index("ix_drills_plan", ["customer_id", "plan_id", "starts_at"], unique=False)
    op.create_table(
        "drill_actions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("drill_id", sa.String(length=26), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("done_by", sa.String(length=254), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drill_actions")),
    )
    with op.batch_alter_table("drill_actions", schema=None) as batch_op:
        batch_op.create_index("ix_drill_actions_drill", ["drill_id"], unique=False)
    op.create_table(
        "drill_signatures",
        sa.Column("drill_id", sa.String(length=26), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signed_at", UTCDateTime(), nullable=False),
        sa.Column("signed_by", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("drill_id", "side", "digest", name=op.f("pk_drill_signatures")),
    )
    op.create_table(
        "drill_reminders",
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "plan_id", name=op.f("pk_drill_reminders")),
    )
