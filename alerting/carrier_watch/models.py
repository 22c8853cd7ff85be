"""Canary pages, and how our accounts at the carriers were when last looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, JSONColumn, UTCDateTime


class CanaryRow(Base):
    """`outcome` is one of `rules.Outcome`. It is missed when it was not heard by `deadline_at`; `why` then is the state
    in which its attempt was. `carrier` is known once it has been judged."""

    __tablename__ = "canaries"
    __table_args__ = (
        Index("ix_canaries_channel", "channel", "sent_at"),
        Index("uq_canaries_attempt", "attempt_id", unique=True),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(String(26))
    channel: Mapped[str] = mapped_column(String(20))
    carrier: Mapped[str] = mapped_column(String(20))
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
    deadline_at: Mapped[datetime] = mapped_column(UTCDateTime)
    outcome: Mapped[str] = mapped_column(String(10))
    heard_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    why: Mapped[str | None] = mapped_column(String(60))


class CarrierAccountRow(Base):
    """`error` is why it could not be asked, None when it was. `findings` are those of `carriers.numbers`, as objects;
    `told` the faults that managers know of."""

    __tablename__ = "carrier_accounts"

    carrier: Mapped[str] = mapped_column(String(20), primary_key=True)
    checked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    error: Mapped[str | None] = mapped_column(String(200))
    balance: Mapped[str | None] = mapped_column(String(30))
    currency: Mapped[str | None] = mapped_column(String(10))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONColumn)
    told: Mapped[list[str]] = mapped_column(JSONColumn)
