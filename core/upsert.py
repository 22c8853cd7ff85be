"""INSERT … ON CONFLICT: the same words on SQLite and PostgreSQL, but SQLAlchemy has one construct for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from core.db import run


class Upsert:
    """A statement built once for each database, because building it takes longer than running it."""

    def __init__(
        self, table: Table, build: Callable[[postgresql.Insert | sqlite.Insert], ReturningInsert[Any]]
    ) -> None:
        self._statements = {"postgresql": build(postgresql.insert(table)), "sqlite": build(sqlite.insert(table))}

    def run(self, session: Session, **values: Any) -> Any:
        """The returned row; `values` are those of the row to insert."""
        return run(session, self._statements[session.get_bind().dialect.name], values).one()
