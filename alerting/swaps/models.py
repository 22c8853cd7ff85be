"""Who asked whom for which shift, and how it ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime


class ShiftRequestRow(Base):
    """`kind`: `cover` (somebody else takes it), `swap` (`back_*` is the taker's shift that the asker takes in turn), or
    `gap` (nobody was on call: no asker, taken from the start). `asked_of` None: everybody. `lapses_at` is when it
    expires while open. `made_by` and `ended_by` as the log names them: a manager may act for somebody else."""

    __tablename__ = "shift_requests"
    __table_args__ = (
        Index("ix_shift_requests_open", "lapses_at", sqlite_where=text("state = 'open'"),
              postgresql_where=text("state = 'open'")),
        Index("ix_shift_requests_created", "created_at"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    schedule_id: Mapped[str] = mapped_column(String(40))
    asker_id: Mapped[str | None] = mapped_column(String(40), index=True)
    from_at: Mapped[datetime] = mapped_column(UTCDateTime)
    to_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_of: Mapped[str | None] = mapped_column(String(40), index=True)
    back_schedule_id: Mapped[str | None] = mapped_column(String(40))
    back_from_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    back_to_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    note: Mapped[str] = mapped_column(String(500))
    lapses_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by: Mapped[str] = mapped_column(String(40))
    taker_id: Mapped[str | None] = mapped_column(String(40), index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(40))


class ShiftPassRow(Base):
    """Somebody who was asked with everybody else and said no: it is not shown to them any more."""

    __tablename__ = "shift_passes"

    request_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    passed_at: Mapped[datetime] = mapped_column(UTCDateTime)
