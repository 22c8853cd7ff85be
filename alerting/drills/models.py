"""Drills from their planning to the signed report, and of which plans managers were reminded."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, JSONColumn, UTCDateTime


class DrillRow(Base):
    """`open_key` is customer and plan while it is planned or runs, else null: its uniqueness makes a second click no
    second drill. `planned_by` is an address; None for a drill that somebody activated without a plan for it. `told_at`:
    when the customer was last told of the date. `why` of the last move, or of what called it off or broke it off.
    `reference` is its ticket's, from the beginning on; `report` what the log said at the end (`findings.Report`)."""

    __tablename__ = "drills"
    __table_args__ = (
        Index("ix_drills_state_starts", "state", "starts_at"),
        Index("ix_drills_plan", "customer_id", "plan_id", "starts_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(40))
    customer_name: Mapped[str] = mapped_column(String(255))
    plan_id: Mapped[str | None] = mapped_column(String(40))
    plan_name: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(12))
    open_key: Mapped[str | None] = mapped_column(String(130), unique=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    out_of_hours: Mapped[bool]
    purpose: Mapped[str | None] = mapped_column(Text)
    moves: Mapped[int] = mapped_column(Integer)
    why: Mapped[str | None] = mapped_column(String(12))
    planned_at: Mapped[datetime] = mapped_column(UTCDateTime)
    planned_by: Mapped[str | None] = mapped_column(String(254))
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reference: Mapped[str | None] = mapped_column(String(32), unique=True)
    plan_version: Mapped[int | None] = mapped_column(Integer)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONColumn)
    version: Mapped[int] = mapped_column(Integer)


class DrillActionRow(Base):
    """What is to be done about a gap, by whom (a name: it may be the customer's), until when."""

    __tablename__ = "drill_actions"
    __table_args__ = (Index("ix_drill_actions_drill", "drill_id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    drill_id: Mapped[str] = mapped_column(String(26))
    text: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(100))
    due_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_by: Mapped[str] = mapped_column(String(254))
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_by: Mapped[str | None] = mapped_column(String(254))


class DrillSignatureRow(Base):
    """`side` is customer or provider; `digest` is of the report and its actions as they were signed."""

    __tablename__ = "drill_signatures"

    drill_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    side: Mapped[str] = mapped_column(String(10), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    signed_by: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(255))


class DrillReminderRow(Base):
    """Managers were last told at `told_at` that the plan has gone without a drill for too long."""

    __tablename__ = "drill_reminders"

    customer_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    plan_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)
