"""One message for several tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("bundle_id", sa.String(26)))
    op.create_index("ix_attempts_bundle", "attempts", ["bundle_id"])
