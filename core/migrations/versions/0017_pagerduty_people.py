"""Incidents of PagerDuty that stand for a test page and not for a ticket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    with op.batch_alter_table("pagerduty_incidents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("attempt_id", sa.String(length=26), nullable=True))
        batch_op.alter_column("ticket_id", existing_type=sa.String(length=26), nullable=True)
        batch_op.create_index("ix_pagerduty_incidents_attempt", ["attempt_id"], unique=False)
