"""A text message from one of our telephones: understood, carried out, answered. Whoever is not ours gets silence.

A won acknowledgement has no answer here: the same transaction plans the owner's notice with the customer's number, a
message with a state and evidence of its own, and two texts that say the same would wake the same person twice."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from twilio.twiml.messaging_response import MessagingResponse

from alerting.escalation import service as escalations
from alerting.escalation import standing as standings
from alerting.escalation.service import Contact
from alerting.escalation.standing import Standing
from alerting.notifications import messages, out_of_use, rendering, statuses
from alerting.notifications.attempts import AttemptState
from alerting.notifications.messages import Sms
from alerting.notifications.wording import Provider
from alerting.runtime import Runtime
from alerting.work import Work
from core.audit.chain import LogActor
from core.ids import short
from core.logs import masked
from oncall import disabled
from oncall.schema import Person
from webhooks import receipts, replies
from webhooks.inbound.phone_pages import ANSWERABLE, MOST_WRONG_CODES, PhonePage, pages_on, person_at, tests_on
from webhooks.inbound.situations import as_language
from webhooks.replies import OpenPage, Reply, parse_reply

log = logging.getLogger(__name__)

SMS, UNSOLICITED = "twilio-sms", "sms-unsolicited"
# Answers within an hour to what was no command: an auto-responder answers ours, and so on for ever.
MOST_UNSOLICITED = 5
UNSOLICITED_SPAN = timedelta(hours=1)
CARRIERS_READING: dict[str, Reply] = {"STOP": replies.OptOut(), "START": replies.OptIn()}
Named = replies.Acknowledge | replies.Escalate | replies.Contacted


@dataclass(frozen=True)
class Text:
    """What came in. `opt_out` is the carrier's own reading of it: STOP, START, HELP or None."""

    sid: str
    sender: str
    body: str
    opt_out: str | None = None


@dataclass(frozen=True)
class Exchange:
    """One message of one of our people, and the pages on that telephone."""

    runtime: Runtime
    work: Work
    text: Text
    person: Person
    pages: Sequence[PhonePage]

    @property
    def open(self) -> list[PhonePage]:
        return [page for page in self.pages if page.stand.standing in ANSWERABLE]

    @property
    def over(self) -> list[PhonePage]:
        return [page for page in self.pages if page.stand.standing not in ANSWERABLE]

    @property
    def wanted(self) -> list[PhonePage]:
        """Open pages that nobody has acknowledged."""
        return [page for page in self.pages if page.stand.standing is Standing.OPEN]

    def page_of(self, open_page: OpenPage) -> PhonePage:
        return next(page for page in self.pages if page.attempt.id == open_page.attempt_id)


def receive(runtime: Runtime, text: Text) -> str:
    """The answer as TwiML. The same message again is not carried out again and gets the same answer."""
    with runtime.work() as work:
        receipt = receipts.claim(work.session, SMS, text.sid, work.now)
        if not receipt.first:
            return receipt.answer or reply_xml(None)
        person = person_at(work, text.sender)
        if person is None:
            log.info("text message from a number that is nobody's here, not answered: %s", masked(text.sender))
            return reply_xml(None)
        exchange = Exchange(runtime, work, text, person, pages_on(work, text.sender))
        said = _answer(exchange)
        language = as_language(person.language or work.config.provider.language)
        xml = reply_xml(messages.sms(said, language, work.config.provider) if said else None)
        receipts.keep_answer(work.session, SMS, text.sid, xml)
        return xml


def cannot_record(provider: Provider) -> str:
    """When our own database does not answer: never silence towards somebody who may have said yes."""
    return reply_xml(messages.sms(messages.CannotRecordSms(), as_language(provider.language), provider))


def reply_xml(body: str | None) -> str:
    response = MessagingResponse()
    if body:
        response.message(body)
    return str(response)


# --- understanding


def _answer(exchange: Exchange) -> Sms | None:
    reply = _understood(exchange)
    if isinstance(reply, Named) and exchange.page_of(reply.page).is_locked and _comes_with_code(exchange, reply):
        _log_rejected(exchange, exchange.page_of(reply.page), "locked")
        return None
    return ANSWERS[type(reply)](exchange, reply)


def _understood(exchange: Exchange) -> Reply:
    """Among the open pages first. A word of acceptance means the page that nobody has yet; an answer to no open page
    may be a late one."""
    reply = _parsed(exchange, exchange.open)
    if isinstance(reply, replies.Ambiguous) and len(exchange.wanted) == 1:
        narrowed = _parsed(exchange, exchange.wanted)
        return narrowed if isinstance(narrowed, replies.Acknowledge) else reply
    if isinstance(reply, replies.CodeUnknown | replies.NothingOpen):
        past = exchange.over if isinstance(reply, replies.CodeUnknown) else exchange.over[:1]
        late = _parsed(exchange, past)
        return late if isinstance(late, Named) else reply
    return reply


def _parsed(exchange: Exchange, pages: Sequence[PhonePage], code_required: bool = False) -> Reply:
    if exchange.text.opt_out in CARRIERS_READING:
        return CARRIERS_READING[exchange.text.opt_out]
    prefix = exchange.work.config.provider.reference_prefix
    return parse_reply(exchange.text.body, [page.open_page for page in pages], prefix, code_required)


def _comes_with_code(exchange: Exchange, reply: Named) -> bool:
    """Whether it named its page, rather than being a bare word."""
    return isinstance(_parsed(exchange, [exchange.page_of(reply.page)], code_required=True), type(reply))


# --- commands


def _acknowledge(exchange: Exchange, reply: replies.Acknowledge) -> Sms | None:
    page = exchange.page_of(reply.page)
    _received(exchange, page, "acknowledge")
    standing = page.stand.standing
    if standing in (Standing.CLOSED, Standing.CANCELLED):
        return _over(exchange, page)
    taken = escalations.acknowledge(exchange.work, page.ticket, page.person, "sms", attempt_id=page.attempt.id)
    if not taken.won:
        return _taken_by_other(exchange, page)
    return None if standing is Standing.OPEN else _owned(exchange, page)


def _escalate(exchange: Exchange, reply: replies.Escalate) -> Sms | None:
    page = exchange.page_of(reply.page)
    _received(exchange, page, "escalate")
    if page.stand.standing not in ANSWERABLE:
        return _over(exchange, page)
    work, ticket = exchange.work, page.ticket
    escalations.decline(work, ticket, page.person, "sms", attempt_id=page.attempt.id)
    following = standings.last_paged(work, page.stand.escalation.id, page.person)
    return messages.EscalatedSms(
        reference=short(ticket.reference), next=following, level=page.stand.escalation.step or None, drill=page.drill
    )


def _contacted(exchange: Exchange, reply: replies.Contacted) -> Sms | None:
    """The engineer has spoken with the customer, by whatever telephone: contact by voice."""
    page = exchange.page_of(reply.page)
    _received(exchange, page, "contacted")
    if page.stand.standing not in ANSWERABLE:
        return _over(exchange, page)
    contact = Contact("reached", "voice", exchange.work.now)
    escalations.record_contact(exchange.work, page.ticket, page.person, contact, LogActor("person", page.person))
    return messages.ContactRecordedSms(reference=short(page.ticket.reference), at=exchange.work.now, drill=page.drill)


def _acknowledge_all(exchange: Exchange, _: replies.AcknowledgeAll) -> Sms | None:
    won = []
    for page in exchange.wanted:
        _received(exchange, page, "acknowledge_all")
        work, ticket = exchange.work, page.ticket
        if escalations.acknowledge(work, ticket, page.person, "sms", attempt_id=page.attempt.id).won:
            won.append(short(ticket.reference))
    if not won:
        return _list(exchange, None)
    drill = all(page.drill for page in exchange.wanted)
    return messages.AcknowledgedAllSms(references=tuple(won), drill=drill)


def _over(exchange: Exchange, page: PhonePage) -> Sms:
    """An answer to a page that is somebody else's, or closed."""
    if page.stand.standing is Standing.TAKEN:
        return _taken_by_other(exchange, page)
    _log_rejected(exchange, page, "closed")
    at = page.ticket.closed_at or exchange.work.now
    return messages.ClosedSms(reference=short(page.ticket.reference), at=at, drill=page.drill)


def _taken_by_other(exchange: Exchange, page: PhonePage) -> Sms:
    """Read anew: somebody may have been quicker by a hair."""
    now = standings.stand(exchange.work, page.ticket, page.person) or page.stand
    at = now.owned_at or page.ticket.acknowledged_at or exchange.work.now
    return messages.TakenByOtherSms(reference=short(page.ticket.reference), name=now.owner, at=at, drill=page.drill)


def _owned(exchange: Exchange, page: PhonePage) -> Sms:
    """A second yes of the owner: the same facts once more."""
    ticket, settings = page.ticket, exchange.runtime.settings
    link = rendering.link_token(settings.signing_key(), page.attempt.id)
    return messages.AcknowledgedSms(
        reference=short(ticket.reference),
        at=page.stand.owned_at or exchange.work.now,
        contact=ticket.callback_name,
        phone=ticket.callback_phone,
        contact_due_at=ticket.contact_due_at,
        code=page.attempt.reply_code,
        link=settings.public_origin + rendering.PAGE_LINK + link,
        drill=page.drill,
    )


# --- what is no command


def _list(exchange: Exchange, _: Reply | None) -> Sms | None:
    pages = exchange.open
    listed = tuple(
        messages.ListedPage(p.open_page.code, p.open_page.reference, p.open_page.customer, p.drill) for p in pages
    )
    return messages.OpenPagesSms(pages=listed, drill=bool(pages) and all(page.drill for page in pages))


def _ambiguous(exchange: Exchange, reply: replies.Ambiguous) -> Sms | None:
    for page in exchange.open:
        data = {"attempt": page.attempt.id, "digest": _digest(exchange)}
        exchange.work.record(page.ticket.reference, "reply.ambiguous", data, actor=_actor(page))
    return _unsolicited(exchange, lambda: _list(exchange, reply))


def _nothing_open(exchange: Exchange, _: replies.NothingOpen) -> Sms | None:
    return _test_confirmed(exchange) or _unsolicited(exchange, messages.NothingOpenSms)


def _not_understood(exchange: Exchange, reply: replies.NotUnderstood) -> Sms | None:
    for page in exchange.open:
        _log_rejected(exchange, page, "not_understood")
    code, reference = _only_page(exchange)
    return _unsolicited(exchange, lambda: messages.NotUnderstoodSms(shown=reply.shown, code=code, reference=reference))


def _code_unknown(exchange: Exchange, reply: replies.CodeUnknown) -> Sms | None:
    if confirmed := _test_confirmed(exchange):
        return confirmed
    for page in exchange.open:
        page.attempt.wrong_codes += 1
        _log_rejected(exchange, page, "wrong_code", wrong_codes=page.attempt.wrong_codes)
    if any(page.attempt.wrong_codes > MOST_WRONG_CODES for page in exchange.open):
        return None
    return _unsolicited(exchange, lambda: messages.CodeUnknownSms(code=reply.code))


def _not_available(exchange: Exchange, _: replies.NotAvailable) -> Sms | None:
    code, _reference = _only_page(exchange)
    return _unsolicited(exchange, lambda: messages.NotAvailableSms(code=code))


def _unsolicited(exchange: Exchange, answer: Callable[[], Sms | None]) -> Sms | None:
    """`answer`, unless this telephone has had enough of them lately."""
    work, phone = exchange.work, hashlib.sha256(exchange.text.sender.encode()).hexdigest()[:16]
    lately = receipts.count_since(work.session, UNSOLICITED, f"{phone}/", work.now - UNSOLICITED_SPAN)
    if lately >= MOST_UNSOLICITED:
        log.warning("no more answers to %s for a while: %d within the hour", masked(exchange.text.sender), lately)
        return None
    receipts.claim(work.session, UNSOLICITED, f"{phone}/{exchange.text.sid}", work.now)
    return answer()


def _test_confirmed(exchange: Exchange) -> Sms | None:
    """A yes to a test message on this telephone: to the one whose code it names, a bare word to the newest. None when
    it is no answer to one."""
    for newest, test in enumerate(tests_on(exchange.work, exchange.text.sender)):
        asked = OpenPage(code=test.reply_code or "", reference="", attempt_id=test.id)
        reply = parse_reply(exchange.text.body, [asked], code_required=newest > 0)
        if isinstance(reply, replies.Acknowledge):
            statuses.conclude(exchange.work, test, AttemptState.CONFIRMED, LogActor("person", test.person_id))
            return messages.ReachabilityTestConfirmedSms(at=exchange.work.now)
    return None


# --- STOP and START: the carrier answers them itself


def _opt_out(exchange: Exchange, _: replies.OptOut) -> Sms | None:
    """The carrier blocks our messages from now on, so this pager is deaf: owner and managers are told at once."""
    for page in exchange.open:
        _received(exchange, page, "opt_out")
    out_of_use.take_out(exchange.work, "sms", exchange.text.sender, out_of_use.OPTED_OUT)
    return None


def _opt_in(exchange: Exchange, _: replies.OptIn) -> Sms | None:
    for page in exchange.open:
        _received(exchange, page, "opt_in")
    disabled.enable(exchange.work.session, "sms", exchange.text.sender)
    log.info("%s gets text messages again", exchange.person.id)
    return None


# --- log


def _received(exchange: Exchange, page: PhonePage, meaning: str) -> None:
    data = {"attempt": page.attempt.id, "meaning": meaning, "digest": _digest(exchange)}
    exchange.work.record(page.ticket.reference, "reply.received", data, actor=_actor(page))


def _log_rejected(exchange: Exchange, page: PhonePage, why: str, **more: Any) -> None:
    data = {"attempt": page.attempt.id, "why": why, "digest": _digest(exchange)}
    exchange.work.record(page.ticket.reference, "reply.rejected", data | more, actor=_actor(page))


def _actor(page: PhonePage) -> LogActor:
    return LogActor("person", page.person)


def _digest(exchange: Exchange) -> str:
    """Of what was written: proves it to whoever has the message, and tells nothing to whoever has not."""
    key = exchange.runtime.settings.signing_key()
    return hmac.new(key, f"sms:{exchange.text.body}".encode(), hashlib.sha256).hexdigest()


def _only_page(exchange: Exchange) -> tuple[str | None, str | None]:
    """(code, reference) when exactly one page is open."""
    if len(exchange.open) != 1:
        return None, None
    return exchange.open[0].open_page.code, exchange.open[0].open_page.reference


ANSWERS: dict[type, Callable[[Exchange, Any], Sms | None]] = {
    replies.Acknowledge: _acknowledge,
    replies.Escalate: _escalate,
    replies.Contacted: _contacted,
    replies.AcknowledgeAll: _acknowledge_all,
    replies.ListPages: _list,
    replies.Ambiguous: _ambiguous,
    replies.NothingOpen: _nothing_open,
    replies.NotUnderstood: _not_understood,
    replies.CodeUnknown: _code_unknown,
    replies.NotAvailable: _not_available,
    replies.OptOut: _opt_out,
    replies.OptIn: _opt_in,
}
