"""Under which support terms and which times a ticket was opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("terms_version", sa.String(length=40), nullable=True))
    op.add_column("tickets", sa.Column("sla_policy_version", sa.Integer(), nullable=True))
