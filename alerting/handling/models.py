"""Cases that a ticket depends on at somebody else's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime


class ProviderCaseRow(Base):
    """A case at the customer's cloud provider, under the support that the customer has there (support terms, 4.1 (**)).
    `due_at` is the provider's own target; `reminded_at` when the owner was told that it has passed."""

    __tablename__ = "provider_cases"
    __table_args__ = (Index("ix_provider_cases_ticket", "ticket_id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(String(26))
    provider: Mapped[str] = mapped_column(String(100))
    plan: Mapped[str | None] = mapped_column(String(100))
    case_number: Mapped[str] = mapped_column(String(100))
    severity: Mapped[str | None] = mapped_column(String(50))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
