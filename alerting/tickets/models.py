"""The customer's ticket: one row, whatever channel it came by; and the spans in which it waited or was closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, JSONColumn, UTCDateTime


class TicketRow(Base):
    """`open_key` is customer, plan and mode while the ticket can be joined, else null: its uniqueness makes two
    simultaneous activations of one plan one ticket. `owner` is the latest acknowledger, `acknowledged_by` the first;
    both are ids of people. `terms_version` and `sla_policy_version` are what was in force when it was opened: the id of
    the support terms, and the version of the configuration with its targets. `language` is that of the customer's
    organisation; each contact has their own."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_customer_opened", "customer_id", "opened_at"),
        Index("ix_tickets_state_opened", "state", "opened_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    reference: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    mode: Mapped[str] = mapped_column(String(10))
    priority: Mapped[str] = mapped_column(String(2))
    channel: Mapped[str] = mapped_column(String(20))
    customer_id: Mapped[str] = mapped_column(String(40))
    customer_name: Mapped[str] = mapped_column(String(255))
    plan_id: Mapped[str | None] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(255))
    component: Mapped[str | None] = mapped_column(String(40))
    open_key: Mapped[str | None] = mapped_column(String(130), unique=True)
    symptoms: Mapped[str | None] = mapped_column(Text)
    critical: Mapped[bool] = mapped_column(default=False)
    callback_phone: Mapped[str | None] = mapped_column(String(20))
    callback_name: Mapped[str | None] = mapped_column(String(255))
    incident_type: Mapped[str | None] = mapped_column(String(20))
    department: Mapped[str | None] = mapped_column(String(100))
    intake: Mapped[dict[str, Any] | None] = mapped_column(JSONColumn)
    requester_email: Mapped[str | None] = mapped_column(String(254))
    causes: Mapped[str | None] = mapped_column(Text)
    remedy: Mapped[str | None] = mapped_column(Text)
    merged_into: Mapped[str | None] = mapped_column(String(32))
    flags: Mapped[list[str]] = mapped_column(JSONColumn)
    informed: Mapped[list[str]] = mapped_column(JSONColumn)
    waiting_reason: Mapped[str | None] = mapped_column(String(20))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    queued_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    acknowledged_by: Mapped[str | None] = mapped_column(String(40))
    acknowledged_via: Mapped[str | None] = mapped_column(String(20))
    owner: Mapped[str | None] = mapped_column(String(40))
    contact_state: Mapped[str] = mapped_column(String(20))
    contact_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    contacted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    contacted_by: Mapped[str | None] = mapped_column(String(40))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    close_code: Mapped[str | None] = mapped_column(String(30))
    explanation: Mapped[str | None] = mapped_column(Text)
    episode: Mapped[int] = mapped_column(Integer)
    reopen_count: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    terms_version: Mapped[str | None] = mapped_column(String(40))
    sla_policy_version: Mapped[int | None] = mapped_column(Integer)

    @property
    def plan_name(self) -> str | None:
        """What was activated; None for an activation that named no plan: each reader then has their own words."""
        return None if self.kind == "contingency" and self.plan_id is None else self.title


class TicketSpanRow(Base):
    """`kind` is `waiting`, with its reason and public note, or `closed`, with the code it was closed with. [from, to);
    null while it lasts. What the SLA clock leaves out."""

    __tablename__ = "ticket_spans"
    __table_args__ = (Index("ix_ticket_spans_ticket", "ticket_id", "from_at"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(String(26))
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(30))
    note: Mapped[str | None] = mapped_column(Text)
    from_at: Mapped[datetime] = mapped_column(UTCDateTime)
    to_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
