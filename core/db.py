"""Engine, session and transaction: SQLite (WAL, synchronous=FULL) or PostgreSQL, with nudges sent after the commit."""

from __future__ import annotations

import logging
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    JSON,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Insert,
    MetaData,
    Table,
    TypeDecorator,
    create_engine,
    event,
    insert,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import DeclarativeBase, Session

from core.queue import Nudge, take_nudges

log = logging.getLogger(__name__)

SQLITE_BUSY_TIMEOUT_MS = 10_000
SQLITE_LOOK_SECONDS = 0.001
PRIMARY_CODE = 0xFF  # of SQLite's extended error codes
POSTGRES_CONNECT_TIMEOUT_SECONDS = 2
READ_ONLY = "guardia_read_only"
MAY_BE_LOST = "guardia_may_be_lost"
WAITS = "guardia_waits_for_the_disk"
_NOT_WAITING = text("SET LOCAL synchronous_commit = off")

# None is the database's NULL, never JSON's.
JSONColumn = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Base(DeclarativeBase):
    """All tables of the service; names of constraints are fixed so that migrations can refer to them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in storage. A naive value is a programming error and raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant {value!r}: give it a timezone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """The engine of one process and its two ways in: `transaction()` to change, `reading()` to look."""

    def __init__(
        self, url: str, *, pool_size: int = 10, after_commit: Callable[[Sequence[Nudge]], object] | None = None
    ) -> None:
        self.url = url
        self.after_commit = after_commit
        self.engine = _engine(url, pool_size)
        self._one_moment: dict[str, Any] = {READ_ONLY: True}
        if self.engine.dialect.name == "postgresql":
            self._one_moment["isolation_level"] = "REPEATABLE READ"

    @contextmanager
    def transaction(self, *, may_be_lost: bool = False) -> Iterator[Session]:
        """Commits at the end, rolls back on an exception. Nudges collected on the session leave after the commit, so a
        worker never looks for a row that is not there yet; they are lost with a rollback.

        `may_be_lost`: the commit does not wait for the disk. Everybody sees it at once, and the death of any process
        leaves it; a power cut in the next moment undoes it, whole. The next commit that waits keeps it too (SQLite:
        PRAGMA synchronous; PostgreSQL: synchronous_commit)."""
        with Session(self.engine, expire_on_commit=False) as session:
            with session.begin():
                if may_be_lost:
                    session.connection(execution_options={MAY_BE_LOST: True})
                    if self.engine.dialect.name == "postgresql":
                        session.execute(_NOT_WAITING)
                yield session
            nudges = take_nudges(session)
        if nudges and self.after_commit is not None:
            self.after_commit(nudges)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A read-only look at one moment: all of its queries see the same rows, or a log that grows meanwhile would
        look tampered with. Takes no write lock on SQLite, so that pages never wait for a writer."""
        with Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options=self._one_moment)
            yield session

    def dispose(self) -> None:
        self.engine.dispose()


def run(session: Session, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
    """A statement that was built beforehand and gives columns, not objects: past the session's own machinery, in half
    of the time. What waits in the session is sent first, as by the session."""
    session.flush()
    return session.connection().execute(statement, parameters)


def insert_row(session: Session, row: Base) -> None:
    """Insert at once, without the session keeping the object: half the time of `add` and flush, for rows that this
    transaction does not change any more. Every column counts as set; defaults of the class are not applied."""
    table = cast(Table, type(row).__table__)
    run(session, _insert_into(table), {column.key: getattr(row, column.key) for column in table.columns})


@cache
def _insert_into(table: Table) -> Insert:
    return insert(table)


def _engine(url: str, pool_size: int) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite_engine(url, pool_size)
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,  # the database may have been restarted since the connection was last used
        pool_timeout=POSTGRES_CONNECT_TIMEOUT_SECONDS,
        connect_args={"connect_timeout": POSTGRES_CONNECT_TIMEOUT_SECONDS},
    )


def _sqlite_engine(url: str, pool_size: int) -> Engine:
    if (path := make_url(url).database) and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=pool_size, max_overflow=pool_size)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: pysqlite's own is deferred and fails on upgrade
        for pragma in (
            f"busy_timeout={SQLITE_BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get(READ_ONLY):
            connection.exec_driver_sql("BEGIN")
        else:
            _wait_for_the_disk(connection, waits=not options.get(MAY_BE_LOST))
            _begin_writing(connection)

    return engine


def _wait_for_the_disk(connection: Connection, *, waits: bool) -> None:
    """SQLite takes this setting between transactions alone."""
    if connection.info.setdefault(WAITS, True) is not waits:
        connection.connection.cursor().execute(f"PRAGMA synchronous={'FULL' if waits else 'NORMAL'}")
        connection.info[WAITS] = waits


def _begin_writing(connection: Connection) -> None:
    """Waits for the one write lock by asking often. SQLite's own waiting sleeps up to 100 ms between two looks, and the
    longer somebody has waited the more seldom they look: under load a page then waits for seconds behind newcomers."""
    driver: Any = connection.connection.dbapi_connection
    deadline = time.monotonic() + SQLITE_BUSY_TIMEOUT_MS / 1000
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while _another_writes(driver) and time.monotonic() < deadline:
            time.sleep(SQLITE_LOOK_SECONDS * random.uniform(0.5, 1.5))
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # fails again, with SQLAlchemy's error
    finally:
        driver.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}")


def _another_writes(driver: sqlite3.Connection) -> bool:
    """False when our transaction has begun, or cannot begin for another reason."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        return error.sqlite_errorcode & PRIMARY_CODE == sqlite3.SQLITE_BUSY
    return False
