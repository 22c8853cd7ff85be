"""Who has accepted which version of the support terms, and who was told of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime


class TermsAcceptanceRow(Base):
    """One click of one owner; never changed afterwards. `email` as it was then."""

    __tablename__ = "terms_acceptances"
    __table_args__ = (
        Index("uq_terms_acceptances_click", "customer_id", "terms_id", "user_id", unique=True),
        Index("ix_terms_acceptances_terms", "terms_id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    terms_id: Mapped[str] = mapped_column(String(40))
    customer_id: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[str] = mapped_column(String(26))
    email: Mapped[str] = mapped_column(String(254))
    accepted_at: Mapped[datetime] = mapped_column(UTCDateTime)


class TermsNoticeRow(Base):
    """The mail to one owner about one version: sent once. `address` in lower case."""

    __tablename__ = "terms_notices"

    terms_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(String(26))
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)
