"""Databases for tests: SQLite files copied from a migrated one, PostgreSQL emptied between tests."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import text

from core.db import Database
from core.settings import Settings
from service import migrate, tables


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
    names = ", ".join(name for name in tables.names())
    with database.engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text(f"TRUNCATE {names} CASCADE"))
        connection.execute(text("SET session_replication_role = DEFAULT"))


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
