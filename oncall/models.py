"""What happens to people and their contact methods at run time; who they are is configuration."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime


class DisabledMethodRow(Base):
    """An address that no page may use: opted out (STOP, carrier code 21610) or dead. `why` as attempt.why."""

    __tablename__ = "disabled_methods"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    address: Mapped[str] = mapped_column(String(255), primary_key=True)
    why: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class RoundRobinRow(Base):
    """How many turns a round robin has given; a new escalation takes one."""

    __tablename__ = "round_robin_turns"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    taken: Mapped[int] = mapped_column(Integer)
