"""The pages that a telephone may answer by text message, and those that somebody else has answered meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select

from alerting.escalation import standing as standings
from alerting.escalation.standing import Stand, Standing
from alerting.notifications.models import AttemptRow
from alerting.tickets.models import TicketRow
from alerting.tickets.states import CLOSED
from alerting.work import Work
from core.ids import short
from oncall.schema import Person
from webhooks.replies import OpenPage

ANSWERABLE = frozenset({Standing.OPEN, Standing.OWNED})
LATE = timedelta(hours=24)  # an answer to a page that is over is told so, for as long as somebody may remember it
NEVER_SENT = ("skipped", "superseded", "cancelled")
MOST_WRONG_CODES = 5


@dataclass(frozen=True)
class PhonePage:
    """The newest page of one ticket on one telephone. `person` is whom it was for."""

    attempt: AttemptRow
    stand: Stand
    person: str
    open_page: OpenPage

    @property
    def ticket(self) -> TicketRow:
        return self.stand.ticket

    @property
    def drill(self) -> bool:
        return self.ticket.mode == "drill"

    @property
    def is_locked(self) -> bool:
        """After too many wrong codes: two digits are guessed quickly, and a sender's number is easily forged."""
        return self.attempt.wrong_codes >= MOST_WRONG_CODES


def pages_on(work: Work, address: str) -> list[PhonePage]:
    """Every page that this telephone got by SMS and whose ticket is open, or was until lately; newest first. Tickets
    are locked in the order of their ids, so that two telephones never wait for each other."""
    rows = work.session.execute(
        select(AttemptRow, TicketRow)
        .join(TicketRow, TicketRow.id == AttemptRow.ticket_id)
        .where(
            AttemptRow.address == address,
            AttemptRow.purpose == "page",
            AttemptRow.channel == "sms",
            AttemptRow.reply_code.is_not(None),
            AttemptRow.person_id.is_not(None),
            AttemptRow.state.not_in(NEVER_SENT),
            or_(TicketRow.state != CLOSED, TicketRow.closed_at > work.now - LATE),
        )
        .order_by(TicketRow.id, AttemptRow.created_at.desc())
        .with_for_update(of=TicketRow)
    ).all()
    newest: dict[str, tuple[AttemptRow, TicketRow]] = {}
    for attempt, ticket in rows:
        newest.setdefault(ticket.id, (attempt, ticket))
    pages = [page for attempt, ticket in newest.values() if (page := _page(work, attempt, ticket))]
    return sorted(pages, key=lambda page: page.attempt.created_at, reverse=True)


def tests_on(work: Work, address: str) -> list[AttemptRow]:
    """Test messages of the last day that this telephone may confirm; newest first."""
    return list(
        work.session.execute(
            select(AttemptRow)
            .where(
                AttemptRow.address == address,
                AttemptRow.purpose == "test",
                AttemptRow.channel == "sms",
                AttemptRow.state.not_in((*NEVER_SENT, "confirmed")),
                AttemptRow.created_at > work.now - LATE,
            )
            .order_by(AttemptRow.created_at.desc())
        ).scalars()
    )


def person_at(work: Work, number: str) -> Person | None:
    """Whose verified telephone it is; the first of several who share one. The number must match exactly."""
    return next(iter(people_at(work, number)), None)


def people_at(work: Work, number: str) -> list[Person]:
    """Everybody of ours whose verified telephone it is."""
    return [person for person in work.config.oncall.people.values() if _has(person, number)]


def _has(person: Person, number: str) -> bool:
    return any(m.verified and m.channel in ("sms", "voice") and m.address == number for m in person.contact_methods)


def _page(work: Work, attempt: AttemptRow, ticket: TicketRow) -> PhonePage | None:
    stand = standings.stand(work, ticket, attempt.person_id)
    if stand is None or attempt.person_id is None:
        return None
    shown = OpenPage(
        code=attempt.reply_code or "",
        reference=short(ticket.reference),
        customer=ticket.customer_name,
        attempt_id=attempt.id,
        ticket_id=ticket.id,
        drill=ticket.mode == "drill",
    )
    return PhonePage(attempt, stand, attempt.person_id, shown)
