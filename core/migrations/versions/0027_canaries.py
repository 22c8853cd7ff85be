"""Canary pages, and our accounts at the carriers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import JSONColumn, UTCDateTime

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "canaries",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("attempt_id", sa.String(length=26), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("carrier", sa.String(length=20), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=False),
        sa.Column("deadline_at", UTCDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("heard_at", UTCDateTime(), nullable=True),
        sa.Column("why", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canaries")),
    )
    with op.batch_alter_table("canaries", schema=None) as batch_op:
        batch_op.create_index("ix_canaries_channel", ["channel", "sent_at"], unique=False)
        batch_op.create_index("uq_canaries_attempt", ["attempt_id"], unique=True)
    op.create_table(
        "carrier_accounts",
        sa.Column("carrier", sa.String(length=20), nullable=False),
        sa.Column("checked_at", UTCDateTime(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("balance", sa.String(length=30), nullable=True),
        sa.Column("currency", sa.String(length=10), nullable=True),
        sa.Column("findings", JSONColumn, nullable=False),
        sa.Column("told", JSONColumn, nullable=False),
        sa.PrimaryKeyConstraint("carrier", name=op.f("pk_carrier_accounts")),
    )
