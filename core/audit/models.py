"""Tables of the log, and the triggers by which the database itself refuses to change it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, ForeignKeyConstraint, Index, String, event, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, JSONColumn, UTCDateTime

NOTES = "kind = 'ticket.updated'"
"""Written out in a query too: with a bound value a database cannot know that the index fits."""


class LogEntry(Base):
    """One sealed entry. (subject, seq) is the key, so two writers cannot both write entry 7 of a chain. Notes are
    looked for by time, whatever ticket they are on; an index of them alone costs the entries of a page nothing."""

    __tablename__ = "log_entries"
    __table_args__ = (Index("ix_log_entries_notes", "at", sqlite_where=text(NOTES), postgresql_where=text(NOTES)),)

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    kind: Mapped[str] = mapped_column(String(40))
    actor: Mapped[dict[str, Any]] = mapped_column(JSONColumn)
    data: Mapped[dict[str, Any]] = mapped_column(JSONColumn)
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class LogHead(Base):
    """Where a chain ends. Its row is the lock of the chain."""

    __tablename__ = "log_heads"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    seq: Mapped[int] = mapped_column()
    hash: Mapped[str] = mapped_column(String(64))


class LogPersonal(Base):
    """Personal values of an entry; the chain holds their salted digest only, so they can be erased without a trace
    of them and without breaking it. Blocked values are kept, and shown to nobody."""

    __tablename__ = "log_personal"
    __table_args__ = (ForeignKeyConstraint(["subject", "seq"], ["log_entries.subject", "log_entries.seq"]),)

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    about: Mapped[str | None] = mapped_column(String(255), index=True)
    salt: Mapped[str | None] = mapped_column(String(64))
    personal_values: Mapped[dict[str, Any] | None] = mapped_column(JSONColumn)
    blocked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


# Also run by the migration that creates the table; one statement each.
APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "sqlite": (
        """CREATE TRIGGER log_entries_no_update BEFORE UPDATE ON log_entries
        BEGIN SELECT RAISE(ABORT, 'log_entries is append-only'); END""",
        """CREATE TRIGGER log_entries_no_delete BEFORE DELETE ON log_entries
        BEGIN SELECT RAISE(ABORT, 'log_entries is append-only'); END""",
        # INSERT OR REPLACE deletes without running the trigger above.
        """CREATE TRIGGER log_entries_no_replace BEFORE INSERT ON log_entries
        WHEN EXISTS (SELECT 1 FROM log_entries WHERE subject = NEW.subject AND seq = NEW.seq)
        BEGIN SELECT RAISE(ABORT, 'log_entries is append-only'); END""",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION log_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'log_entries is append-only'; END $$""",
        """CREATE TRIGGER log_entries_no_change BEFORE UPDATE OR DELETE ON log_entries
        FOR EACH ROW EXECUTE FUNCTION log_entries_refuse()""",
        """CREATE TRIGGER log_entries_no_truncate BEFORE TRUNCATE ON log_entries
        FOR EACH STATEMENT EXECUTE FUNCTION log_entries_refuse()""",
    ),
}

for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        _ddl = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(LogEntry.__table__, "after_create", _ddl.execute_if(dialect=_dialect))
