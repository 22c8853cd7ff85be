"""What machines have reported: keys they use, the state of each heartbeat and its runs, alerts and their tickets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime


class MachineKeyRow(Base):
    """The key of a heartbeat or an integration; `section` as in the configuration file. The digest alone is kept."""

    __tablename__ = "machine_keys"

    section: Mapped[str] = mapped_column(String(20), primary_key=True)
    object_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)


class HeartbeatRow(Base):
    """`alerting.monitoring.pulse.Pulse` of the heartbeat of that id; `rhythm` is what it was computed with. `due_at` is
    null while the heartbeat is archived. `ticket_id` is the latest ticket about it."""

    __tablename__ = "heartbeats"
    __table_args__ = (
        Index("ix_heartbeats_due", "due_at", sqlite_where=text("due_at IS NOT NULL"),
              postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_heartbeats_ticket", "ticket_id"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    rhythm: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(10))
    expected_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    heard_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    succeeded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    missed: Mapped[int] = mapped_column(Integer)
    ticket_id: Mapped[str | None] = mapped_column(String(26))


class HeartbeatRunRow(Base):
    """One run of a job: `outcome` is `running`, `succeeded`, `failed`, or `broken_off` when another began before it had
    ended. `log` is what the job sent, without what looked like a secret; `log_cut` when it was longer than we keep."""

    __tablename__ = "heartbeat_runs"
    __table_args__ = (Index("ix_heartbeat_runs_heartbeat", "heartbeat_id", "id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    heartbeat_id: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    log: Mapped[str | None] = mapped_column(Text)
    log_cut: Mapped[bool] = mapped_column(default=False)


class IntegrationRow(Base):
    """How much an integration has sent. Its row is locked while events are taken, so that those of one moment are taken
    one after the other."""

    __tablename__ = "integrations"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    events: Mapped[int] = mapped_column(Integer)
    last_event_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class AlertRow(Base):
    """What one dedup key of an integration stands for; `key` is the digest of the dedup key, or `flood` for what has
    been gathered on one ticket. `occurrences` are of its latest ticket. `opened_at` is when that ticket was opened for
    it, null when it was gathered on one of others. `instance` tells repeated messages about one occurrence apart from
    a new one, where the sender says so."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index("uq_alerts_key", "integration_id", "key", unique=True),
        Index("ix_alerts_opened", "integration_id", "opened_at"),
        Index("ix_alerts_ticket", "ticket_id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    integration_id: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(64))
    dedup_key: Mapped[str] = mapped_column(String(500))
    summary: Mapped[str] = mapped_column(String(500))
    instance: Mapped[str | None] = mapped_column(String(100))
    ticket_id: Mapped[str | None] = mapped_column(String(26))
    occurrences: Mapped[int] = mapped_column(Integer)
    opened_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
