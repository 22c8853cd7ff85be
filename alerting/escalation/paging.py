"""Carry out what the machine decided: find the people, plan their attempts, stop what is under way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.escalation import machine, planning
from alerting.escalation.machine import Effect, Escalation
from alerting.escalation.models import ContactTryRow, EscalationRow
from alerting.escalation.planning import Called, PagePlan
from alerting.escalation.schema import EscalationPolicy
from alerting.notifications import messages, spoken
from alerting.notifications import service as notifications
from alerting.notifications.messages import Sms
from alerting.notifications.models import AttemptRow
from alerting.notifications.service import Place
from alerting.notifications.spoken import Spoken
from alerting.pagerduty import incidents
from alerting.pagerduty import methods as pagerduty_methods
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.ids import short
from oncall import contact_plan, disabled
from oncall.contact_plan import ContactPlan
from oncall.reasons import NotPaged
from oncall.schema import Person

Texts = dict[str, Sms | Spoken]


def carry_out(
    work: Work,
    ticket: TicketRow,
    row: EscalationRow,
    policy: EscalationPolicy,
    esc: Escalation,
    effect: Effect,
    via_attempt: str | None,
) -> bool:
    """False only for a step at which nobody could be paged."""
    place = place_of(row, esc)
    match effect:
        case machine.PageStep(_, step, owner):
            return _page_step(work, ticket, row, policy, esc, step, owner)
        case machine.PageLastResort(owner):
            _page_last_resort(work, ticket, row, policy, esc)
        case machine.CancelPages():
            why = "ticket_closed" if esc.state in machine.ENDED else "already_acknowledged"
            notifications.cancel_pages(work, ticket, row.id, why, via_attempt)
        case machine.TellOthers(taken_by):
            name = work.config.person_name(taken_by)
            taken = messages.TakenByOtherSms(
                reference=short(ticket.reference), name=name, at=work.now, drill=ticket.mode == "drill"
            )
            notifications.tell_paged(work, ticket, place, taken, but=taken_by, purpose="notice")
        case machine.TellStandDown(by_customer):
            over = messages.StandDownSms(
                reference=short(ticket.reference),
                at=work.now,
                by_customer=by_customer,
                drill=ticket.mode == "drill",
            )
            work.record(ticket.reference, "stand_down.sent")
            notifications.tell_paged(work, ticket, place, over, but=None, purpose="stand_down")
        case machine.TellCustomerNobodyYet():
            notifications.tell_customer(work, ticket, "nobody_yet")
        case machine.TellUnreachable():
            _tell_unreachable(work, ticket, row, policy, place)
        case machine.RemindOwner():
            _remind_owner(work, ticket, row, place)
    return True


def place_of(row: EscalationRow, esc: Escalation) -> Place:
    return Place(row.id, esc.episode, esc.cycle, esc.round, esc.step)


def was_paged(work: Work, row: EscalationRow, person: str) -> bool:
    """True when the current step of the current cycle has paged the person."""
    found = work.session.execute(
        select(AttemptRow.id)
        .where(
            AttemptRow.escalation_id == row.id,
            AttemptRow.purpose == "page",
            AttemptRow.person_id == person,
            AttemptRow.cycle == row.cycle,
            AttemptRow.round == row.round,
            AttemptRow.step == row.step,
            AttemptRow.state != "skipped",
        )
        .limit(1)
    ).scalar_one_or_none()
    return found is not None


def tries_used_up(work: Work, ticket: TicketRow, row: EscalationRow, policy: EscalationPolicy) -> bool:
    """True when the customer has been tried often enough, over long enough, on every number that is known. A try
    without a number counts for any of them."""
    rule = policy.contact_unreachable
    tries = work.session.execute(
        select(ContactTryRow.at, ContactTryRow.address)
        .where(ContactTryRow.escalation_id == row.id, ContactTryRow.outcome != "reached")
        .order_by(ContactTryRow.at)
    ).all()
    if len(tries) < rule.tries or tries[-1].at - tries[0].at < rule.over:
        return False
    tried = {address for _, address in tries}
    return None in tried or set(known_numbers(work, ticket)) <= tried


def known_numbers(work: Work, ticket: TicketRow) -> tuple[str, ...]:
    """Where the customer may be called, in the order of calling: the callback number first."""
    customer = work.config.customer(ticket.customer_id)
    phones = [contact.phone for contact in customer.contacts if contact.phone] if customer else []
    return tuple(dict.fromkeys([*([ticket.callback_phone] if ticket.callback_phone else []), *phones]))


def _page_step(
    work: Work,
    ticket: TicketRow,
    row: EscalationRow,
    policy: EscalationPolicy,
    esc: Escalation,
    step: int,
    owner: str | None,
) -> bool:
    contacts = contacts_at(work.session, policy, work.config, work.now, drill=esc.drill)
    plan = planning.of_step(policy, step, work.config.oncall, work.now, row.turn, contacts, owner)
    called = _page_all(work, ticket, place_of(row, esc), plan, _texts(work, ticket, esc), drill=esc.drill)
    paged = [one for one in plan.paged if one != owner] + [one for one in plan.paged if one == owner]
    data = {"round": esc.round, "step": esc.step, "cycle": esc.cycle, "people": paged}
    if called:
        data["pagerduty"] = called
    if paged or called:
        work.record(ticket.reference, "step.started", data)
        _tell_shadows(work, ticket, policy, esc, place_of(row, esc), paged)
    else:
        work.record(ticket.reference, "step.skipped", data | {"why": "nobody_on_call"})
    return bool(paged or called)


def _tell_shadows(
    work: Work, ticket: TicketRow, policy: EscalationPolicy, esc: Escalation, place: Place, paged: list[str]
) -> None:
    """Whoever learns along hears of each step once, when it is first gone through."""
    if (esc.cycle, esc.round) != (1, 1):
        return
    names = ", ".join(work.config.person_name(person) for person in paged)
    text = messages.ShadowedPageSms(**_common(ticket), priority=ticket.priority, name=names)
    for person in planning.shadows(policy, esc.step, work.config.oncall, work.now):
        if person not in paged:
            notifications.notify(work, ticket, place, person, text)


def _page_last_resort(
    work: Work, ticket: TicketRow, row: EscalationRow, policy: EscalationPolicy, esc: Escalation
) -> None:
    contacts = contacts_at(work.session, policy, work.config, work.now, drill=esc.drill)
    plan = planning.of_last_resort(policy, work.config.oncall, work.now, row.turn, contacts)
    texts = _last_resort_texts(work, ticket, row)
    called = _page_all(work, ticket, place_of(row, esc), plan, texts, drill=esc.drill)
    data = {"people": plan.paged, "cycle": esc.cycle} | ({"pagerduty": called} if called else {})
    work.record(ticket.reference, "last_resort.paged", data)


def contacts_at(
    session: Session, policy: EscalationPolicy, config: Configuration, now: datetime, *, drill: bool
) -> Callable[[Person], ContactPlan]:
    """How each person is reached by their rules for the policy's urgency, with what is out of use left out, and in a
    drill PagerDuty."""

    def of(person: Person) -> ContactPlan:
        out = disabled.methods_of(session, person)
        stopped = pagerduty_methods.stopped(person, config.pagerduty, drill=drill)
        defaults = config.oncall.defaults
        return contact_plan.plan(person, policy.urgency, defaults, now, out.method_ids, out.opted_out, stopped)

    return of


def _page_all(work: Work, ticket: TicketRow, place: Place, plan: PagePlan, texts: Texts, *, drill: bool) -> list[str]:
    """Attempts for everybody who can be reached; what is not used leaves a trace too. The PagerDuty services that are
    called."""
    for one in plan.people:
        overdue = one.reason == planning.OWNER_AGAIN
        _page_person(work, ticket, place, one, _overdue_texts(work, ticket) if overdue else texts)
    for skipped in plan.skipped:
        _skip(work, ticket, place, skipped)
    return incidents.page(work, ticket, place, plan.pagerduty, texts["sms"], drill=drill)


def _page_person(work: Work, ticket: TicketRow, place: Place, one: Called, texts: Texts) -> None:
    for unused in one.unused:
        notifications.skip(
            work,
            ticket,
            place,
            unused.why,
            person=one.person,
            channel=unused.channel,
            address=unused.address,
            reason=one.reason,
        )
    for contact in one.contacts:
        if contact.channel == incidents.CHANNEL:
            incidents.expect(work, ticket, place.episode, contact.address)
    if one.contacts:
        notifications.page(work, ticket, place, one.person, one.contacts, texts, one.reason)


def _skip(work: Work, ticket: TicketRow, place: Place, skipped: NotPaged) -> None:
    person = work.config.oncall.people.get(skipped.person_id) if skipped.person_id else None
    reason = {"kind": skipped.kind, "id": skipped.id}
    notifications.skip(work, ticket, place, skipped.why, person=person, reason=reason)


# --- texts


def _texts(work: Work, ticket: TicketRow, esc: Escalation) -> Texts:
    common = _common(ticket)
    step = esc.step if esc.step > 1 else None
    text = messages.PageSms(**common, priority=ticket.priority, step=step)
    return {"sms": text, "voice": spoken.Greeting(**common, person=""), "email": text}


def _last_resort_texts(work: Work, ticket: TicketRow, row: EscalationRow) -> Texts:
    common = _common(ticket)
    minutes = int((work.now - row.started_at).total_seconds() // 60)
    text = messages.LastResortSms(**common, priority=ticket.priority, minutes=minutes or None)
    return {"sms": text, "voice": spoken.Greeting(**common, person="", last_resort=True), "email": text}


def _overdue_texts(work: Work, ticket: TicketRow) -> Texts:
    taken_at = ticket.acknowledged_at or work.now
    minutes = int((work.now - taken_at).total_seconds() // 60)
    text = messages.ContactOverdueSms(
        reference=short(ticket.reference),
        minutes=minutes,
        phone=ticket.callback_phone,
        drill=ticket.mode == "drill",
    )
    call = spoken.Greeting(**_common(ticket), person="", overdue_minutes=minutes)
    return {"sms": text, "voice": call, "email": text}


def _common(ticket: TicketRow) -> dict[str, Any]:
    return {
        "reference": short(ticket.reference),
        "customer": ticket.customer_name,
        "plan": ticket.plan_name,
        "drill": ticket.mode == "drill",
    }


def _tell_unreachable(
    work: Work, ticket: TicketRow, row: EscalationRow, policy: EscalationPolicy, place: Place
) -> None:
    """Owner, managers and customer learn that the tries are used up."""
    tries = policy.contact_unreachable.tries
    text = messages.UnreachableManagerSms(
        reference=short(ticket.reference),
        owner=work.config.person_name(row.owner),
        customer=ticket.customer_name,
        tries=tries,
        drill=ticket.mode == "drill",
    )
    for person in work.config.oncall.people.values():
        if "manager" in person.roles:
            notifications.notify(work, ticket, place, person.id, text)
    _remind_owner(work, ticket, row, place, tries)
    notifications.tell_customer(work, ticket, "unreachable", tries)


def _remind_owner(work: Work, ticket: TicketRow, row: EscalationRow, place: Place, tries: int = 0) -> None:
    if row.owner is None:
        return
    text = messages.UnreachableReminderSms(
        reference=short(ticket.reference),
        tries=tries or _tries(work, row),
        phone=ticket.callback_phone,
        drill=ticket.mode == "drill",
    )
    notifications.notify(work, ticket, place, row.owner, text)


def _tries(work: Work, row: EscalationRow) -> int:
    return work.session.execute(
        select(func.count()).select_from(ContactTryRow).where(ContactTryRow.escalation_id == row.id)
    ).scalar_one()
