"""Why somebody was paged or was not, in words for staff, from what the attempts kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerting.escalation.queries import OnCallFact
from alerting.web.language import gettext, marked
from oncall.reasons import describe, reason_of

WHY = {
    "nobody_on_call": marked("nobody on call"),
    "absent": marked("absent"),
    "no_verified_method": marked("no verified way to be reached"),
    "method_disabled": marked("this number or address is out of use"),
    "opted_out": marked("answered STOP: this number may not be written to"),
    "already_acknowledged": marked("somebody had accepted"),
    "ticket_closed": marked("the ticket was closed"),
    "duplicate_in_step": marked("already called in this step"),
    "drill_excluded": marked("not for a drill"),
    "pagerduty_not_configured": marked("PagerDuty is not configured"),
    "rate_limited": marked("too many messages at once"),
    "carrier_down": marked("the carrier was out of reach"),
    "bundled": marked("told together with another ticket"),
    "late_collapsed": marked("too late: a newer page replaced it"),
}
OWN_REASONS = {
    "owner": marked("had accepted, and the contact was overdue"),
    "nobody_else_left": marked("nobody of the last resort could be reached"),
    "pagerduty": marked("PagerDuty service named by the policy"),
}


def why_in_words(why: str | None) -> str:
    """Why an attempt was not made or was given up; an unknown word is shown as it is."""
    return gettext(WHY[why]) if why in WHY else why or ""


def fact_in_words(fact: OnCallFact, language: str, names: Mapping[str, str], timezone: str) -> str:
    """Why the person was paged, or why not."""
    if fact.why is not None:
        target = (fact.reason or {}).get("id")
        named = f": {target}" if fact.person_id is None and target else ""
        return why_in_words(fact.why) + named
    return reason_in_words(fact.reason, language, names, timezone)


def reason_in_words(data: Mapping[str, Any] | None, language: str, names: Mapping[str, str], timezone: str) -> str:
    """What `oncall.reasons.reason_data` wrote, read back."""
    kind = (data or {}).get("kind")
    if data is None or kind is None:
        return ""
    if kind in OWN_REASONS:
        return gettext(OWN_REASONS[kind])
    reason = reason_of(data)
    if reason is None:
        return f"{kind} {data.get('id', '')}".strip()
    return describe(reason, language, names, timezone)
