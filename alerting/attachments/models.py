"""Files of tickets: what each is; the bytes lie on disk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime


class AttachmentRow(Base):
    """`size` and `sha256` are of the file as it is kept and given out, `received_sha256` of what came: pictures are
    written anew. `public`: the customer sees it; else it is staff's alone, like an internal note. `person`: who of us
    added it, None for the customer. Once it is removed the row stays, without name, and the file is gone."""

    __tablename__ = "attachments"
    __table_args__ = (
        Index("ix_attachments_ticket", "ticket_id", "added_at"),
        Index("ix_attachments_customer", "customer_id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(String(26))
    customer_id: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(150))
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    received_sha256: Mapped[str] = mapped_column(String(64))
    preview: Mapped[bool] = mapped_column()
    public: Mapped[bool] = mapped_column()
    channel: Mapped[str] = mapped_column(String(20))
    person: Mapped[str | None] = mapped_column(String(40))
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    removed_by: Mapped[str | None] = mapped_column(String(40))
