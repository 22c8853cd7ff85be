"""Notes of tickets by time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

NOTES = "kind = 'ticket.updated'"


def upgrade() -> None:
    where = sa.text(NOTES)
    op.create_index("ix_log_entries_notes", "log_entries", ["at"], sqlite_where=where, postgresql_where=where)
