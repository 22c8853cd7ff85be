"""What is planned around shifts, one row for each act; and what the leaving engineer wants the coming one to know."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime


class DutyRow(Base):
    """`kind` is `proof` (can the person be reached), `starts` or `ends` (hand-off notices); `at` is when the watch
    starts or ends. `due_at` is when to look next, null when nothing more will be done; every look asks the rota anew,
    so a watch that has moved sends nothing. `told_at`: those who must know were told."""

    __tablename__ = "duties"
    __table_args__ = (
        Index("uq_duties_watch", "kind", "schedule_id", "person_id", "at", unique=True),
        Index("ix_duties_due", "due_at", sqlite_where=text("due_at IS NOT NULL"),
              postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_duties_at", "at"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    schedule_id: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(20))
    sms_attempt: Mapped[str | None] = mapped_column(String(26))
    call_attempt: Mapped[str | None] = mapped_column(String(26))
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class HandoverNoteRow(Base):
    """Never changed: a newer note of the same schedule takes its place."""

    __tablename__ = "handover_notes"
    __table_args__ = (Index("ix_handover_notes_schedule", "schedule_id", "written_at"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    schedule_id: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
