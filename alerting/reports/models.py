"""Reports of months that are over, and their corrections. Rows are written once and never changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, JSONColumn, UTCDateTime


class MonthlyReportRow(Base):
    """`month` is its first day; `body` the facts that its figures are made of (`frozen.Facts`); `hash` seals both."""

    __tablename__ = "monthly_reports"

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    frozen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    body: Mapped[dict[str, Any]] = mapped_column(JSONColumn)
    hash: Mapped[str] = mapped_column(String(64))


class ReportCorrectionRow(Base):
    """What has changed since; `hash` follows that of the report or of the correction before."""

    __tablename__ = "report_corrections"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    month: Mapped[date] = mapped_column(Date, index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    body: Mapped[dict[str, Any]] = mapped_column(JSONColumn)
    hash: Mapped[str] = mapped_column(String(64))
