"""The link in a page: looking changes nothing, whoever or whatever looks; the button asks for the two digits of the
message (security.md A5)."""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import Blueprint, Response, make_response, render_template, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from alerting.desk.link_words import WORDS
from alerting.escalation import service as escalations
from alerting.escalation import standing as standings
from alerting.escalation.service import StillRacing
from alerting.escalation.standing import Stand, Standing
from alerting.notifications.models import AttemptRow
from alerting.notifications.wording import Language, Provider, clock_time
from alerting.runtime import Runtime
from alerting.tickets import service as tickets
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.audit.chain import LogActor
from core.ids import LINK_TOKEN_LENGTH, short

log = logging.getLogger(__name__)

VALID = timedelta(minutes=60)  # after sending
MOST_WRONG_CODES = 5
ACKNOWLEDGE, ESCALATE = "acknowledge", "escalate"
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}


@dataclass(frozen=True)
class LinkPage:
    """What is shown. `sentence` says how things stand, `said` what has come of a button; without a `reference` nothing
    of the ticket is shown."""

    status: int
    language: Language
    sentence: str
    reference: str = ""
    priority: str = ""
    customer: str = ""
    drill: bool = False
    can_accept: bool = False
    can_escalate: bool = False
    said: str | None = None


def blueprint(runtime: Runtime) -> Blueprint:
    pages = Blueprint("link", __name__, template_folder="templates")

    @pages.after_request
    def private(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    @pages.get("/a/<link>")
    def show(link: str) -> Response:
        return _rendered(shown(runtime, link))

    @pages.post("/a/<link>")
    def answer(link: str) -> Response:
        code, action = request.form.get("code", ""), request.form.get("action", "")
        return _rendered(answered(runtime, link, code, action))

    return pages


def shown(runtime: Runtime, link: str) -> LinkPage:
    """How the page stands for the person whom the message went to."""
    try:
        with runtime.database.reading() as session:
            work = Work(session, runtime.now(session), runtime.configurations.current(session))
            attempt = _attempt(work, link)
            return _page(work, attempt, session.get(TicketRow, attempt.ticket_id) if attempt else None)
    except SQLAlchemyError as failure:
        return _out_of_reach(failure)


def answered(runtime: Runtime, link: str, code: str, action: str) -> LinkPage:
    """Take the answer if the digits are right and the page still wants one; what is shown was committed before."""
    try:
        with runtime.work() as work:
            said, status = _take(work, link, code, action)
    except (SQLAlchemyError, StillRacing) as failure:
        return _out_of_reach(failure)
    page = shown(runtime, link)
    if said is None or not page.reference:
        return page
    return replace(page, said=WORDS[page.language][said], status=status)


def _take(work: Work, link: str, code: str, action: str) -> tuple[str | None, int]:
    """(word to say, HTTP status); no word when the page as it stands says everything."""
    attempt = _attempt(work, link)
    if attempt is None or attempt.ticket_id is None:
        return None, 404
    ticket = tickets.locked_by_id(work, attempt.ticket_id)
    work.session.refresh(attempt, with_for_update=True)
    page = _page(work, attempt, ticket)
    if not {ACKNOWLEDGE: page.can_accept, ESCALATE: page.can_escalate}.get(action, True):
        return None, page.status
    if attempt.person_id is None or not (page.can_accept or page.can_escalate):
        return None, page.status
    if not hmac.compare_digest(code.strip().encode(), (attempt.reply_code or "").encode()):
        return _wrong_code(work, attempt, ticket), 403
    on_page = attempt.id if attempt.purpose == "page" else None
    if action == ACKNOWLEDGE:
        taken = escalations.acknowledge(work, ticket, attempt.person_id, "link", attempt_id=on_page)
        return ("accepted" if taken.won else None), 200
    if action == ESCALATE:
        escalations.decline(work, ticket, attempt.person_id, "link", attempt_id=on_page)
        return "escalated", 200
    return "bad_action", 400


def _wrong_code(work: Work, attempt: AttemptRow, ticket: TicketRow) -> str:
    attempt.wrong_codes += 1
    data = {"attempt": attempt.id, "why": "wrong_code", "via": "link", "wrong_codes": attempt.wrong_codes}
    work.record(ticket.reference, "reply.rejected", data, actor=LogActor("person", attempt.person_id))
    return "wrong_code"


def _attempt(work: Work, link: str) -> AttemptRow | None:
    """Of a link that we have sent; the row knows its digest only."""
    if len(link) != LINK_TOKEN_LENGTH or not (link.isascii() and link.isalnum()):
        return None
    digest = hashlib.sha256(link.encode()).hexdigest()
    return work.session.execute(select(AttemptRow).where(AttemptRow.link_digest == digest)).scalar_one_or_none()


def _page(work: Work, attempt: AttemptRow | None, ticket: TicketRow | None) -> LinkPage:
    provider = work.config.provider
    stand = standings.stand(work, ticket, attempt.person_id) if attempt and ticket else None
    if attempt is None or stand is None:
        return _plain("unknown", 404, provider.language)
    language: Language = "en" if attempt.language == "en" else "es"
    if stand.standing in (Standing.CLOSED, Standing.CANCELLED):
        return _plain(stand.standing.value, 410, language)
    if attempt.wrong_codes >= MOST_WRONG_CODES:
        return _plain("locked", 403, language)
    if attempt.sent_at is None or work.now >= attempt.sent_at + VALID:
        return _plain("expired", 410, language)
    answerable = attempt.reply_code is not None
    return LinkPage(
        200,
        language,
        _sentence(stand, language, provider),
        reference=short(stand.ticket.reference),
        priority=stand.ticket.priority,
        customer=stand.ticket.customer_name,
        drill=stand.ticket.mode == "drill",
        can_accept=answerable and stand.standing is Standing.OPEN,
        can_escalate=answerable and stand.standing in (Standing.OPEN, Standing.OWNED),
    )


def _sentence(stand: Stand, language: Language, provider: Provider) -> str:
    words = WORDS[language]
    since = words["since"].format(at=clock_time(stand.owned_at, provider)) if stand.owned_at else ""
    return words[stand.standing.value].format(owner=stand.owner, since=since)


def _plain(word: str, status: int, language: Language) -> LinkPage:
    return LinkPage(status, language, WORDS[language][word])


def _out_of_reach(failure: Exception) -> LinkPage:
    log.error("the page of a link is out of reach: %s", type(failure).__name__)
    return _plain("cannot_record", 503, "es")


def _rendered(page: LinkPage) -> Response:
    template = "link/page.html" if page.reference else "link/over.html"
    return make_response(render_template(template, page=page, words=WORDS[page.language]), page.status)
