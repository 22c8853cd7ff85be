"""A call to us: who it is, and what they may do. Each function is one request of the carrier, taken once: a repeated
one hears the same. What was done is told only after its transaction has ended."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from alerting.catalog.journal import Journal, Journalled, provisional_reference
from alerting.catalog.phone import BadPhone, callable_number
from alerting.catalog.service import Activation, NotEntitled, PlanRequired, UnknownPlan, request_activation
from alerting.notifications.line_words import (
    ActivatedByTelephone,
    ActivationKept,
    ActivationLost,
    ActivationRefused,
    AnswerOtherwise,
    AskPin,
    CalledPage,
    LineText,
    NoPin,
    NothingOpen,
    OpenPages,
    PageCodeWrong,
)
from alerting.notifications.wording import Language
from alerting.runtime import Runtime
from alerting.web import provider_cache
from alerting.work import Work
from core.accounts import pins
from core.accounts.pins import PinGuess
from core.audit.chain import LogActor
from core.ids import short
from webhooks import receipts, twiml
from webhooks.inbound import called_back, operator
from webhooks.inbound.addresses import LineAddresses
from webhooks.inbound.callers import Caller, caller_of, callers_at
from webhooks.inbound.situations import as_language
from webhooks.line import (
    NO_PLAN,
    Ask,
    Choice,
    LineAnswer,
    LineState,
    Offer,
    Outcome,
    Stage,
    Verdict,
    after_pin,
    begin,
    code_step,
    customer_step,
    names_page,
)

log = logging.getLogger(__name__)

LINE = "twilio-line"
TELEPHONE: Final = "telephone"  # the kind of credential under which a kept request was proven


@dataclass(frozen=True)
class Asked:
    """One request of a call to us: `number` calls `to`; `turn` counts the questions; `who` is the user whose PIN was
    right, "" before."""

    sid: str
    number: str
    to: str
    turn: int = 0
    who: str = ""
    language: str = ""

    def receipt(self, state: LineState | None, digits: str = "") -> str:
        """Digits of a PIN stand in no receipt."""
        return f"{self.sid}/{self.turn}/{state.token if state else ''}/{digits}"


def answered(runtime: Runtime, asked: Asked) -> str:
    """The first words. A number that we know is asked for its PIN; any other is passed on."""

    def hear(work: Work) -> str:
        provider_cache.remember(runtime.settings, work.config.provider)
        callers = callers_at(work, asked.number)
        known = [caller for caller in callers if caller.may_type_pin]
        if known:
            ask = AskPin(customer=known[0].person is None)
            return _say(runtime, work, asked, known[0].language, LineAnswer((ask,), Ask(LineState())))
        return _without_pin(runtime, work, asked, callers)

    return _once(runtime, asked.receipt(None), hear)


def pin_typed(runtime: Runtime, asked: Asked, state: LineState, digits: str) -> str:
    """The guess is counted before it is looked at, and looked at between two transactions."""
    receipt = asked.receipt(state)
    guess = None
    with runtime.work() as work:
        if kept := receipts.answer_of(work.session, LINE, receipt):
            return kept
        callers = [caller for caller in callers_at(work, asked.number) if caller.may_type_pin]
        if digits and callers:
            users = [caller.user_id for caller in callers if caller.user_id]
            guess = pins.admit(work.session, users, asked.number, callers[0].group, work.now)
    found = guess.verify(runtime.settings.signing_key(), digits) if isinstance(guess, PinGuess) else None

    def hear(work: Work) -> str:
        if isinstance(guess, PinGuess):
            pins.conclude(work.session, guess, found)
        caller = caller_of(work, asked.number, found) if found else None
        if caller is not None:
            return _welcome(runtime, work, asked, caller)
        if not callers:
            return _without_pin(runtime, work, asked, callers_at(work, asked.number))
        verdict = (
            Verdict.SILENT if guess is None else Verdict.WRONG if isinstance(guess, PinGuess) else Verdict.THROTTLED
        )
        answer = after_pin(verdict, state, customer=callers[0].person is None)
        return _say(runtime, work, asked, callers[0].language, answer, callers[0])

    return _once(runtime, receipt, hear)


def code_typed(runtime: Runtime, asked: Asked, state: LineState, digits: str) -> str:
    """The engineer says which page they mean; then the menu is that of a call of ours."""

    def hear(work: Work) -> str:
        caller = caller_of(work, asked.number, asked.who)
        if caller is None or caller.person is None:
            return _without_pin(runtime, work, asked, callers_at(work, asked.number))
        pages = called_back.pages_of(work, caller.person)
        for page in pages:
            if names_page(digits, page.codes, short(page.ticket.reference)):
                return called_back.menu(runtime, work, caller.person, page, asked.sid, asked.number, asked.to)
        if not pages:
            return _end(work, caller.language, asked, NothingOpen())
        answer = code_step(state, digits, _listed(pages), wrong=PageCodeWrong())
        return _say(runtime, work, asked, caller.language, answer, caller)

    return _once(runtime, asked.receipt(state, digits), hear)


def key_pressed(runtime: Runtime, asked: Asked, state: LineState, choice: Choice, digit: str) -> str:
    """A customer's answer to one of the questions."""

    def hear(work: Work) -> str:
        caller = caller_of(work, asked.number, asked.who)
        if caller is None or caller.customer is None or not caller.may_activate:
            return _without_pin(runtime, work, asked, callers_at(work, asked.number))
        answer = customer_step(state, choice, digit, _offer(caller))
        if answer.next is Outcome.ACTIVATE:
            return _activated(runtime, work, asked, caller, choice)
        return _say(runtime, work, asked, caller.language, answer, caller)

    return _once(runtime, asked.receipt(state, digit), hear)


def keep_for_later(runtime: Runtime, asked: Asked, choice: Choice) -> str:
    """The customer has confirmed, and our database is away: on disk before they are told. Who they are is looked up
    again when it is back."""
    body: dict[str, Any] = {"mode": choice.mode or "real"}
    if choice.plan not in ("", NO_PLAN):
        body["plan"] = choice.plan
    if number := _callable(asked.number):
        body["callback_phone"] = number
    entry = Journalled(provisional_reference(), datetime.now(UTC), TELEPHONE, asked.who, body)
    text: LineText = ActivationKept(drill=choice.mode == "drill")
    try:
        Journal(runtime.settings.data_dir).write(entry)
        log.error("database out of reach: activation %s by telephone is journalled", entry.provisional_reference)
    except OSError as full:
        log.error("the journal takes nothing: %s", full)
        text = ActivationLost()
    provider = operator.provider_without_database(runtime.settings)
    language = as_language(asked.language or provider.language)
    return twiml.say_and_hang_up([operator.words(text, language, provider, asked.to)], language)


# --- each request once


def _once(runtime: Runtime, receipt: str, hear: Callable[[Work], str]) -> str:
    """Two activations of the same moment: the second one finds the first when it looks again."""
    try:
        return _taken(runtime, receipt, hear)
    except IntegrityError:
        return _taken(runtime, receipt, hear)


def _taken(runtime: Runtime, receipt: str, hear: Callable[[Work], str]) -> str:
    with runtime.work() as work:
        claimed = receipts.claim(work.session, LINE, receipt, work.now)
        if not claimed.first and claimed.answer:
            return claimed.answer
        heard = hear(work)
        receipts.keep_answer(work.session, LINE, receipt, heard)
    return heard


# --- what is said


def _welcome(runtime: Runtime, work: Work, asked: Asked, caller: Caller) -> str:
    asked = Asked(asked.sid, asked.number, asked.to, asked.turn, caller.user_id or "", caller.language)
    if caller.person is not None:
        pages = called_back.pages_of(work, caller.person)
        if not pages:
            return _end(work, caller.language, asked, NothingOpen())
        answer = LineAnswer((_listed(pages),), Ask(LineState(Stage.CODE)))
    else:
        answer = begin(_offer(caller))
    return _say(runtime, work, asked, caller.language, answer, caller)


def _without_pin(runtime: Runtime, work: Work, asked: Asked, callers: list[Caller]) -> str:
    """Of ours: told how else to answer. A customer is told how to get a PIN and passed on; whoever else, passed on."""
    ours = next((caller for caller in callers if caller.person is not None), None)
    if ours is not None:
        return _end(work, ours.language, asked, *([] if ours.has_pin else [NoPin()]), AnswerOtherwise())
    caller = next(iter(callers), None)
    language = caller.language if caller else as_language(work.config.provider.language)
    says = (NoPin(customer=True),) if caller and caller.may_activate and not caller.has_pin else ()
    return operator.put_through(
        runtime, work, operator.Incoming(asked.sid, asked.number, asked.to, language), caller, says
    )


def _say(
    runtime: Runtime, work: Work, asked: Asked, language: Language, answer: LineAnswer, caller: Caller | None = None
) -> str:
    says = [operator.words(text, language, work.config.provider, asked.to) for text in answer.say]
    if isinstance(answer.next, Ask):
        state = answer.next.state
        addresses = LineAddresses(runtime.settings.public_origin, language, asked.turn)
        url = addresses.step(state, asked.who, answer.next.choice)
        if state.stage in (Stage.PIN, Stage.CODE):
            return twiml.gather_digits(says, language, url, pins.MAX_LENGTH)
        return twiml.gather(says, language, url)
    if answer.next is Outcome.HANG_UP:
        return twiml.say_and_hang_up(says, language)
    if caller is not None and caller.person is not None:
        return _end(work, language, asked, *answer.say, AnswerOtherwise())
    incoming = operator.Incoming(asked.sid, asked.number, asked.to, language)
    return operator.put_through(runtime, work, incoming, caller, answer.say)


def _end(work: Work, language: Language, asked: Asked, *texts: LineText) -> str:
    says = [operator.words(text, language, work.config.provider, asked.to) for text in texts]
    return twiml.say_and_hang_up(says, language)


def _listed(pages: list[called_back.OwnPage]) -> OpenPages:
    return OpenPages(pages=tuple(CalledPage(page.ticket.customer_name, short(page.ticket.reference)) for page in pages))


# --- the activation


def _offer(caller: Caller) -> Offer:
    customer = caller.customer
    if customer is None:
        return Offer("", ())
    plans = tuple((plan.id, plan.name) for plan in customer.plans)
    return Offer(customer.name, plans, customer.contract.default_escalation_policy is not None)


def _activated(runtime: Runtime, work: Work, asked: Asked, caller: Caller, choice: Choice) -> str:
    if caller.customer is None or caller.contact is None or caller.contact.email is None:
        return _without_pin(runtime, work, asked, [caller])
    wanted = Activation(
        customer_id=caller.customer.id,
        mode="drill" if choice.mode == "drill" else "real",
        requester_email=caller.contact.email,
        channel="phone",
        plan_id=None if choice.plan == NO_PLAN else choice.plan,
        callback_phone=_callable(asked.number),
        actor=LogActor("user", caller.user_id),
    )
    try:
        done = request_activation(work, wanted)
    except NotEntitled as refused:
        answer = LineAnswer((ActivationRefused(reason=refused.reason),), Outcome.ELSEWHERE)
        return _say(runtime, work, asked, caller.language, answer, caller)
    except (UnknownPlan, PlanRequired):  # the configuration changed during the call
        return _say(runtime, work, asked, caller.language, begin(_offer(caller)), caller)
    text = ActivatedByTelephone(
        reference=short(done.reference),
        until=done.queued_until,
        joined=done.joined,
        repaged=done.repaged,
        drill=choice.mode == "drill",
    )
    return _end(work, caller.language, asked, text)


def _callable(number: str) -> str | None:
    """Where the engineer is to call back; None for a number that we may not call, and then a contact's counts."""
    try:
        return callable_number(number)
    except BadPhone:
        return None
