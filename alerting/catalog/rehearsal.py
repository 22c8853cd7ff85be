"""A drill that rings nobody: who would be paged, when, written to the log (contract: drills rehearse)."""

from __future__ import annotations

from typing import Any

from alerting.escalation.schema import EscalationPolicy
from alerting.tickets.models import TicketRow
from alerting.work import Work
from oncall.reasons import reason_data
from oncall.resolve import resolve_targets


def report(work: Work, ticket: TicketRow, policy: EscalationPolicy) -> None:
    """One round of the policy as it would go if nobody answered, with the people on call at each step's instant."""
    at = ticket.queued_until or work.now
    steps: list[dict[str, Any]] = []
    for number, step in enumerate(policy.steps, start=1):
        found = resolve_targets(step.notify, work.config.oncall, at)
        people = [{"person": one.person_id, "reason": reason_data(one.reason)} for one in found.people]
        steps.append({"step": number, "at": at.isoformat(), "people": people})
        at += step.wait
    work.record(ticket.reference, "drill.reported", {"steps": steps, "rehearsal": True})
