"""Plan who is told what: delivery attempts as rows, each with its log entry. Sending them is `dispatch`'s business."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from alerting.catalog.schema import Contact, Customer, Plan
from alerting.notifications import mails, messages, spoken
from alerting.notifications.answers import AnswerMail
from alerting.notifications.attempts import DEAF, HANDED_OVER, AttemptState
from alerting.notifications.messages import Sms
from alerting.notifications.models import AttemptRow
from alerting.notifications.reply_codes import free_code
from alerting.notifications.wording import Text
from alerting.tickets.models import TicketRow
from alerting.tickets.queries import seen_by
from alerting.work import NUDGE_GRACE, Work
from core.accounts.models import User
from core.accounts.permissions import Visibility
from core.accounts.sessions import actor_of
from core.audit.chain import SYSTEM, LogActor
from core.ids import opaque_token, short, ulid
from core.queue import nudge
from oncall import disabled
from oncall.contact_plan import PlannedContact
from oncall.schema import Person

__all__ = ["DEAF"]

HANG_UP = "alerting.notifications.jobs.hang_up"
TOKEN_LENGTH = 24
FIRST_PAGE = (1, 1, 1, 1)  # episode, cycle, round, step
BY_SMS_ELSE_MAIL = ("sms", "email")
NOTHING: Mapping[str, Any] = {}
MACHINES = ("heartbeat", "monitoring")
"""Channels by which no person has opened the ticket."""
RINGING = (AttemptState.ACCEPTED.value, AttemptState.RINGING.value)
STOPPED = ("already_acknowledged", "ticket_closed")
"""attempt.why of a call that rings for nobody any more."""

# Built once: on the way to the first page, building a statement takes longer than running it.
_SUPERSEDE = (
    update(AttemptRow)
    .where(
        AttemptRow.ticket_id == bindparam("of_ticket"),
        AttemptRow.person_id == bindparam("of_person"),
        AttemptRow.purpose == "page",
        AttemptRow.state == "pending",
    )
    .values(state=AttemptState.SUPERSEDED.value)
    .returning(AttemptRow.id)
    .execution_options(synchronize_session=False)
)


@dataclass(frozen=True)
class Way:
    """How somebody of ours is told something. `method_id` None: the person's own mail address."""

    channel: str
    method_id: str | None
    address: str


@dataclass(frozen=True)
class Place:
    """Where in an escalation an attempt belongs; zeros for what belongs to no step."""

    escalation_id: str | None
    episode: int
    cycle: int = 0
    round: int = 0
    step: int = 0


# --- engineers


def page(
    work: Work,
    ticket: TicketRow,
    place: Place,
    person: Person,
    contacts: Sequence[PlannedContact],
    text: Mapping[str, Sms | spoken.Spoken],
    reason: Mapping[str, Any] | None,
) -> None:
    """One attempt for each planned contact; `text` is what to tell by channel. What the person still had pending on
    this ticket is superseded: their newest page says everything."""
    if (place.episode, place.cycle, place.round, place.step) != FIRST_PAGE:
        _supersede(work, ticket, person.id)
    code = None
    for contact in contacts:
        if contact.channel == "sms" and code is None:
            code = free_code(work.session, contact.address, ticket.id, work.planned())
        said = text["voice" if contact.channel == "voice" else "sms"]
        attempt = _attempt(
            work,
            ticket,
            place,
            "page",
            said,
            person_id=person.id,
            person_name=person.name,
            channel=contact.channel,
            method_id=contact.method_id,
            address=contact.address,
            language=contact.language or work.config.provider.language,
        )
        attempt |= {
            "due_at": contact.due_at,
            "reason": reason,
            "reply_code": code if contact.channel == "sms" else None,
        }
        _add(work, ticket, attempt)


def page_service(
    work: Work, ticket: TicketRow, place: Place, channel: str, service: str, text: Text, reason: Mapping[str, Any]
) -> None:
    """A page to a service that calls its own people; at once."""
    attempt = _attempt(
        work, ticket, place, "page", text, person_id=None, person_name="",
        channel=channel, address=service, language=work.config.provider.language,
    )  # fmt: skip
    _add(work, ticket, attempt | {"reason": reason})


def skip(
    work: Work,
    ticket: TicketRow,
    place: Place,
    why: str,
    *,
    person: Person | None = None,
    channel: str | None = None,
    address: str | None = None,
    reason: Mapping[str, Any] | None = None,
) -> None:
    """An attempt that is not made, and why: a non-attempt leaves a trace too."""
    attempt = _attempt(
        work,
        ticket,
        place,
        "page",
        messages.PageSms(reference=short(ticket.reference), priority=ticket.priority, customer=ticket.customer_name),
        person_id=person.id if person else None,
        person_name=person.name if person else "",
        channel=channel,
        address=address,
        language="es",
    )
    attempt |= {"state": "skipped", "why": why, "reason": reason}
    _add(work, ticket, attempt)


def notify(
    work: Work,
    ticket: TicketRow,
    place: Place,
    person_id: str,
    text: Sms,
    purpose: str = "notice",
    *,
    by: Sequence[str] = BY_SMS_ELSE_MAIL,
) -> None:
    """Tell an engineer once: by SMS, for want of one that works by mail, or as `by` says. Somebody with neither is
    told nothing, and the log says so."""
    person = work.config.oncall.people.get(person_id)
    way = way_to_tell(work, person, by) if person else None
    if person is None or way is None:
        attempt = _attempt(
            work, ticket, place, purpose, text, person_id=person_id,
            person_name=work.config.person_name(person_id), channel="sms", address=None, language="es",
        )  # fmt: skip
        _add(work, ticket, attempt | {"state": "skipped", "why": "no_verified_method"})
        return
    attempt = _attempt(
        work, ticket, place, purpose, text, person_id=person.id, person_name=person.name, channel=way.channel,
        method_id=way.method_id, address=way.address, language=person.language or work.config.provider.language,
    )  # fmt: skip
    attempt["reply_code"] = _code_of(work, ticket, way.address) if way.channel == "sms" else None
    _add(work, ticket, attempt)


def inform(
    work: Work,
    person: Person,
    text: Sms,
    *,
    by: Sequence[str] = BY_SMS_ELSE_MAIL,
    purpose: str = "notice",
    but: str | None = None,
) -> bool:
    """Tell somebody of ours what belongs to no ticket, on the first of these channels that works. False when there is
    none. `but` is an address that is no way to tell them."""
    way = way_to_tell(work, person, by, but)
    if way is not None:
        send(work, person, way, text, purpose)
    return way is not None


def send(
    work: Work,
    person: Person,
    way: Way,
    text: Sms | spoken.Spoken,
    purpose: str,
    code: str | None = None,
    due_at: datetime | None = None,
) -> str:
    """Tell somebody of ours by this way what belongs to no ticket; the attempt's id. `code` is the reply code of a text
    message. Without `due_at`, now."""
    attempt = _attempt(
        work, None, Place(None, 0), purpose, text, person_id=person.id, person_name=person.name,
        channel=way.channel, method_id=way.method_id, address=way.address,
        language=person.language or work.config.provider.language,
    )  # fmt: skip
    _add(work, None, attempt | {"reply_code": code, "due_at": due_at or work.now})
    return str(attempt["id"])


def probe(work: Work, channel: str, number: str, text: Sms | spoken.Spoken, purpose: str) -> str:
    """To a number of the operator's own, at once; the attempt's id."""
    attempt = _attempt(
        work, None, Place(None, 0), purpose, text, person_id=None, person_name="", channel=channel, address=number,
        language=work.config.provider.language,
    )  # fmt: skip
    _add(work, None, attempt)
    return str(attempt["id"])


def tell_paged(work: Work, ticket: TicketRow, place: Place, text: Sms, *, but: str | None, purpose: str) -> None:
    """Tell everybody whom a page of this episode has reached, except `but`."""
    reached = work.session.execute(
        select(AttemptRow.person_id)
        .where(
            AttemptRow.ticket_id == ticket.id,
            AttemptRow.episode == place.episode,
            AttemptRow.purpose == "page",
            AttemptRow.state.in_([state.value for state in HANDED_OVER | {AttemptState.SENDING, AttemptState.UNKNOWN}]),
        )
        .distinct()
    ).scalars()
    for person_id in sorted(person for person in reached if person and person != but):
        notify(work, ticket, place, person_id, text, purpose)


def tell_owner(work: Work, ticket: TicketRow, place: Place, person: str) -> None:
    """What the engineer needs next: whom to call, on which number, by when."""
    text = messages.AcknowledgedSms(
        reference=short(ticket.reference),
        at=work.now,
        contact=ticket.callback_name,
        phone=ticket.callback_phone,
        contact_due_at=ticket.contact_due_at,
        drill=ticket.mode == "drill",
    )
    notify(work, ticket, place, person, text)


def cancel_pages(work: Work, ticket: TicketRow, escalation_id: str, why: str, via_attempt: str | None) -> None:
    """Nobody else is to be paged: pending attempts are cancelled, ringing calls hung up (but not the call on which
    the answer was given)."""
    where = (AttemptRow.escalation_id == escalation_id, AttemptRow.purpose == "page")
    _cancel(work, ticket, where, why)
    _stop_ringing(work, where, why, via_attempt)


def cancel_person(work: Work, ticket: TicketRow, escalation_id: str, person: str, via_attempt: str | None) -> None:
    """The person has answered: what was still to be sent to them is not sent, and their telephone stops ringing."""
    where = (
        AttemptRow.escalation_id == escalation_id,
        AttemptRow.purpose == "page",
        AttemptRow.person_id == person,
        AttemptRow.created_at < work.now,
    )
    _cancel(work, ticket, where, "already_acknowledged")
    _stop_ringing(work, where, "already_acknowledged", via_attempt)


def confirm(work: Work, ticket: TicketRow, attempt_id: str, actor: LogActor) -> None:
    """The attempt on which the yes came."""
    _conclude(work, ticket, attempt_id, AttemptState.CONFIRMED, actor)


def declined(work: Work, ticket: TicketRow, attempt_id: str, actor: LogActor) -> None:
    _conclude(work, ticket, attempt_id, AttemptState.DECLINED, actor)


# --- customers


def tell_customer(
    work: Work,
    ticket: TicketRow,
    step: str,
    tries: int = 0,
    dues: Mapping[str, datetime | None] = NOTHING,
    asked: Container[str] = (),
    suggested: Plan | None = None,
) -> dict[str, str]:
    """A mail to requester, joiners and contacts with `mail: all`, each in their language; on creation,
    acknowledgement and "nobody yet" also an SMS to the callback number (the customer's mail may be what is down).
    `tries` to reach the customer have been made. `dues`: by SLA metric, until when; and `attended_at`. Addresses in
    `asked` are asked for a rating. `suggested`: the plan that the mail offers to activate. The attempts' ids by
    address; addresses in lower case."""
    if ticket.kind != "contingency" and step == "acknowledged":
        step = "taken"
    place = Place(None, ticket.episode)
    mailed: dict[str, str] = {}
    for address, name, language in mail_recipients(work, ticket):
        rating_url = mails.RATING_PATH if address.lower() in asked else None
        mail = _mail(work, ticket, step, tries, dues, rating_url, suggested)
        attempt = _attempt(
            work, ticket, place, "customer", mail, person_id=None, person_name=name,
            channel="email", address=address, language=language,
        )  # fmt: skip
        _add(work, ticket, attempt)
        mailed[address.lower()] = attempt["id"]
    text = _customer_sms(work, ticket, step)
    if text is None:
        return mailed
    attempt = _attempt(
        work, ticket, place, "customer", text, person_id=None, person_name=ticket.callback_name or "",
        channel="sms", address=ticket.callback_phone, language=_callback_language(work, ticket),
    )  # fmt: skip
    if ticket.callback_phone is None:
        attempt |= {"state": "skipped", "why": "no_verified_method"}
    _add(work, ticket, attempt)
    return mailed


def tell_joiner(work: Work, ticket: TicketRow, address: str, name: str, language: str) -> None:
    """Somebody else of the customer asked for what is already under way."""
    attempt = _attempt(
        work, ticket, Place(None, ticket.episode), "customer", _mail(work, ticket, "joined"), person_id=None,
        person_name=name, channel="email", address=address, language=language,
    )  # fmt: skip
    _add(work, ticket, attempt)


def answer_stranger(work: Work, text: AnswerMail, address: str, language: str) -> None:
    """To an address of which we know nothing but that it wrote to us."""
    attempt = _attempt(
        work, None, Place(None, 0), "answer", text, person_id=None, person_name="", channel="email", address=address,
        language=language,
    )  # fmt: skip
    _add(work, None, attempt)


def progress_mail(ticket: TicketRow, updates: str) -> mails.UpdatedMail:
    return mails.UpdatedMail(**_common(ticket), updates=updates)


def rating_reminder(ticket: TicketRow) -> mails.RatingReminderMail:
    closed_at = ticket.closed_at or ticket.opened_at
    return mails.RatingReminderMail(**_common(ticket), at=closed_at, rating_url=mails.RATING_PATH)


def plan_mail(
    work: Work,
    ticket: TicketRow | None,
    mail: mails.CustomerMail,
    address: str,
    name: str,
    language: str,
    due_at: datetime,
) -> str:
    """A mail to one address at the customer's, not before `due_at`; the attempt's id."""
    attempt = _attempt(
        work, ticket, Place(None, ticket.episode if ticket else 0), "customer", mail, person_id=None, person_name=name,
        channel="email", address=address, language=language,
    )  # fmt: skip
    _add(work, ticket, attempt | {"due_at": due_at})
    return str(attempt["id"])


def mail_recipients(work: Work, ticket: TicketRow) -> list[tuple[str, str, str]]:
    """(address, name, language) of everybody at the customer's who is told, each once, the requester first."""
    customer = work.config.customer(ticket.customer_id)
    contacts = customer.contacts if customer else ()
    by_address = {contact.email.lower(): contact for contact in contacts if contact.email}
    everything = [contact.email for contact in contacts if contact.email and contact.mail == "all"]
    everything = _who_may_see(work, ticket, everything)
    found: dict[str, tuple[str, str, str]] = {}
    for address in [*ticket.informed, *everything]:
        contact = by_address.get(address.lower())
        name = contact.name if contact else address
        found.setdefault(address.lower(), (address, name, language_of(work, customer, contact)))
    return list(found.values())


def _who_may_see(work: Work, ticket: TicketRow, addresses: Sequence[str]) -> list[str]:
    """Without those who sign in and do not see this ticket in the portal: a mail would tell them what it holds
    (S-5.1)."""
    known = {one.lower() for one in ticket.informed}
    asked = [one.lower() for one in addresses if one.lower() not in known]
    if not asked:
        return list(addresses)
    users = work.session.scalars(
        select(User).where(
            User.email.in_(asked),
            User.customer_id == ticket.customer_id,
            User.archived_at.is_(None),
            User.visibility != Visibility.ORGANISATION.value,
        )
    )
    hidden = {user.email for user in users if not seen_by(ticket, actor_of(user, "email"))}
    return [one for one in addresses if one.lower() not in hidden]


def language_of(work: Work, customer: Customer | None, contact: Contact | None) -> str:
    """The contact's, else the customer's, else the provider's."""
    if contact and contact.language:
        return contact.language
    return customer.language if customer else work.config.provider.language


def _callback_language(work: Work, ticket: TicketRow) -> str:
    customer = work.config.customer(ticket.customer_id)
    contacts = customer.contacts if customer else ()
    contact = next((c for c in contacts if c.phone and c.phone == ticket.callback_phone), None)
    return language_of(work, customer, contact)


def _mail(
    work: Work,
    ticket: TicketRow,
    step: str,
    tries: int = 0,
    dues: Mapping[str, datetime | None] = NOTHING,
    rating_url: str | None = None,
    suggested: Plan | None = None,
) -> mails.CustomerMail:
    common, drill = _common(ticket), ticket.mode == "drill"
    engineer = work.config.person_name(ticket.owner)
    until: dict[str, Any] = {f"{metric}_due_at": dues.get(metric) for metric in ("response", "contact", "resolution")}
    match step:
        case "received":
            return mails.ReceivedMail(**common, **until, opened_at=ticket.opened_at, summary=ticket.symptoms)
        case "queued":
            opens_at = ticket.queued_until or ticket.opened_at
            return mails.QueuedMail(**common, opened_at=ticket.opened_at, until=opens_at, summary=ticket.symptoms)
        case "acknowledged":
            return mails.AcknowledgedMail(
                **common, engineer=engineer, at=work.now, contact_due_at=ticket.contact_due_at
            )
        case "contacted":
            return mails.ContactedMail(**common, engineer=engineer, at=ticket.contacted_at or work.now)
        case "nobody_yet":
            kind = mails.NobodyYetMail if ticket.kind == "contingency" else mails.StillPagingMail
            return (mails.DrillUnansweredMail if drill else kind)(**common, opened_at=ticket.opened_at)
        case "joined":
            return mails.JoinedMail(**common, opened_at=ticket.opened_at)
        case "unreachable":
            return mails.UnreachableMail(**common, engineer=engineer, tries=tries)
        case "opened":
            opened = common | until | {"opened_at": ticket.opened_at, "attended_at": dues.get("attended_at")}
            if ticket.channel not in MACHINES:
                by_mail = ticket.channel == "email" and _can_activate(work, ticket)
                url = "/portal" if by_mail else None
                return mails.OpenedMail(**opened, summary=ticket.symptoms, activation_url=url)
            offered: dict[str, Any] = (
                {"suggested": suggested.name, "activate_url": _form_of(suggested, ticket)} if suggested else {}
            )
            return mails.ReportedMail(**opened, **offered, summary=ticket.symptoms)
        case "taken":
            return mails.TakenMail(**common, engineer=engineer, at=work.now)
        case "reopened":
            return mails.ReopenedMail(**common, at=work.now)
        case "stood_down" if ticket.kind != "contingency":
            return mails.WithdrawnMail(**common, at=work.now, rating_url=rating_url)
        case "stood_down":
            return mails.StoodDownMail(**common, at=work.now, rating_url=rating_url)
        case _:
            code = ticket.close_code or "resolved"
            return mails.ClosedMail(
                **common, at=work.now, close_code=code, explanation=ticket.explanation, rating_url=rating_url
            )


def _can_activate(work: Work, ticket: TicketRow) -> bool:
    customer = work.config.customers.get(ticket.customer_id)
    plans = customer.plans if customer else ()
    return any(customer and customer.contract.coverage.get(plan.component) == "24x7" for plan in plans)


def _form_of(plan: Plan, ticket: TicketRow) -> str:
    """Filled in with what the ticket says; a look at it activates nothing."""
    return f"/portal/activate/{plan.id}?ticket={ticket.reference}"


def _common(ticket: TicketRow) -> dict[str, Any]:
    return {
        "reference": short(ticket.reference),
        "customer": ticket.customer_name,
        "ticket_url": f"/portal/tickets/{ticket.reference}",
        "plan": ticket.plan_name,
        "drill": ticket.mode == "drill",
    }


def _customer_sms(work: Work, ticket: TicketRow, step: str) -> Sms | None:
    """None for the steps that are told by mail alone."""
    common: dict[str, Any] = {"reference": short(ticket.reference), "drill": ticket.mode == "drill"}
    match step:
        case "received":
            return messages.CustomerReceivedSms(**common)
        case "queued":
            return messages.CustomerQueuedSms(**common, until=ticket.queued_until or ticket.opened_at)
        case "acknowledged":
            name = work.config.person_name(ticket.owner)
            return messages.CustomerAcknowledgedSms(**common, name=name, contact_due_at=ticket.contact_due_at)
        case "taken" if _was_told_of_nobody(work, ticket):
            name = work.config.person_name(ticket.owner)
            return messages.CustomerAcknowledgedSms(**common, name=name, contact_due_at=ticket.contact_due_at)
        case "nobody_yet" if ticket.mode == "drill":
            return messages.CustomerDrillUnansweredSms(**common)
        case "nobody_yet":
            return messages.CustomerNobodyYetSms(**common)
        case "unreachable":
            return messages.CustomerUnreachableSms(**common, at=work.now)
    return None


def _was_told_of_nobody(work: Work, ticket: TicketRow) -> bool:
    """By SMS in this episode; then the one that somebody has it must follow."""
    found = work.session.execute(
        select(AttemptRow.id)
        .where(
            AttemptRow.ticket_id == ticket.id,
            AttemptRow.episode == ticket.episode,
            AttemptRow.template == messages.CustomerNobodyYetSms.kind(),
            AttemptRow.state != "skipped",
        )
        .limit(1)
    ).first()
    return found is not None


# --- rows


def _attempt(
    work: Work,
    ticket: TicketRow | None,
    place: Place,
    purpose: str,
    text: Text,
    *,
    person_id: str | None,
    person_name: str,
    channel: str | None,
    address: str | None,
    language: str,
    method_id: str | None = None,
) -> dict[str, Any]:
    """A row of `attempts` that is due now."""
    return {
        "id": ulid(),
        "token": opaque_token(TOKEN_LENGTH),
        "ticket_id": ticket.id if ticket else None,
        **asdict(place),
        "purpose": purpose,
        "person_id": person_id,
        "person_name": person_name,
        "channel": channel,
        "method_id": method_id,
        "address": address,
        "language": language,
        "template": text.kind(),
        "facts": text.facts(),
        "reason": None,
        "state": "pending",
        "failure": None,
        "why": None,
        "created_at": work.now,
        "due_at": work.now,
        "nudged_until": None,
        "fence": 0,
        "tries": 0,
        "resends": 0,
        "sequence": -1,
        "reply_code": None,
        "wrong_codes": 0,
    }


def _add(work: Work, ticket: TicketRow | None, attempt: dict[str, Any]) -> None:
    work.plan(attempt)
    data = {key: attempt[key] for key in ("purpose", "person_id", "channel", "cycle", "round", "step")}
    skipped = attempt["state"] == "skipped"
    why = {"why": attempt["why"]} if skipped else {"due_at": _iso(attempt["due_at"])}
    planned = "mail.queued" if attempt["channel"] == "email" else "attempt.planned"
    work.record(
        ticket.reference if ticket else f"attempt:{attempt['id']}",
        "attempt.skipped" if skipped else planned,
        {"attempt": attempt["id"]} | data | why,
        personal={"address": attempt["address"]} if attempt["address"] else None,
        about=attempt["person_id"] or (ticket.customer_id if ticket else None),
    )


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _supersede(work: Work, ticket: TicketRow, person_id: str) -> None:
    superseded = work.session.execute(_SUPERSEDE, {"of_ticket": ticket.id, "of_person": person_id}).scalars()
    for attempt_id in superseded:
        work.record(ticket.reference, "attempt.superseded", {"attempt": attempt_id})


def _cancel(work: Work, ticket: TicketRow, where: tuple[Any, ...], why: str) -> None:
    cancelled = work.session.execute(
        update(AttemptRow)
        .where(*where, AttemptRow.state == "pending")
        .values(state=AttemptState.CANCELLED.value, why=why)
        .returning(AttemptRow.id)
        .execution_options(synchronize_session=False)
    ).scalars()
    for attempt_id in cancelled:
        work.record(ticket.reference, "attempt.cancelled", {"attempt": attempt_id, "why": why})


def _stop_ringing(work: Work, where: tuple[Any, ...], why: str, but: str | None) -> None:
    """Calls that have not been answered are hung up, `but` apart. The reason in the row is what the clock finds when
    the nudge is lost."""
    ringing = work.session.execute(
        update(AttemptRow)
        .where(*where, AttemptRow.channel == "voice", AttemptRow.state.in_(RINGING), AttemptRow.id != (but or ""))
        .values(why=why, nudged_until=work.now + NUDGE_GRACE)
        .returning(AttemptRow.id)
        .execution_options(synchronize_session=False)
    ).scalars()
    for attempt_id in ringing:
        nudge(work.session, "pages", HANG_UP, attempt_id)


def _conclude(work: Work, ticket: TicketRow, attempt_id: str, state: AttemptState, actor: LogActor = SYSTEM) -> None:
    work.session.execute(
        update(AttemptRow)
        .where(AttemptRow.id == attempt_id, AttemptRow.ticket_id == ticket.id)
        .values(state=state.value)
        .execution_options(synchronize_session=False)
    )
    work.record(ticket.reference, "attempt.status", {"attempt": attempt_id, "state": state.value}, actor=actor)


def way_to_tell(work: Work, person: Person, by: Sequence[str] = BY_SMS_ELSE_MAIL, but: str | None = None) -> Way | None:
    """A notice rings nobody: their first method of these channels that works, else their mail. None when there is
    neither."""
    out_of_use = disabled.methods_of(work.session, person)
    for channel in by:
        for method in person.contact_methods:
            if method.address == but:
                continue
            stopped = method.id in out_of_use.method_ids or (
                channel == "sms" and method.address in out_of_use.opted_out
            )
            if method.channel == channel and method.verified and not stopped:
                return Way(channel, method.id, method.address)
    return Way("email", None, person.email) if person.email and "email" in by else None


def _code_of(work: Work, ticket: TicketRow, address: str) -> str | None:
    """The two digits under which that telephone already knows this ticket; None when it was never paged for it."""
    return work.session.execute(
        select(AttemptRow.reply_code)
        .where(AttemptRow.ticket_id == ticket.id, AttemptRow.address == address, AttemptRow.reply_code.is_not(None))
        .order_by(AttemptRow.created_at.desc())
        .limit(1)
    ).scalar_one_or_none()
