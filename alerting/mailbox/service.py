"""Handle a mail that came in: read it, decide, and do what was decided, all in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from sqlalchemy import select

from alerting.attachments.service import Added, Store
from alerting.catalog.schema import Contact, Customer
from alerting.handling import files, reopening
from alerting.handling import service as handling
from alerting.handling.service import Author, Note
from alerting.intake.schema import Told
from alerting.intake.secrets import redacted
from alerting.intake.service import NewTicket, Opened, open_ticket
from alerting.mailbox import inbox, situations, words
from alerting.mailbox.decision import (
    Answer,
    Append,
    Bounce,
    Decision,
    Ignore,
    OpenTicket,
    Quarantine,
    Refuse,
    Reopen,
    decide,
)
from alerting.mailbox.enclosures import Enclosures, taken_in
from alerting.mailbox.models import InboxRow
from alerting.mailbox.parsing import parse
from alerting.mailbox.received import Received
from alerting.notifications import answers, statuses, threads
from alerting.notifications import service as notifications
from alerting.notifications.attempts import AttemptState
from alerting.notifications.models import AttemptRow
from alerting.notifications.statuses import Reported
from alerting.notifications.wording import Language
from alerting.runtime import Runtime
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.accounts.service import find_user
from core.audit.chain import LogActor
from core.mail import is_address
from core.settings import Settings

log = logging.getLogger(__name__)

CHANNEL = "email"
WAITING = ("quarantined", "refused", "failed")
KEEPING = (OpenTicket, Append, Reopen)
MOST_ANSWERS_AN_HOUR = 60
LONGEST_KEPT_ID = 200
_ANSWERS: Mapping[Answer, type[answers.AnswerMail]] = {
    "unknown_sender": answers.UnknownSenderMail,
    "former_contact": answers.FormerContactMail,
    "only_reads": answers.OnlyReadsMail,
}


class DecidedAnew(RuntimeError):
    """What is known of the sender has changed while the mail was read; the next try sees all of it."""


class NotWaiting(LookupError):
    """No such mail waits for a person: somebody else has seen to it."""


def handle(runtime: Runtime, inbox_id: str) -> None:
    """Safe to call any number of times; a mail that makes it raise is tried again, and in the end shown to a person."""
    with runtime.work() as work:
        row = inbox.claim(work.session, inbox_id, work.now)
    if row is None:
        return
    mail = read(row, runtime.settings)
    enclosed = _enclosed(runtime, row, mail)
    added = None
    with runtime.work() as work:
        locked = inbox.ours(work.session, row.id, row.fence)
        if locked is not None:
            added = _take(work, locked, mail, runtime.settings, enclosed)
    enclosed.settle(added)


def _enclosed(runtime: Runtime, row: InboxRow, mail: Received) -> Enclosures:
    """The files of a mail that will become part of a ticket, as far as can be seen now: strangers shall not keep us
    busy with pictures. It is decided for good in the transaction."""
    store = Store(runtime.settings)
    if not mail.attachments:
        return Enclosures(store)
    with runtime.database.reading() as session:
        work = Work(session, runtime.now(session), runtime.configurations.current(session))
        decision = decide(mail, situations.look(work, row, mail, runtime.settings).situation)
    return taken_in(mail, store) if isinstance(decision, KEEPING) else Enclosures(store)


def read(row: InboxRow, settings: Settings) -> Received:
    return parse(
        row.raw or b"",
        envelope_from=row.envelope_from,
        envelope_to=row.envelope_to,
        trusted_host=settings.mail_trusted_host,
    )


def take_as_ticket(runtime: Runtime, inbox_id: str, customer: Customer, actor: LogActor) -> TicketRow:
    """Staff say whose it is. The sender is told nothing, being no contact; the customer's contacts are. NotWaiting."""
    with runtime.database.reading() as session:
        row = session.get(InboxRow, inbox_id)
        if row is None or row.state not in WAITING:
            raise NotWaiting(inbox_id)
        mail = read(row, runtime.settings)
    enclosed = taken_in(mail, Store(runtime.settings))
    try:
        with runtime.work() as work:
            opened = _taken(work, _waiting(work, inbox_id), mail, customer, enclosed, actor)
    except NotWaiting:
        enclosed.discard()
        raise
    enclosed.settle(opened.files)
    return opened.ticket


def _taken(
    work: Work, row: InboxRow, mail: Received, customer: Customer, enclosed: Enclosures, actor: LogActor
) -> Opened:
    not_kept = enclosed.not_kept(customer.language)
    said = words.body(mail, customer.language, not_kept) if mail.readable else row.text or row.subject or "-"
    symptoms = f"{row.sender_name} <{row.sender}>\n\n{said}".strip() if row.sender else said
    opened = open_ticket(
        work,
        NewTicket(
            customer.id,
            Told(symptoms=symptoms[: words.LONGEST]),
            CHANNEL,
            row.sender or None,
            title=redacted(words.title(mail) or "") or None,
            on_behalf=True,
            actor=actor,
            files=enclosed.prepared,
            room=enclosed.store.limits,
        ),
    )
    _close(work, row, "handled", "taken", opened.ticket)
    return opened


def discard(work: Work, inbox_id: str) -> None:
    """Nobody needs it. NotWaiting."""
    _close(work, _waiting(work, inbox_id), "discarded", None)


def _waiting(work: Work, inbox_id: str) -> InboxRow:
    row = work.session.execute(
        select(InboxRow).where(InboxRow.id == inbox_id, InboxRow.state.in_(WAITING)).with_for_update()
    ).scalar_one_or_none()
    if row is None:
        raise NotWaiting(inbox_id)
    return row


# --- what was decided


def _take(work: Work, row: InboxRow, mail: Received, settings: Settings, enclosed: Enclosures) -> Added | None:
    """What became of its files; None when it is part of no ticket."""
    row.sender, row.sender_name, row.subject = mail.sender[:254], mail.sender_name[:255], redacted(mail.subject)[:500]
    row.text = redacted(mail.whole_text)
    found = situations.look(work, row, mail, settings)
    decision = decide(mail, found.situation)
    log.info("mail %s: %s", row.id, type(decision).__name__.lower())
    if isinstance(decision, KEEPING) and mail.attachments and not enclosed.any:
        raise DecidedAnew(row.id)  # or its files would be lost with its bytes
    return _carry_out(work, row, mail, settings, enclosed, decision, found.tickets)


def _carry_out(
    work: Work,
    row: InboxRow,
    mail: Received,
    settings: Settings,
    enclosed: Enclosures,
    decision: Decision,
    tickets: Mapping[str, TicketRow],
) -> Added | None:
    match decision:
        case OpenTicket():
            opened = _open(work, row, mail, settings, enclosed, decision)
            _close(work, row, "handled", "opened", opened.ticket)
            return opened.files
        case Append(reference):
            ticket = tickets[reference]
            customer, contact = _contact(work, mail, ticket.customer_id)
            text = _words(mail, enclosed, _language(customer, contact))
            handling.add_note(work, ticket, _author(work, contact), Note(text, channel=CHANNEL))
            _close(work, row, "handled", "appended", ticket)
            return _attach(work, ticket, contact, enclosed)
        case Reopen(reference):
            ticket = tickets[reference]
            customer, contact = _contact(work, mail, ticket.customer_id)
            text = _words(mail, enclosed, _language(customer, contact))
            reopening.reopen(work, ticket, _author(work, contact), text, CHANNEL)
            _close(work, row, "handled", "reopened", ticket)
            return _attach(work, ticket, contact, enclosed)
        case Bounce(status, message_ids):
            known = _bounced(work, status, message_ids)
            _close(work, row, "handled" if known else "ignored", "bounce" if known else "bounce_of_nothing", known)
        case Quarantine(reason, answer):
            _answer(work, mail, answer)
            _close(work, row, "quarantined", reason)
        case Refuse(reason):
            _answer(work, mail, reason)
            _close(work, row, "refused", reason)
        case Ignore(reason):
            _close(work, row, "ignored", reason)
    return None


def _words(mail: Received, enclosed: Enclosures, language: Language) -> str:
    return redacted(words.body(mail, language, enclosed.not_kept(language)))


def _attach(work: Work, ticket: TicketRow, contact: Contact, enclosed: Enclosures) -> Added:
    return files.attach(
        work, ticket, _author(work, contact), enclosed.prepared, enclosed.store.limits, channel=CHANNEL, told=True
    )


def _close(work: Work, row: InboxRow, state: str, reason: str | None, ticket: TicketRow | None = None) -> None:
    """A mail that waits for a person keeps its bytes, so that nothing is lost when it is taken after all."""
    row.state, row.reason, row.handled_at, row.lease_until = state, reason or row.reason, work.now, None
    row.ticket_id = ticket.id if ticket else None
    if state not in ("quarantined", "refused"):
        row.raw = None


def _open(
    work: Work, row: InboxRow, mail: Received, settings: Settings, enclosed: Enclosures, decision: OpenTicket
) -> Opened:
    customer, contact = _contact(work, mail, decision.customer_id)
    language = _language(customer, contact)
    told = Told(symptoms=words.body(mail, language, enclosed.not_kept(language)), earlier_ticket=decision.earlier)
    title = redacted(words.title(mail) or "") or None
    author = _author(work, contact)
    wanted = NewTicket(
        customer.id, told, CHANNEL, contact.email, title=title, actor=author.actor,
        files=enclosed.prepared, room=enclosed.store.limits,
    )  # fmt: skip
    opened = open_ticket(work, wanted)
    _answer_in_their_thread(work, row, opened.ticket, author.email, settings)
    return opened


def _answer_in_their_thread(work: Work, row: InboxRow, ticket: TicketRow, address: str, settings: Settings) -> None:
    """Our mails about the ticket are answers to theirs."""
    theirs = row.message_id
    if theirs and len(theirs) <= LONGEST_KEPT_ID and theirs.isascii() and theirs.count("@") == 1:
        threads.thread_of(work.session, settings.signing_key(), ticket.id, address, theirs, work.now)


def _contact(work: Work, mail: Received, customer_id: str) -> tuple[Customer, Contact]:
    return next(one for one in situations.contacts(work, mail.sender) if one[0].id == customer_id)


def _author(work: Work, contact: Contact) -> Author:
    """The user, if the address has one: a click and a mail then show as the same person's."""
    address = contact.email or ""
    user = find_user(work.session, address)
    actor = LogActor("user", user.id) if user and user.customer_id else LogActor("contact", contact.id)
    return Author(actor, None, address, customer=True)


def _language(customer: Customer, contact: Contact) -> Language:
    return contact.language or customer.language


def _bounced(work: Work, status: str | None, message_ids: tuple[str, ...]) -> TicketRow | None:
    """The attempt is not delivered after all. Its ticket; None when we know no such mail, or it belongs to none."""
    ids = [one.strip("<>").partition("@")[0] for one in message_ids]
    attempt = work.session.execute(
        select(AttemptRow)
        .where(AttemptRow.id.in_(ids), AttemptRow.channel == CHANNEL)
        .order_by(AttemptRow.id.desc())
        .limit(1)
        .with_for_update()
    ).scalar_one_or_none()
    if attempt is None:
        return None
    statuses.apply(work, attempt, Reported("bounced", AttemptState.UNDELIVERED, error_code=status))
    if attempt.ticket_id is None:
        return None
    return work.session.execute(select(TicketRow).where(TicketRow.id == attempt.ticket_id)).scalar_one_or_none()


def _answer(work: Work, mail: Received, kind: Answer | None) -> None:
    """Nothing to whoever can or must not be answered (RFC 3834 section 2)."""
    if kind is None or mail.automatic or mail.return_path == "" or not is_address(mail.sender):
        return
    if not inbox.may_answer(work.session, mail.sender, work.now, MOST_ANSWERS_AN_HOUR):
        return
    theirs = mail.message_id if mail.message_id and len(mail.message_id) <= LONGEST_KEPT_ID else None
    found = situations.contacts(work, mail.sender)
    language = _language(*found[0]) if found else work.config.provider.language
    notifications.answer_stranger(work, _ANSWERS[kind](in_reply_to=theirs), mail.sender, language)
