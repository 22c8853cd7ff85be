"""The inbox: every mail that came in, kept before the sender hears that we have it; and whom we answered when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, JSONColumn, UTCDateTime


class InboxRow(Base):
    """`state` is new, handled, quarantined, refused, ignored, discarded or failed; `reason` says why, or what was done.
    `dedup_key` is of Message-ID and content: the same mail by another way, or once more after a lost answer, is the
    same row. `raw` is there until it is handled; then `text` has all of its words, quotations too and secrets taken
    out. `fence` rises with every claim and counts the tries."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_state", "state", "received_at"),
        Index("ix_inbox_sender", "sender", "received_at"),
        Index("ix_inbox_ticket", "ticket_id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    dedup_key: Mapped[str] = mapped_column(String(64), unique=True)
    source: Mapped[str] = mapped_column(String(10))
    envelope_from: Mapped[str | None] = mapped_column(String(320))
    envelope_to: Mapped[list[str]] = mapped_column(JSONColumn)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    size: Mapped[int] = mapped_column(Integer)
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    fence: Mapped[int] = mapped_column(Integer)
    message_id: Mapped[str | None] = mapped_column(String(255))
    sender: Mapped[str] = mapped_column(String(254))
    sender_name: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(500))
    text: Mapped[str | None] = mapped_column(Text)
    ticket_id: Mapped[str | None] = mapped_column(String(26))
    handled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class MailAnswerRow(Base):
    """When a stranger's address was last answered."""

    __tablename__ = "mail_answers"

    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
