"""The escalation of one episode of a ticket: where it stands and when it must act next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, JSONColumn, UTCDateTime


class EscalationRow(Base):
    """`due_at` is the next instant at which something must happen by itself (wait over, last resort again, contact
    overdue, reminder, opening of a queued request); null when nothing is due. `nudged_until` keeps the clock from
    handing out the same row again before a worker had a chance. `turn` is the escalation's place in round robins.
    `version` fences: every change adds one."""

    __tablename__ = "escalations"
    __table_args__ = (
        Index("ix_escalations_due", "due_at", sqlite_where=text("due_at IS NOT NULL"),
              postgresql_where=text("due_at IS NOT NULL")),
        Index("uq_escalations_episode", "ticket_id", "episode", unique=True),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(String(26))
    episode: Mapped[int] = mapped_column(Integer)
    cycle: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(20))
    round: Mapped[int] = mapped_column(Integer)
    step: Mapped[int] = mapped_column(Integer)
    unreachable: Mapped[bool] = mapped_column(default=False)
    turn: Mapped[int] = mapped_column(Integer)
    policy: Mapped[dict[str, Any]] = mapped_column(JSONColumn)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    nudged_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    owner: Mapped[str | None] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)


class ContactTryRow(Base):
    """One documented try to reach the customer; `outcome` and `channel` as in the contract."""

    __tablename__ = "contact_tries"
    __table_args__ = (Index("ix_contact_tries_escalation", "escalation_id", "cycle"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    escalation_id: Mapped[str] = mapped_column(String(26))
    cycle: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    channel: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(20))
    address: Mapped[str | None] = mapped_column(String(255))
