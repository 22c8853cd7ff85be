"""PINs with which people who call us show who they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import UTCDateTime

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "telephone_pins",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=False),
        sa.Column("set_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_telephone_pins_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_telephone_pins")),
    )
