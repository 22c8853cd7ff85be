"""An attempt's row turned into what is really said, at the moment it is said: what is true then counts."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

from alerting.configuration import Configuration
from alerting.notifications import answers, mails, messages, spoken
from alerting.notifications.attempts import LATE_AFTER
from alerting.notifications.models import AttemptRow
from alerting.notifications.wording import Language, Text, from_facts
from oncall.methods import codes

LINK_LENGTH = 12
PAGE_LINK = "/a/"
OWN_PAGES = ("rating_url", "survey_url", "invitation_url")
"""In a mail's facts the path, to be completed with the reader's own token."""


def body(
    attempt: AttemptRow, config: Configuration, origin: str, link: str | None, now: datetime, code: str | None = None
) -> str:
    """The text message, or the greeting of the call. `code` proves a contact method; no row holds it."""
    if attempt.template in spoken.KINDS:
        facts = spoken_facts(attempt, now) | ({"code": code} if code else {})
        text: Text = from_facts(spoken.KINDS, attempt.template, facts)
        return spoken.spoken(text, _language(attempt), config.provider)  # type: ignore[arg-type]  # KINDS holds Spoken only
    facts = attempt.facts | _now_facts(attempt, link, origin, now, code)
    sms = from_facts(messages.KINDS, attempt.template, facts)
    return messages.sms(sms, _language(attempt), config.provider)


def is_mail(template: str) -> bool:
    """Whether it is a text for mail alone, and for nobody of ours."""
    return template in mails.KINDS or template in answers.KINDS


def mail(
    attempt: AttemptRow, config: Configuration, origin: str, token: str | None = None, *, answerable: bool = False
) -> mails.Mail:
    """The customer's mail, or our answer to a stranger's; addresses of our pages are completed with the public origin,
    and those that need no sign-in with the reader's own `token`. `answerable`: whoever reads it may simply reply."""
    facts = dict(attempt.facts)
    facts |= {name: f"{origin}{facts[name]}{token}" for name in OWN_PAGES if facts.get(name)}
    for name, path in facts.items():
        if name.endswith("_url") and isinstance(path, str) and path.startswith("/"):
            facts[name] = origin + path
    if attempt.template in answers.KINDS:
        answer = from_facts(answers.KINDS, attempt.template, facts)
        return answers.answer(answer, _language(attempt), config.provider)
    text = from_facts(mails.KINDS, attempt.template, facts)
    return mails.mail(text, _language(attempt), config.provider, answerable=answerable)


def staff_mail(
    attempt: AttemptRow, config: Configuration, origin: str, link: str | None, now: datetime, code: str | None = None
) -> mails.Mail:
    """A page or notice to a contact method of channel e-mail: the message's words, and the link to answer with."""
    facts = attempt.facts | _now_facts(attempt, link, origin, now, code)
    return mails.staff_mail(from_facts(messages.KINDS, attempt.template, facts), _language(attempt), config.provider)


def spoken_facts(attempt: AttemptRow, now: datetime) -> dict[str, Any]:
    return attempt.facts | {"person": attempt.person_name, "late_minutes": late_minutes(attempt, now)}


def late_minutes(attempt: AttemptRow, now: datetime) -> int | None:
    """None unless the page goes out a minute or more after it was due."""
    late = now - max(attempt.wanted_at or attempt.due_at, attempt.created_at)
    return int(late.total_seconds() // 60) if late >= LATE_AFTER else None


def link_token(signing_key: bytes, attempt_id: str) -> str:
    """The 12 base62 characters of the link in a page. Made from the attempt, so that neither the row nor the log holds
    them: the row keeps only their digest."""
    digest = hmac.new(signing_key, f"link:{attempt_id}".encode(), hashlib.sha256).digest()
    letters = base64.b64encode(digest, altchars=b"Gd").decode().rstrip("=")
    return letters[:LINK_LENGTH]


def has_own_page(attempt: AttemptRow) -> bool:
    """Whether it is a mail with a link that opens without signing in."""
    return any(attempt.facts.get(name) for name in OWN_PAGES)


def own_page_token(signing_key: bytes, attempt_id: str) -> str:
    """The end of such a link, 43 letters (256 bits): nothing else is asked for, so it is longer than a page's. Like
    that one it is made from the attempt, and the row keeps its digest."""
    digest = hmac.new(signing_key, f"own-page:{attempt_id}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest, altchars=b"Gd").decode().rstrip("=")


def method_code(signing_key: bytes, attempt_id: str) -> str:
    """The six digits that prove a contact method, made from the attempt that carries them like the link of a page."""
    digest = hmac.new(signing_key, f"method-code:{attempt_id}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest) % 10**codes.DIGITS:0{codes.DIGITS}}"


def _now_facts(
    attempt: AttemptRow, link: str | None, origin: str, now: datetime, code: str | None = None
) -> dict[str, Any]:
    facts: dict[str, Any] = {"code": code or attempt.reply_code}
    if link:
        facts["link"] = origin + PAGE_LINK + link
    if isinstance(path := attempt.facts.get("desk_url"), str):
        facts["desk_url"] = origin + path
    if attempt.purpose == "page":
        facts["late_minutes"] = late_minutes(attempt, now)
    return facts


def _language(attempt: AttemptRow) -> Language:
    return "en" if attempt.language == "en" else "es"
