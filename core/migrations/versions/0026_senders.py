"""Senders, and attempts that wait for their turn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import UTCDateTime

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "senders",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("channel", sa.String(20), primary_key=True),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("filled_at", UTCDateTime(), nullable=False),
        sa.Column("busy_until", UTCDateTime()),
        sa.Column("due_at", UTCDateTime()),
    )
    op.add_column("attempts", sa.Column("wanted_at", UTCDateTime()))
    op.add_column("attempts", sa.Column("slot_at", UTCDateTime()))
