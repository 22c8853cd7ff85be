"""Offers to rate a closed ticket, whom they were mailed to, what was answered, and who wants no more of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime


class RatingOfferRow(Base):
    """One for each closure: `closing` is how often the ticket had been reopened until then. `remind_at` is null when
    the reminder has been sent, or none is to be."""

    __tablename__ = "rating_offers"
    __table_args__ = (
        Index("uq_rating_offers_closing", "ticket_id", "closing", unique=True),
        Index("ix_rating_offers_remind", "remind_at", sqlite_where=text("remind_at IS NOT NULL"),
              postgresql_where=text("remind_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(String(26))
    closing: Mapped[int] = mapped_column(Integer)
    offered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    open_until: Mapped[datetime] = mapped_column(UTCDateTime)
    remind_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RatingInvitationRow(Base):
    """A mail that asks for a rating: the attempt that carries it, whose `link_digest` is that of its link. `address` is
    in lower case."""

    __tablename__ = "rating_invitations"
    __table_args__ = (Index("ix_rating_invitations_offer", "offer_id"),)

    attempt_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    offer_id: Mapped[str] = mapped_column(String(26))
    address: Mapped[str] = mapped_column(String(254))


class RatingRow(Base):
    """One for each closure and person, known by their address in lower case; `score` 1 to 5, the last one given."""

    __tablename__ = "ratings"
    __table_args__ = (
        Index("uq_ratings_rater", "offer_id", "rater", unique=True),
        Index("ix_ratings_rated", "rated_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    offer_id: Mapped[str] = mapped_column(String(26))
    ticket_id: Mapped[str] = mapped_column(String(26))
    rater: Mapped[str] = mapped_column(String(254))
    score: Mapped[int] = mapped_column(Integer)
    comment: Mapped[str | None] = mapped_column(Text)
    via: Mapped[str] = mapped_column(String(10))
    rated_at: Mapped[datetime] = mapped_column(UTCDateTime)


class SurveyOptOutRow(Base):
    """An address, in lower case, that is asked neither for ratings nor for opinions any more."""

    __tablename__ = "survey_opt_outs"

    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
