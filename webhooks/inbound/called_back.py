"""An engineer calls us about a page: which of theirs are open, and the menu of the one that they name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from alerting.escalation import standing as standings
from alerting.escalation.standing import Stand
from alerting.notifications import spoken
from alerting.notifications.attempts import AttemptState
from alerting.notifications.models import AttemptRow
from alerting.notifications.service import TOKEN_LENGTH
from alerting.runtime import Runtime
from alerting.tickets.models import TicketRow
from alerting.tickets.states import CLOSED
from alerting.work import Work
from core.audit.chain import LogActor
from core.ids import opaque_token, short, ulid
from oncall.schema import Person
from webhooks.inbound import calls
from webhooks.inbound.phone_pages import ANSWERABLE, NEVER_SENT
from webhooks.inbound.situations import seen_by
from webhooks.voice import open_call

CALL_IN = "call_in"
"""Purpose of an attempt that the other side made: evidence like any other, and never counted as a page of ours."""


@dataclass(frozen=True)
class OwnPage:
    """`codes` of the messages about it that went to the person's telephones."""

    ticket: TicketRow
    stand: Stand
    codes: tuple[str, ...]


def pages_of(work: Work, person: Person) -> list[OwnPage]:
    """The person's pages that can be answered, newest ticket first."""
    rows = work.session.execute(
        select(TicketRow, AttemptRow.reply_code)
        .join(AttemptRow, AttemptRow.ticket_id == TicketRow.id)
        .where(
            AttemptRow.person_id == person.id,
            AttemptRow.purpose == "page",
            AttemptRow.state.not_in(NEVER_SENT),
            TicketRow.state != CLOSED,
        )
        .order_by(TicketRow.id.desc())
    ).all()
    codes: dict[str, set[str]] = {}
    tickets: dict[str, TicketRow] = {}
    for ticket, code in rows:
        tickets[ticket.id] = ticket
        codes.setdefault(ticket.id, set()).update({code} if code else ())
    found = [(ticket, standings.stand(work, ticket, person.id)) for ticket in tickets.values()]
    return [OwnPage(ticket, stand, tuple(sorted(codes[ticket.id]))) for ticket, stand in found
            if stand is not None and stand.standing in ANSWERABLE]  # fmt: skip


def menu(runtime: Runtime, work: Work, person: Person, page: OwnPage, sid: str, number: str, to: str) -> str:
    """The same menu and the same evidence as on a call that we placed: from here on the call is an attempt."""
    attempt = _attempt(work, person, page, sid, number, runtime.settings.carrier_account_at(to).name)
    seen = seen_by(work, attempt, page.ticket)
    if seen is None:
        raise LookupError(f"ticket {page.ticket.reference} pages nobody")
    return calls.say(runtime, work, attempt, seen, 0, open_call(seen.situation))


def _attempt(work: Work, person: Person, page: OwnPage, sid: str, number: str, carrier: str) -> AttemptRow:
    ticket, escalation = page.ticket, page.stand.escalation
    text = spoken.Greeting(
        person=person.name,
        customer=ticket.customer_name,
        reference=short(ticket.reference),
        plan=ticket.plan_name,
        drill=ticket.mode == "drill",
    )
    attempt = AttemptRow(
        id=ulid(),
        token=opaque_token(TOKEN_LENGTH),
        ticket_id=ticket.id,
        escalation_id=escalation.id,
        episode=escalation.episode,
        cycle=escalation.cycle,
        round=0,
        step=0,
        purpose=CALL_IN,
        person_id=person.id,
        person_name=person.name,
        channel="voice",
        address=number,
        language=person.language or work.config.provider.language,
        template=text.kind(),
        facts=text.facts(),
        state=AttemptState.ANSWERED.value,
        created_at=work.now,
        due_at=work.now,
        sent_at=work.now,
        handed_over_at=work.now,
        carrier=carrier,
        carrier_sid=sid,
        fence=0,
        tries=0,
        resends=0,
        sequence=-1,
        wrong_codes=0,
    )
    work.session.add(attempt)
    work.session.flush()
    data = {"attempt": attempt.id, "state": attempt.state, "purpose": CALL_IN, "carrier_sid": sid}
    work.record(
        ticket.reference, "attempt.status", data, actor=LogActor("person", person.id),
        personal={"address": number}, about=person.id,
    )  # fmt: skip
    return attempt
