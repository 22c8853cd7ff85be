"""Requests of the service catalog, and the answers kept for repeated ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, JSONColumn, UTCDateTime


class ActivationRow(Base):
    """One request for an intervention. Several may stand for one ticket: `joined` ones came while it was open.
    `requester_email` is the signed-in user; `on_behalf` is True when staff asked for the customer."""

    __tablename__ = "activations"
    __table_args__ = (Index("ix_activations_ticket", "ticket_id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(String(26))
    customer_id: Mapped[str] = mapped_column(String(40))
    plan_id: Mapped[str | None] = mapped_column(String(40))
    mode: Mapped[str] = mapped_column(String(10))
    requester_email: Mapped[str] = mapped_column(String(255))
    requester_name: Mapped[str] = mapped_column(String(255))
    on_behalf: Mapped[bool]
    callback_phone: Mapped[str | None] = mapped_column(String(20))
    symptoms: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    critical: Mapped[bool]
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime)
    joined: Mapped[bool]


class IdempotencyRow(Base):
    """The answer already given to a caller's key (contract: kept 30 days, scoped to the caller)."""

    __tablename__ = "idempotency_keys"

    caller: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    body_digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer)
    answer: Mapped[dict[str, Any]] = mapped_column(JSONColumn)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PlanVersionRow(Base):
    """A contingency plan as it was from `from_at` until the next version, `number` counting from 1; never changed.
    `body` is that of the configuration file; `digest` tells whether it has changed."""

    __tablename__ = "plan_versions"

    customer_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    plan_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSONColumn)
    digest: Mapped[str] = mapped_column(String(64))
    from_at: Mapped[datetime] = mapped_column(UTCDateTime)
