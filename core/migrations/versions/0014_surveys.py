"""Yearly surveys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import JSONColumn, UTCDateTime

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("opened_by", sa.String(length=40), nullable=False),
        sa.Column("closes_at", UTCDateTime(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("remind_at", UTCDateTime(), nullable=True),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.Column("published_by", sa.String(length=40), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sa.UniqueConstraint("year", name=op.f("uq_surveys_year")),
    )
    op.create_table(
        "survey_invitations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("survey_id", sa.String(length=26), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("customer_name", sa.String(length=255), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_invitations")),
    )
    contact = ["survey_id", "customer_id", "address"]
    op.create_index("uq_survey_invitations_contact", "survey_invitations", contact, unique=True)
    op.create_table(
        "survey_mails",
        sa.Column("attempt_id", sa.String(length=26), nullable=False),
        sa.Column("invitation_id", sa.String(length=26), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_survey_mails")),
    )
    op.create_index("ix_survey_mails_invitation", "survey_mails", ["invitation_id"])
    op.create_table(
        "survey_answers",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("survey_id", sa.String(length=26), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("scores", JSONColumn, nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answers")),
    )
    op.create_index("ix_survey_answers_survey", "survey_answers", ["survey_id"])
