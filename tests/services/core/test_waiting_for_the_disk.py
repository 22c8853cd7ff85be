"""Which commits wait until they are on the disk."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.db import Database


def waits(session: Session) -> bool:
    """Whether the commit of this transaction does, as the database itself says."""
    if session.get_bind().dialect.name == "sqlite":
        return bool(session.execute(text("PRAGMA synchronous")).scalar_one() == 2)  # FULL
    return bool(session.execute(text("SHOW synchronous_commit")).scalar_one() == "on")


def test_every_commit_waits_but_one_that_may_be_lost(database: Database) -> None:
    for may_be_lost in (False, True, True, False):  # one connection, used again and again
        with database.transaction(may_be_lost=may_be_lost) as session:
            assert waits(session) is not may_be_lost


def test_what_may_be_lost_is_seen_by_everybody_at_once(database: Database) -> None:
    with database.transaction(may_be_lost=True) as session:
        session.execute(text("INSERT INTO counters (name, value) VALUES ('seen', 1)"))
    with database.reading() as session:
        assert session.execute(text("SELECT value FROM counters WHERE name = 'seen'")).scalar_one() == 1
