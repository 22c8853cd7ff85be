"""Incidents that stand for our tickets in PagerDuty, and what PagerDuty has told us."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, JSONColumn, UTCDateTime


class PagerDutyIncidentRow(Base):
    """One service's incident for one episode of a ticket, or for a test page (`attempt_id`, without a ticket).
    `wanted` is what it should be, `held` what PagerDuty is known to hold (both: triggered, acknowledged, resolved;
    `held` null before anything was taken). `asked_at` is when a request first left. `due_at` is when the difference is
    to be told next; null when there is none to tell. `acknowledged_cycle` is the escalation's cycle in which the
    ticket was acknowledged from there."""

    __tablename__ = "pagerduty_incidents"
    __table_args__ = (
        Index("uq_pagerduty_incidents_episode", "ticket_id", "episode", "service_id", unique=True),
        Index("ix_pagerduty_incidents_key", "dedup_key"),
        Index("ix_pagerduty_incidents_incident", "incident_id"),
        Index("ix_pagerduty_incidents_attempt", "attempt_id"),
        Index("ix_pagerduty_incidents_due", "due_at", sqlite_where=text("due_at IS NOT NULL"),
              postgresql_where=text("due_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    ticket_id: Mapped[str | None] = mapped_column(String(26))
    attempt_id: Mapped[str | None] = mapped_column(String(26))
    episode: Mapped[int] = mapped_column(Integer)
    service_id: Mapped[str] = mapped_column(String(40))
    dedup_key: Mapped[str] = mapped_column(String(255))
    mirror: Mapped[bool]
    wanted: Mapped[str] = mapped_column(String(20))
    held: Mapped[str | None] = mapped_column(String(20))
    asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    emitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    heard_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(Integer)
    incident_id: Mapped[str | None] = mapped_column(String(60))
    acknowledged_cycle: Mapped[int | None] = mapped_column(Integer)


class PagerDutyRotaRow(Base):
    """How the reading of one rota stands; what was read is a document. `of` as `PagerDutyRota.source`. `read_at` is
    when it last was, null for never; `error` why it was not the last time. `doubted`: the last answer took somebody off
    call within a day. `told_at` is when managers were told that it is stale or empty, null when it is neither;
    `told_users` are those of whom they were told that they are nobody here."""

    __tablename__ = "pagerduty_rotas"

    rotation_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    of: Mapped[str] = mapped_column(String(80))
    since_at: Mapped[datetime] = mapped_column(UTCDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[str | None] = mapped_column(String(40))
    doubted: Mapped[bool]
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    told_users: Mapped[list[str]] = mapped_column(JSONColumn)


class PagerDutyEventRow(Base):
    """One event of PagerDuty's webhooks, taken in before anything is done about it. `body` is kept until then;
    `due_at` is when to look at it next, null once that is done. `outcome` says what was done."""

    __tablename__ = "pagerduty_events"
    __table_args__ = (
        Index("uq_pagerduty_events_event", "event_id", unique=True),
        Index("ix_pagerduty_events_due", "due_at", sqlite_where=text("due_at IS NOT NULL"),
              postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_pagerduty_events_received", "received_at"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(80))
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    body: Mapped[dict[str, Any] | None] = mapped_column(JSONColumn)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[str | None] = mapped_column(String(40))
