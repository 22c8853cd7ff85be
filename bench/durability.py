"""Floor and product must promise the same about a commit; asserted before anything is measured."""

from __future__ import annotations

from sqlalchemy import Connection

from core.db import Database

FULL = 2  # PRAGMA synchronous: every commit is on the disk when it returns


class NotDurable(RuntimeError):
    """The database would lose commits in a crash: its figures mean nothing."""


def promised(database: Database) -> str:
    """What a commit on a connection of this database promises; NotDurable when it is less than being on the disk."""
    with database.engine.connect() as connection:
        if database.engine.dialect.name == "sqlite":
            said = {name: _asked(connection, f"PRAGMA {name}") for name in ("synchronous", "journal_mode")}
            wanted = {"synchronous": str(FULL), "journal_mode": "wal"}
        else:
            said = {name: _asked(connection, f"SHOW {name}") for name in ("synchronous_commit", "fsync")}
            wanted = {"synchronous_commit": "on", "fsync": "on"}
    if said != wanted:
        raise NotDurable(f"{database.engine.dialect.name} says {said}; required is {wanted}")
    return f"{database.engine.dialect.name}: " + ", ".join(f"{name}={value}" for name, value in said.items())


def _asked(connection: Connection, question: str) -> str:
    return str(connection.exec_driver_sql(question).scalar_one())
