"""What PagerDuty and we tell one another, and what follows from it: the two-way table and its guards against loops.
Pure.

The rule behind it: a yes of a person in PagerDuty is a yes; nothing that happens there closes a ticket, and what we
have said ourselves never comes back as news."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

State = Literal["triggered", "acknowledged", "resolved"]
TRIGGERED: State = "triggered"
ACKNOWLEDGED: State = "acknowledged"
RESOLVED: State = "resolved"

SKEW = timedelta(seconds=5)
"""By how much two clocks may differ: what PagerDuty dates shortly before our last word may still be an answer to it."""
GRAIN = timedelta(seconds=1)
"""To which PagerDuty's REST cuts its instants: within it, events count in the order in which they come."""
OWN_MARK = "[guardia]"
EXTERNAL = "pagerduty:"
"""Before the id of a user of PagerDuty who is nobody of ours."""


class Act(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    RESUME = "resume"
    """An acknowledgement of PagerDuty's has run out there: paging goes on."""
    RESOLVED = "resolved"
    OPENED = "opened"
    NOTE = "note"
    """For the log alone."""
    IGNORE = "ignore"


@dataclass(frozen=True)
class Heard:
    """One event of a webhook. `user` is the id of the person who acted, `name` theirs; None when it was no person but
    a clock, a rule or an integration. `key` is the incident's own, None when it has none (an incident with alerts)."""

    id: str
    kind: str
    occurred_at: datetime
    incident_id: str | None = None
    key: str | None = None
    user: str | None = None
    name: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Known:
    """What we know of the incident. `held` is the state that PagerDuty is known to hold, None before anything was
    sent; `emitted_at` when we last told it something; `heard_at` when the newest event that counted occurred.
    `ours`: the incident belongs to the ticket's present episode. `acknowledged_there`: the acknowledgement in force
    came from PagerDuty."""

    held: State | None
    emitted_at: datetime | None
    heard_at: datetime | None
    ours: bool
    acknowledged_there: bool


@dataclass(frozen=True)
class Verdict:
    """`held` is what PagerDuty holds after the event; None: that is not changed by it. `why` an event is not acted
    on, "" when it is."""

    act: Act
    why: str = ""
    held: State | None = None


def read(body: Any) -> Heard | None:
    """An event of webhooks V3; None when it is none that we can read."""
    event = body.get("event") if isinstance(body, Mapping) else None
    if not isinstance(event, Mapping):
        return None
    id_, kind, at = event.get("id"), event.get("event_type"), _instant(event.get("occurred_at"))
    if not isinstance(id_, str) or not id_ or not isinstance(kind, str) or at is None:
        return None
    agent, data = _mapping(event.get("agent")), _mapping(event.get("data"))
    incident = data if data.get("type") == "incident" else _mapping(data.get("incident"))
    person = agent.get("type") == "user_reference"
    return Heard(
        id=id_,
        kind=kind,
        occurred_at=at,
        incident_id=_text(incident.get("id")),
        key=_text(incident.get("incident_key")),
        user=_text(agent.get("id")) if person else None,
        name=_text(agent.get("summary")) if person else None,
        note=_text(data.get("content")),
    )


def decide(heard: Heard, known: Known) -> Verdict:
    """What to do about one event."""
    if not known.ours:
        return Verdict(Act.IGNORE, "earlier_episode")
    if known.heard_at is not None and heard.occurred_at < known.heard_at - GRAIN:
        return Verdict(Act.NOTE, "out_of_order")
    before_our_word = known.emitted_at is not None and heard.occurred_at < known.emitted_at - SKEW
    match heard.kind:
        case "incident.triggered" | "incident.reopened":
            return Verdict(Act.OPENED, held=TRIGGERED)
        case "incident.acknowledged":
            return _acknowledged(heard, known, before_our_word)
        case "incident.unacknowledged":
            if before_our_word:
                return Verdict(Act.NOTE, "out_of_order")
            act = Act.RESUME if known.acknowledged_there else Act.IGNORE
            return Verdict(act, "" if act is Act.RESUME else "acknowledged_elsewhere", TRIGGERED)
        case "incident.resolved":
            return _resolved(heard, known, before_our_word)
        case "incident.annotated" if OWN_MARK in (heard.note or ""):
            return Verdict(Act.IGNORE, "own_note")
    known_kind = heard.kind.startswith("incident.")
    return Verdict(Act.NOTE if known_kind else Act.IGNORE, "for_information" if known_kind else "unknown_event")


def _acknowledged(heard: Heard, known: Known, before_our_word: bool) -> Verdict:
    if known.held in (ACKNOWLEDGED, RESOLVED):
        return Verdict(Act.IGNORE, "already_so")
    if before_our_word:
        return Verdict(Act.NOTE, "out_of_order")
    if heard.user is None:
        return Verdict(Act.IGNORE, "no_person")
    return Verdict(Act.ACKNOWLEDGE, held=ACKNOWLEDGED)


def _resolved(heard: Heard, known: Known, before_our_word: bool) -> Verdict:
    if known.held == RESOLVED:
        return Verdict(Act.IGNORE, "already_so")
    if before_our_word:
        return Verdict(Act.NOTE, "out_of_order")
    if heard.user is None:
        # Our own resolve before a second trigger comes back like this, and is no news.
        echo = known.emitted_at is not None and heard.occurred_at <= known.emitted_at + SKEW
        return Verdict(Act.IGNORE, "already_so" if echo else "no_person", None if echo else RESOLVED)
    return Verdict(Act.RESOLVED, held=RESOLVED)


def missed(incident: Mapping[str, Any], held: State) -> Mapping[str, Any] | None:
    """What a webhook would have said, from the incident as REST has it; None when it says nothing new. Taken in like
    one, and once: its id is made of what it says."""
    status, at, by = (
        incident.get("status"),
        incident.get("last_status_change_at"),
        incident.get("last_status_change_by"),
    )
    if status not in (ACKNOWLEDGED, RESOLVED) or status == held or _instant(at) is None:
        return None
    agent = _mapping(by)
    person = agent.get("type") in ("user_reference", "user")
    return {
        "event": {
            "id": f"missed:{incident.get('id')}:{status}:{at}",
            "event_type": f"incident.{status}",
            "occurred_at": at,
            "agent": {**agent, "type": "user_reference"} if person else None,
            "data": {"id": incident.get("id"), "type": "incident", "incident_key": None},
        }
    }


# --- what we tell PagerDuty

PAGING = frozenset({"running", "exhausted"})
TAKEN = frozenset({"acknowledged", "contacted"})
ENDED = frozenset({"cancelled", "finished"})


def wanted(escalation: str, mirror: bool, before: State) -> State:
    """What an incident should be, by the state of our escalation. A mirror follows also back to paging; another
    incident rings again only when a step or the last resort calls its service."""
    if escalation in ENDED:
        return RESOLVED
    if escalation in TAKEN:
        return ACKNOWLEDGED
    return TRIGGERED if escalation in PAGING and mirror else before


def events_towards(wanted: State, held: State | None) -> tuple[str, ...]:
    """The event actions that bring PagerDuty there. An acknowledged incident stays silent when it is triggered, so it
    is resolved first: the same key then opens a new one. One that is resolved there cannot be acknowledged, and needs
    not. `held` as in `Known`."""
    if wanted == held or (wanted, held) == (ACKNOWLEDGED, RESOLVED):
        return ()
    if wanted == TRIGGERED:
        return ("resolve", "trigger") if held == ACKNOWLEDGED else ("trigger",)
    return ("acknowledge",) if wanted == ACKNOWLEDGED else ("resolve",)


def external_name(person_id: str, provider: str) -> str:
    """`Itsafer (PagerDuty PABC123)` for `pagerduty:PABC123`; any other id as it is."""
    return f"{provider} (PagerDuty {person_id.removeprefix(EXTERNAL)})" if person_id.startswith(EXTERNAL) else person_id


RETRY = (timedelta(seconds=5), timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5))


def again_after(tries: int) -> timedelta:
    """How long to wait after a failure; `tries` counts from 1. Never given up: an incident that is left open rings
    somebody for nothing."""
    return RETRY[min(tries, len(RETRY)) - 1]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _instant(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
