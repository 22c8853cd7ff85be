"""Keys that the configuration accepts and keeps, but that this version does not act on yet. `guardia doctor` tells
which of them are in use, so that nobody relies on one."""

from __future__ import annotations

from collections.abc import Iterable

from core.documents.store import Document
from service.configuration.document import Path
from service.configuration.references import EACH, follow

NOT_YET_ACTIVE: tuple[tuple[str, Path, str], ...] = (
    ("teams", ("managers",), "warnings about a team are shown to every manager, not to these alone"),
    ("pagerduty", ("routing_key",), "PagerDuty attempts use the environment's GUARDIA_PAGERDUTY_ROUTING_KEY"),
    ("pagerduty", ("mirror",), "tickets are not mirrored to PagerDuty"),
    ("sla", (), "targets are shown, their clocks are not running"),
    ("customers", ("contract", "sla"), "a contract's own targets are shown, their clocks are not running"),
    ("integrations", (), "events from monitoring are not received"),
    ("heartbeats", (), "heartbeats are not received and missing ones not noticed"),
)
"""(section, where in each object, what is not done); an empty place means the whole object."""


def not_yet_active(documents: Iterable[Document]) -> tuple[tuple[str, str], ...]:
    """(path pattern, explanation) of the keys that are in use: a key that is written with null or false is not."""
    used = {
        (section, place): why
        for document in documents
        if not document.archived
        for section, place, why in NOT_YET_ACTIVE
        if document.section == section and any(value for _, value in follow(document.body, place))
    }
    return tuple((pattern(*key), why) for key, why in used.items())


def pattern(section: str, place: Path) -> str:
    """`customers[].contract.sla`"""
    return f"{section}[]" + "".join("[]" if step == EACH else f".{step}" for step in place)
