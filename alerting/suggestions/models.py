"""Suggestions of customers, and what was answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime


class SuggestionRow(Base):
    """`reference` counts apart from tickets' (`SUG-0000012`). `author` is an address in lower case, `language` theirs,
    `answer` the latest one; all are in the log."""

    __tablename__ = "suggestions"
    __table_args__ = (
        Index("ix_suggestions_author", "author", "made_at"),
        Index("ix_suggestions_state", "state", "made_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    reference: Mapped[str] = mapped_column(String(32), unique=True)
    customer_id: Mapped[str] = mapped_column(String(40))
    customer_name: Mapped[str] = mapped_column(String(255))
    author: Mapped[str] = mapped_column(String(254))
    author_name: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(2))
    channel: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by: Mapped[str | None] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
