"""Databases for tests: SQLite files copied from a migrated one, PostgreSQL emptied between tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from core.db import Database
from core.settings import Settings
from service import migrate, tables

# For modules whose statements others run on both databases too: SQLite in the gate, both in `make test-databases`.
AT_LENGTH = ("sqlite", "postgresql") if os.environ.get("TEST_DATABASES") == "both" else ("sqlite",)


def migrated_file(folder: Path) -> Path:
    """A SQLite file with the whole schema, to be copied."""
    path = folder / "template.db"
    database = Database(f"sqlite:///{path}", pool_size=1)
    migrate.upgrade(database)
    database.dispose()  # the last connection to close writes the WAL back
    return path


def copy_of(template: Path, folder: Path) -> Database:
    path = folder / "guardia.db"
    shutil.copy(template, path)
    return Database(f"sqlite:///{path}")


def made_on(server: str, name: str) -> str:
    """URL of a new database with the whole schema."""
    admin = Database(server.format(database="postgres"), pool_size=1)
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
    url = server.format(database=name)
    database = Database(url, pool_size=1)
    migrate.upgrade(database)
    database.dispose()
    return url


def empty(database: Database) -> None:
    """Every row away; the log's own triggers refuse that, so they are off for this one session."""
    Rows({}).put_into(database)


@dataclass(frozen=True)
class Rows:
    """What a PostgreSQL database held once, table by table as COPY writes it."""

    tables: Mapping[str, bytes]

    @classmethod
    def of(cls, database: Database) -> Self:
        held = {}
        with _cursor(database) as cursor:
            for name in tables.names():
                with cursor.copy(f"COPY {name} TO STDOUT") as lines:
                    held[name] = b"".join(bytes(line) for line in lines)
        return cls({name: lines for name, lines in held.items() if lines})

    def put_into(self, database: Database) -> None:
        """These rows and no others. Numbers that the database gives go on from where they were."""
        with _cursor(database) as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(f"TRUNCATE {', '.join(tables.names())} CASCADE")
            for name, lines in self.tables.items():
                with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                    copy.write(lines)
            cursor.execute("SET session_replication_role = DEFAULT")


@contextmanager
def _cursor(database: Database) -> Iterator[Any]:
    with database.engine.begin() as connection, connection.connection.cursor() as cursor:
        yield cursor


def settings_for(database: Database, folder: Path, **given: object) -> Settings:
    values: dict[str, object] = {
        "database_url": database.url,
        "data_dir": folder,
        "public_url": "http://guardia.test",
        "secret_key": "test-secret-key-of-thirty-two-chars!",
        "calls_per_second": 0,
        "sms_per_second": 0,
    }
    return Settings(**(values | given))  # type: ignore[arg-type]
