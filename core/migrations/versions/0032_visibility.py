"""Which of their customer's tickets somebody sees, and their department."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("users", sa.Column("visibility", sa.String(length=20), nullable=False, server_default="organisation"))
    op.add_column("users", sa.Column("department", sa.String(length=100), nullable=True))
