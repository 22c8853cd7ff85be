"""Who has accepted which version of the support terms, and who was told of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import UTCDateTime

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "terms_acceptances",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("terms_id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("accepted_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_acceptances")),
    )
    with op.batch_alter_table("terms_acceptances", schema=None) as batch_op:
        batch_op.create_index("uq_terms_acceptances_click", ["customer_id", "terms_id", "user_id"], unique=True)
        batch_op.create_index("ix_terms_acceptances_terms", ["terms_id"], unique=False)
    op.create_table(
        "terms_notices",
        sa.Column("terms_id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("attempt_id", sa.String(length=26), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("terms_id", "customer_id", "address", name=op.f("pk_terms_notices")),
    )
