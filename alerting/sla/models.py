"""The SLA clocks of tickets: what was promised, and what has been found out about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, JSONColumn, UTCDateTime


class SlaClockRow(Base):
    """One metric of one ticket. Everything can be computed from `opened_at`, the target, the coverage with its changes,
    the ticket's spans and the instant of what is measured; `due_at` and `next_at` (when there is something to say next,
    null when nothing is) are kept so that the clock finds them. Once `done_at` is set, `met` and `elapsed_seconds` are
    final, whatever is edited later. `cancelled`: withdrawn or a double, and no verdict. `target_changes` and
    `coverage_changes` are `[{at, minutes}]` and `[{at, coverage}]`; `warned` is the highest percentage told."""

    __tablename__ = "sla_clocks"
    __table_args__ = (
        Index("uq_sla_clocks_metric", "ticket_id", "metric", unique=True),
        Index("ix_sla_clocks_next", "next_at", sqlite_where=text("next_at IS NOT NULL"),
              postgresql_where=text("next_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(String(26))
    metric: Mapped[str] = mapped_column(String(20))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    target_minutes: Mapped[int] = mapped_column(Integer)
    target_changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONColumn)
    calendar_id: Mapped[str | None] = mapped_column(String(40))
    coverage: Mapped[str] = mapped_column(String(10))
    coverage_changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONColumn)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    next_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    warned: Mapped[int] = mapped_column(Integer)
    breached_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancelled: Mapped[bool] = mapped_column(default=False)
    met: Mapped[bool | None] = mapped_column()
    elapsed_seconds: Mapped[float | None] = mapped_column(Float)
