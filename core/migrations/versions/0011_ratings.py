"""Ratings of closed tickets, and who wants no more surveys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import UTCDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "rating_offers",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("ticket_id", sa.String(length=26), nullable=False),
        sa.Column("closing", sa.Integer(), nullable=False),
        sa.Column("offered_at", UTCDateTime(), nullable=False),
        sa.Column("open_until", UTCDateTime(), nullable=False),
        sa.Column("remind_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_offers")),
    )
    op.create_index("uq_rating_offers_closing", "rating_offers", ["ticket_id", "closing"], unique=True)
    waiting = sa.text("remind_at IS NOT NULL")
    op.create_index(
        "ix_rating_offers_remind", "rating_offers", ["remind_at"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_table(
        "rating_invitations",
        sa.Column("attempt_id", sa.String(length=26), nullable=False),
        sa.Column("offer_id", sa.String(length=26), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_rating_invitations")),
    )
    op.create_index("ix_rating_invitations_offer", "rating_invitations", ["offer_id"])
    op.create_table(
        "ratings",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("offer_id", sa.String(length=26), nullable=False),
        sa.Column("ticket_id", sa.String(length=26), nullable=False),
        sa.Column("rater", sa.String(length=254), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("via", sa.String(length=10), nullable=False),
        sa.Column("rated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
    )
    op.create_index("uq_ratings_rater", "ratings", ["offer_id", "rater"], unique=True)
    op.create_index("ix_ratings_rated", "ratings", ["rated_at"])
    op.create_table(
        "survey_opt_outs",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_survey_opt_outs")),
    )
