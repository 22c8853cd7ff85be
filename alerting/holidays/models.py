"""Confirmed lists of holidays, and of which ones managers have been reminded."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, JSONColumn, UTCDateTime


class HolidayConfirmationRow(Base):
    """One confirmation; never changed afterwards, the latest counts. `days` are ISO dates. `confirmed_by` is a person's
    id, or the address of a user who is nobody's."""

    __tablename__ = "holiday_confirmations"
    __table_args__ = (Index("ix_holiday_confirmations_list", "calendar_id", "year"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    calendar_id: Mapped[str] = mapped_column(String(40))
    year: Mapped[int] = mapped_column(Integer)
    days: Mapped[list[str]] = mapped_column(JSONColumn)
    confirmed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_by: Mapped[str] = mapped_column(String(254))


class HolidayReminderRow(Base):
    """Managers were last told at `told_at` that the list with this digest is not confirmed."""

    __tablename__ = "holiday_reminders"

    calendar_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)
