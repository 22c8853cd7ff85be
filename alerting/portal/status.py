"""What is happening with a ticket right now, as one thing to say to the customer. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


class Doing(StrEnum):
    QUEUED = "queued"
    REHEARSED = "rehearsed"
    OPENED = "opened"
    TAKEN = "taken"
    WAITING = "waiting"
    CALLING = "calling"
    LOOKING_AGAIN = "looking_again"
    OVERDUE = "overdue"
    DISPUTED = "disputed"
    LAST_RESORT = "last_resort"
    DRILL_UNANSWERED = "drill_unanswered"
    ACCEPTED = "accepted"
    UNREACHABLE = "unreachable"
    CONTACTED = "contacted"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


Tone = Literal["busy", "good", "alarm", "calm"]
TONES: dict[Doing, Tone] = {
    Doing.QUEUED: "calm",
    Doing.REHEARSED: "calm",
    Doing.OPENED: "calm",
    Doing.TAKEN: "good",
    Doing.WAITING: "calm",
    Doing.CALLING: "busy",
    Doing.LOOKING_AGAIN: "busy",
    Doing.OVERDUE: "alarm",
    Doing.DISPUTED: "alarm",
    Doing.LAST_RESORT: "alarm",
    Doing.DRILL_UNANSWERED: "calm",
    Doing.ACCEPTED: "good",
    Doing.UNREACHABLE: "alarm",
    Doing.CONTACTED: "good",
    Doing.CLOSED: "good",
    Doing.WITHDRAWN: "calm",
}


@dataclass(frozen=True)
class Facts:
    """What the tables know. `pages`: it is an activation, and somebody is called for it; `waits_for` why it waits, None
    while it does not. `escalation` is its state, None for a drill on paper; `owner` the name of whoever accepted
    last, "" before; `accepted_at` the instant of that; `due_at` when the next thing happens by itself."""

    state: str
    pages: bool = True
    waits_for: str | None = None
    attended_at: datetime | None = None
    close_code: str | None = None
    contact_state: str = "none"
    drill: bool = False
    owner: str = ""
    accepted_at: datetime | None = None
    contact_due_at: datetime | None = None
    contacted_at: datetime | None = None
    queued_until: datetime | None = None
    closed_at: datetime | None = None
    escalation: str | None = None
    step: int = 0
    cycle: int = 1
    due_at: datetime | None = None


@dataclass(frozen=True)
class Now:
    """`at`: since when, or for `queued` from when. `due_at`: by when the next thing happens, or the call comes."""

    doing: Doing
    who: str = ""
    step: int = 0
    at: datetime | None = None
    due_at: datetime | None = None

    @property
    def tone(self) -> Tone:
        return TONES[self.doing]


def happening(facts: Facts) -> Now:
    """The one thing to say; the order of the lines is the order of importance."""
    if facts.state == "closed":
        return Now(Doing.WITHDRAWN if facts.close_code == "withdrawn" else Doing.CLOSED, at=facts.closed_at)
    if facts.state == "waiting":
        return Now(Doing.WAITING, who=facts.owner)
    if not facts.pages:
        return Now(Doing.TAKEN, who=facts.owner) if facts.owner else Now(Doing.OPENED, at=facts.attended_at)
    if facts.escalation is None:
        return Now(Doing.REHEARSED)
    if facts.escalation == "scheduled":
        return Now(Doing.QUEUED, at=facts.queued_until)
    if facts.escalation == "running":
        return Now(_why_calling(facts), who=facts.owner, step=facts.step, due_at=facts.due_at)
    if facts.escalation == "exhausted":
        return Now(Doing.DRILL_UNANSWERED if facts.drill else Doing.LAST_RESORT, due_at=facts.due_at)
    if facts.escalation == "acknowledged" and facts.contact_state == "unreachable":
        return Now(Doing.UNREACHABLE, who=facts.owner)
    if facts.escalation == "acknowledged":
        return Now(Doing.ACCEPTED, who=facts.owner, at=facts.accepted_at, due_at=facts.contact_due_at)
    return Now(Doing.CONTACTED, who=facts.owner, at=facts.contacted_at)


def _why_calling(facts: Facts) -> Doing:
    if facts.cycle == 1:
        return Doing.CALLING
    if facts.contact_state == "disputed":
        return Doing.DISPUTED
    return Doing.OVERDUE if facts.owner else Doing.LOOKING_AGAIN
