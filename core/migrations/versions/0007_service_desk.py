"""Tickets of every kind, what they waited for, their SLA clocks, and the cases that depend on a cloud provider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import JSONColumn, UTCDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("incident_type", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("department", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("intake", JSONColumn, nullable=True))
        batch_op.add_column(sa.Column("requester_email", sa.String(length=254), nullable=True))
        batch_op.add_column(sa.Column("causes", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("remedy", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("merged_into", sa.String(length=32), nullable=True))

    op.create_table(
        "ticket_spans",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("ticket_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("to_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_spans")),
    )
    with op.batch_alter_table("ticket_spans", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_spans_ticket", ["ticket_id", "from_at"], unique=False)

    op.create_table(
        "provider_cases",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("ticket_id", sa.String(length=26), nullable=False),
        sa.Column("provider", sa.String(length=100), nullable=False),
        sa.Column("plan", sa.String(length=100), nullable=True),
        sa.Column("case_number", sa.String(length=100), nullable=False),
        sa.Column("severity", sa.String(length=50), nullable=True),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("reminded_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_cases")),
    )
    with op.batch_alter_table("provider_cases", schema=None) as batch_op:
        batch_op.create_index("ix_provider_cases_ticket", ["ticket_id"], unique=False)
