"""Incidents in PagerDuty, and what it has told us."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import JSONColumn, UTCDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "pagerduty_incidents",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("ticket_id", sa.String(length=26), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.String(length=40), nullable=False),
        sa.Column("dedup_key", sa.String(length=255), nullable=False),
        sa.Column("mirror", sa.Boolean(), nullable=False),
        sa.Column("wanted", sa.String(length=20), nullable=False),
        sa.Column("held", sa.String(length=20), nullable=True),
        sa.Column("asked_at", UTCDateTime(), nullable=True),
        sa.Column("emitted_at", UTCDateTime(), nullable=True),
        sa.Column("heard_at", UTCDateTime(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.String(length=60), nullable=True),
        sa.Column("acknowledged_cycle", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pagerduty_incidents")),
    )
    with op.batch_alter_table("pagerduty_incidents", schema=None) as batch_op:
        batch_op.create_index("uq_pagerduty_incidents_episode", ["ticket_id", "episode", "service_id"], unique=True)
        batch_op.create_index("ix_pagerduty_incidents_key", ["dedup_key"], unique=False)
        batch_op.create_index("ix_pagerduty_incidents_incident", ["incident_id"], unique=False)
        batch_op.create_index(
            "ix_pagerduty_incidents_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
    op.create_table(
        "pagerduty_events",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("event_id", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("body", JSONColumn, nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pagerduty_events")),
    )
    with op.batch_alter_table("pagerduty_events", schema=None) as batch_op:
        batch_op.create_index("uq_pagerduty_events_event", ["event_id"], unique=True)
        batch_op.create_index(
            "ix_pagerduty_events_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index("ix_pagerduty_events_received", ["received_at"], unique=False)
