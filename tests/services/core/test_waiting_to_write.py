"""SQLite has one writer at a time; the others wait for it."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, OperationalError

from core import db
from core.db import Database


@pytest.fixture(autouse=True)
def _table(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        session.execute(text("CREATE TABLE seen (who TEXT)"))


def write(database: Database, who: str) -> None:
    with database.transaction() as session:
        session.execute(text("INSERT INTO seen VALUES (:who)"), {"who": who})


def seen(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.execute(text("SELECT who FROM seen")).scalars())


def test_whoever_comes_while_another_writes_writes_afterwards(sqlite_database: Database) -> None:
    others = [threading.Thread(target=write, args=(sqlite_database, f"thread {n}")) for n in range(4)]
    with sqlite_database.transaction() as session:
        session.execute(text("INSERT INTO seen VALUES ('first')"))
        for other in others:
            other.start()
        assert seen(sqlite_database) == set()  # readers wait for nobody
    for other in others:
        other.join()
    assert seen(sqlite_database) == {"first", "thread 0", "thread 1", "thread 2", "thread 3"}


def test_waiting_ends_with_an_error_and_leaves_the_connection_usable(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "SQLITE_BUSY_TIMEOUT_MS", 50)
    with sqlite_database.transaction() as session:
        session.connection()
        with pytest.raises(OperationalError, match="locked"):
            write(sqlite_database, "too late")
    write(sqlite_database, "later")
    assert seen(sqlite_database) == {"later"}


def test_a_database_that_is_broken_fails_at_once_and_not_as_one_that_is_busy(sqlite_database: Database) -> None:
    sqlite_database.dispose()
    path = sqlite_database.engine.url.database
    assert path is not None
    with open(path, "wb") as file:
        file.write(b"no database" * 1000)
    with pytest.raises(DatabaseError, match="not a database"):
        write(sqlite_database, "nobody")
