"""Run by Alembic, which puts `context` in place; the connection and the metadata come from `service.migrate`."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from core.db import JSONColumn, UTCDateTime


def own_types(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Our column types by their own names, so that scripts read like the models."""
    if kind == "type" and isinstance(item, UTCDateTime):
        autogen_context.imports.add("from core.db import UTCDateTime")
        return "UTCDateTime()"
    if kind == "type" and item is JSONColumn:
        autogen_context.imports.add("from core.db import JSONColumn")
        return "JSONColumn"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    render_as_batch=True,  # SQLite changes tables by copying them
    render_item=own_types,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
