"""The schema: brought up to date by Alembic, under a lock so that several machines may start at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from core import migrations
from core.db import Database
from core.settings import Settings
from service import tables, wiring

SCRIPTS = Path(migrations.__file__).parent
LOCK = 7_482_310_551  # any number; PostgreSQL's advisory locks are numbers


def upgrade(database: Database) -> tuple[str | None, str | None]:
    """(revision before, revision after). Does nothing when the schema is up to date."""
    with _locked(database) as connection:
        before = MigrationContext.configure(connection).get_current_revision()
        command.upgrade(_config(connection), "head")
        return before, MigrationContext.configure(connection).get_current_revision()


def current(database: Database) -> str | None:
    """The revision of the schema; None before the first upgrade."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    return ScriptDirectory(str(SCRIPTS)).get_current_head()


def differences(database: Database) -> list[Any]:
    """What the tables in code have and the schema has not, or the other way round."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found: list[Any] = compare_metadata(context, tables.metadata)
        return found


def write(database: Database, message: str) -> None:
    """A new script from the differences; to be read and completed by hand."""
    with _locked(database) as connection:
        command.revision(_config(connection), message=message, autogenerate=True)


@contextmanager
def _locked(database: Database) -> Iterator[Connection]:
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        yield connection


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = tables.metadata
    return config


if __name__ == "__main__":
    write(wiring.database(Settings()), sys.argv[1])
