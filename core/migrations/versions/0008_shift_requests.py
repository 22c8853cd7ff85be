"""Requests about shifts, and who passed on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import UTCDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "shift_requests",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("schedule_id", sa.String(length=40), nullable=False),
        sa.Column("asker_id", sa.String(length=40), nullable=True),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("to_at", UTCDateTime(), nullable=False),
        sa.Column("asked_of", sa.String(length=40), nullable=True),
        sa.Column("back_schedule_id", sa.String(length=40), nullable=True),
        sa.Column("back_from_at", UTCDateTime(), nullable=True),
        sa.Column("back_to_at", UTCDateTime(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("lapses_at", UTCDateTime(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("taker_id", sa.String(length=40), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_requests")),
    )
    with op.batch_alter_table("shift_requests", schema=None) as batch_op:
        batch_op.create_index(
            "ix_shift_requests_open",
            ["lapses_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index("ix_shift_requests_created", ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_shift_requests_asker_id"), ["asker_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shift_requests_asked_of"), ["asked_of"], unique=False)
        batch_op.create_index(batch_op.f("ix_shift_requests_taker_id"), ["taker_id"], unique=False)
    op.create_table(
        "shift_passes",
        sa.Column("request_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("passed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "person_id", name=op.f("pk_shift_passes")),
    )
