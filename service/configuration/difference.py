"""The difference an apply makes, one printable line for each object: + created or restored, ~ changed, - archived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.documents.store import SINGLE, Change, Document

Key = tuple[str, str]


def difference(changes: Sequence[Change], current: Iterable[Document]) -> tuple[str, ...]:
    """In the order of the file. Objects of which only the order changes share one line for their section."""
    before = {(document.section, document.id): document.body for document in current}
    lines: dict[str, None] = {}
    for change in changes:
        lines[_line(change, before.get((change.section, change.id), {}))] = None
    return tuple(lines)


def changed_keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The first-level keys that were added, removed or have another value."""
    return tuple(key for key in dict.fromkeys((*after, *before)) if _at(before, key) != _at(after, key))


_ABSENT = object()


def _at(body: Mapping[str, Any], key: str) -> object:
    return body.get(key, _ABSENT)


def _line(change: Change, before: Mapping[str, Any]) -> str:
    name = change.section if change.id == SINGLE else f"{change.section} {change.id}"
    match change.kind:
        case "create":
            return f"+ {name}"
        case "restore":
            return f"+ {name} (restored)"
        case "archive":
            return f"- {name} (archived)"
        case "update":
            keys = changed_keys(before, change.body)
            return f"~ {name}: {', '.join(keys)}" if keys else f"~ {change.section}: order"
