"""Builds of products, their release notes, and which of them are initial releases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import UTCDateTime

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "product_builds",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("product", sa.String(length=100), nullable=False),
        sa.Column("product_key", sa.String(length=100), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("number_key", sa.String(length=60), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("url", sa.String(length=500), nullable=True),
        sa.Column("initial", sa.Boolean(), nullable=False),
        sa.Column("saved_at", UTCDateTime(), nullable=False),
        sa.Column("saved_by", sa.String(length=254), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_builds")),
    )
    with op.batch_alter_table("product_builds", schema=None) as batch_op:
        batch_op.create_index("uq_product_builds_build", ["product_key", "number_key"], unique=True)
