"""What happens to people and their contact methods at run time; who they are is configuration."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime


class DisabledMethodRow(Base):
    """An address that no page may use: opted out (STOP, carrier code 21610) or dead. `why` as attempt.why."""

    __tablename__ = "disabled_methods"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    address: Mapped[str] = mapped_column(String(255), primary_key=True)
    why: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class RoundRobinRow(Base):
    """How many turns a round robin has given; a new escalation takes one."""

    __tablename__ = "round_robin_turns"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    taken: Mapped[int] = mapped_column(Integer)


class RecordedShiftRow(Base):
    """A part of a shift that has passed, as it was: what is edited later does not change it. `shadow`: told, never
    paged. `kind`, `cause_id`, the cause's own span and `instead_of` are `oncall.pieces.Cause`."""

    __tablename__ = "recorded_shifts"
    __table_args__ = (Index("ix_recorded_shifts_schedule", "schedule_id", "to_at"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    schedule_id: Mapped[str] = mapped_column(String(40))
    from_at: Mapped[datetime] = mapped_column(UTCDateTime)
    to_at: Mapped[datetime] = mapped_column(UTCDateTime)
    person_id: Mapped[str] = mapped_column(String(40))
    shadow: Mapped[bool]
    kind: Mapped[str] = mapped_column(String(20))
    cause_id: Mapped[str] = mapped_column(String(40))
    cause_from_at: Mapped[datetime] = mapped_column(UTCDateTime)
    cause_to_at: Mapped[datetime] = mapped_column(UTCDateTime)
    instead_of: Mapped[str | None] = mapped_column(String(40))


class RecordedScheduleRow(Base):
    """From when to when the shifts of a schedule are recorded; within it, what no row covers was a gap."""

    __tablename__ = "recorded_schedules"

    schedule_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    since_at: Mapped[datetime] = mapped_column(UTCDateTime)
    until_at: Mapped[datetime] = mapped_column(UTCDateTime)


class CalendarFeedRow(Base):
    """A secret address under which calendars read the shifts of a person or of a schedule (`kind`, `subject_id`). It
    belongs to a user and ends with them."""

    __tablename__ = "calendar_feeds"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[str] = mapped_column(String(26), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
