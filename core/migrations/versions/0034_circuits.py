"""How each account at the carrier has been doing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import UTCDateTime

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_table(
        "circuits",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("channel", sa.String(20), primary_key=True),
        sa.Column("since", UTCDateTime()),
        sa.Column("successes", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("opened_at", UTCDateTime()),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("probe_until", UTCDateTime()),
    )
