"""What keeps a command from working, in words for whoever can put it right."""

from __future__ import annotations

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from core.settings import Settings, UnsafeSettings

NO_SUCH_TABLE = "42P01"  # PostgreSQL; SQLite has words alone


def of_settings(error: ValidationError) -> str | None:
    """One line for each setting that is refused; None when the error is about something else. The values are not
    shown: some are secrets."""
    if error.title != Settings.__name__:
        return None
    lines = []
    for one in error.errors(include_url=False, include_input=False):
        cause = one.get("ctx", {}).get("error")
        name = "_".join(["GUARDIA", *map(str, one["loc"])]).upper()
        lines.append(str(cause) if isinstance(cause, UnsafeSettings) else f"{name}: {cause or one['msg']}")
    return "\n".join(lines)


def of_database(error: DBAPIError) -> str:
    """The database's own words, and the next move."""
    said = str(error.orig).strip()
    if getattr(error.orig, "sqlstate", None) == NO_SUCH_TABLE or "no such table" in said:
        return "the database has no schema, or an old one: run `guardia db upgrade`"
    return f"the database does not answer as it should: {said}\nstart it, or correct GUARDIA_DATABASE_URL"
