"""A log entry as the sentence that a customer may read, told by mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alerting.notifications import progress
from alerting.notifications.wording import NO_PLAN, Language
from alerting.sla.service import Moved
from alerting.tickets.models import TicketRow
from alerting.tickets.timeline import TELLERS, Telling
from alerting.work import Work


def report(
    work: Work, ticket: TicketRow, kind: str, data: Mapping[str, Any], personal: Mapping[str, Any], but: str | None
) -> None:
    """What the timeline says of it, in each recipient's language; nothing of what the timeline does not show."""

    def sentence(language: str) -> str | None:
        spoken: Language = "en" if language == "en" else "es"
        telling = Telling(work.config.provider, spoken, ticket.plan_name or NO_PLAN[spoken], work.config.person_name)
        said = TELLERS[kind](telling, data, personal)
        return said and said[1]

    progress.tell(work, ticket, sentence, but)


def report_due_times(work: Work, ticket: TicketRow, moved: Sequence[Moved]) -> None:
    """New due times, the time to resolution alone: what the customer waits for."""
    for one in moved:
        if one.metric == "resolution" and one.after is not None:
            data = {"metric": one.metric, "due_at": one.after.isoformat()}
            report(work, ticket, "sla.changed", data, {}, but=None)
