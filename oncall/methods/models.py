"""Codes that were sent to prove that a contact method is its owner's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime


class MethodCodeRow(Base):
    """One code, by its keyed digest alone; `id` is the delivery attempt's. Of a person, channel and address the newest
    counts, the older ones no more."""

    __tablename__ = "method_codes"
    __table_args__ = (
        Index("ix_method_codes_person", "person_id", "sent_at"),
        Index("ix_method_codes_address", "address", "sent_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(255))
    digest: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    wrong: Mapped[int] = mapped_column(Integer)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
