"""How the reading of PagerDuty's rotas stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import JSONColumn, UTCDateTime

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "pagerduty_rotas",
        sa.Column("rotation_id", sa.String(length=40), nullable=False),
        sa.Column("of", sa.String(length=80), nullable=False),
        sa.Column("since_at", UTCDateTime(), nullable=False),
        sa.Column("read_at", UTCDateTime(), nullable=True),
        sa.Column("error", sa.String(length=40), nullable=True),
        sa.Column("doubted", sa.Boolean(), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=True),
        sa.Column("told_users", JSONColumn, nullable=False),
        sa.PrimaryKeyConstraint("rotation_id", name=op.f("pk_pagerduty_rotas")),
    )
