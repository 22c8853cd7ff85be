"""Of which gaps managers have been told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime


class ToldGapRow(Base):
    """`alerting.coverage.due.Told`; `to_at` is null where no end was in sight. Gone when the gap is closed or over."""

    __tablename__ = "told_gaps"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    schedule_id: Mapped[str] = mapped_column(String(40))
    within_minutes: Mapped[int] = mapped_column(Integer)
    from_at: Mapped[datetime] = mapped_column(UTCDateTime)
    to_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
