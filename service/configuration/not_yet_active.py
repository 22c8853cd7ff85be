"""Keys and settings that are accepted and kept, but that this version does not act on yet. `guardia doctor` tells which
of them are in use, so that nobody relies on one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.documents.store import Document
from service.configuration.document import Path
from service.configuration.references import EACH, follow


@dataclass(frozen=True)
class NotYetActive:
    """`place` in each object of `section`, empty for the whole object; `value`: only this value of it. `why` says what
    is not done, and what happens instead."""

    section: str
    place: Path
    why: str
    value: str | None = None

    @property
    def pattern(self) -> str:
        """`customers[].contract.sla`, `schedules[].layers[].mode: shadow`"""
        steps = "".join("[]" if step == EACH else f".{step}" for step in self.place)
        return f"{self.section}[]{steps}" + (f": {self.value}" if self.value else "")

    def is_used_in(self, document: Document) -> bool:
        """A key that is written with null or false is not in use."""
        if document.archived or document.section != self.section:
            return False
        found = (value for _, value in follow(document.body, self.place))
        return any(value == self.value if self.value else value for value in found)


NO_PERSON_BY_PAGERDUTY = "nobody is called through PagerDuty by name: name {pagerduty: ID} in the step instead"

NOT_YET_ACTIVE: tuple[NotYetActive, ...] = (
    NotYetActive("people", ("contact_methods", EACH, "channel"), NO_PERSON_BY_PAGERDUTY, "pagerduty"),
)

SETTINGS_NOT_YET_ACTIVE: Mapping[str, str] = {
    "calls_per_second": "calls are handed over as they become due; the carrier's 429 is waited for",
    "sms_per_second": "messages are handed over as they become due; the carrier's 429 is waited for",
}
"""Field of `core.settings.Settings` -> what is not done."""


def not_yet_active(documents: Iterable[Document]) -> tuple[tuple[str, str], ...]:
    """(path pattern, explanation) of the keys that are in use."""
    given = tuple(documents)
    return tuple((key.pattern, key.why) for key in NOT_YET_ACTIVE if any(key.is_used_in(one) for one in given))
