"""Receipts: what came in from outside, claimed once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime


class ReceiptRow(Base):
    """One inbound event by its sender's own identity: a repeated delivery finds the row and does nothing again.
    `answer` is what was answered the first time, so that a retry hears the same."""

    __tablename__ = "receipts"

    source: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answer: Mapped[str | None] = mapped_column(String(4000))
