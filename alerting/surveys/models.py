"""Yearly surveys. Who has answered is known, to remind nobody in vain; what somebody answered is not: answers have no
author, no time and an id that is no order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, JSONColumn, UTCDateTime


class SurveyRow(Base):
    """`summary` is what the manager says to customers with the published figures. `reminders` have been sent;
    `remind_at` is null when none is to come."""

    __tablename__ = "surveys"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, unique=True)
    state: Mapped[str] = mapped_column(String(10))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    opened_by: Mapped[str] = mapped_column(String(40))
    closes_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reminders: Mapped[int] = mapped_column(Integer)
    remind_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    published_by: Mapped[str | None] = mapped_column(String(40))
    summary: Mapped[str | None] = mapped_column(Text)


class SurveyInvitationRow(Base):
    """A signatory contact who is asked; `address` in lower case. `part` is the group that their answer counts in."""

    __tablename__ = "survey_invitations"
    __table_args__ = (Index("uq_survey_invitations_contact", "survey_id", "customer_id", "address", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    survey_id: Mapped[str] = mapped_column(String(26))
    customer_id: Mapped[str] = mapped_column(String(40))
    customer_name: Mapped[str] = mapped_column(String(255))
    address: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(2))
    part: Mapped[str] = mapped_column(String(20))
    answered: Mapped[bool]


class SurveyMailRow(Base):
    """A mail with the link: the attempt that carries it, whose `link_digest` is that of the link."""

    __tablename__ = "survey_mails"
    __table_args__ = (Index("ix_survey_mails_invitation", "invitation_id"),)

    attempt_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    invitation_id: Mapped[str] = mapped_column(String(26))


class SurveyAnswerRow(Base):
    """`scores` by question, 1 to 5. `id` is random."""

    __tablename__ = "survey_answers"
    __table_args__ = (Index("ix_survey_answers_survey", "survey_id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    survey_id: Mapped[str] = mapped_column(String(26))
    part: Mapped[str] = mapped_column(String(20))
    scores: Mapped[dict[str, Any]] = mapped_column(JSONColumn)
    comment: Mapped[str | None] = mapped_column(Text)
