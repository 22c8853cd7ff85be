"""Where the carrier turns when we do not answer it: needs neither database nor Redis, and runs in the web process, in a
process of its own, or both. Says that it is a page, keeps key 4 on disk, and promises no more than that."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from alerting.notifications import spoken
from alerting.notifications.carriers.twilio import CALLBACK_OVERRIDES
from alerting.notifications.dispatch import LANGUAGE
from alerting.notifications.kept_answers import KeptAnswer, spool_of
from alerting.notifications.wording import Provider
from core.settings import Settings
from webhooks import twiml
from webhooks.inbound import operator, texts
from webhooks.inbound.addresses import TURN
from webhooks.inbound.situations import as_language
from webhooks.inbound.verified import is_carriers

log = logging.getLogger(__name__)

PREFIX = "/webhooks/fallback"
LARGEST_REQUEST = 64 * 1024  # bytes
ACCEPT = "4"
MOST_QUESTIONS = 3


@dataclass(frozen=True)
class Asked:
    """A page's call. `language` is the address's own; "": the provider's."""

    call: str
    token: str
    language: str
    questions: int = 0


def blueprint(settings: Settings) -> Blueprint:
    """Signed for GUARDIA_FALLBACK_URL, whichever process answers."""
    pages = Blueprint("fallback", __name__, url_prefix=PREFIX)

    @pages.before_request
    def only_the_carrier() -> Response | None:
        request.max_content_length = LARGEST_REQUEST
        return None if is_carriers(settings, settings.fallback_origin) else Response(status=403)

    @pages.post("/call/<token>")
    def call(token: str) -> Response:
        if code := request.form.get("ErrorCode"):
            log.error("the carrier could not use our answer to a call and fell back (code %s)", code)
        asked = Asked(request.form.get("CallSid", ""), token, request.args.get(LANGUAGE, ""))
        return _xml(_question(settings, asked))

    @pages.post("/call/<token>/keys")
    def keys(token: str) -> Response:
        turn = request.args.get(TURN, "")
        asked = Asked(
            request.form.get("CallSid", ""), token, request.args.get(LANGUAGE, ""),
            int(turn) if turn in ("1", "2", "3") else MOST_QUESTIONS,
        )  # fmt: skip
        digit = request.form.get("Digits", "")[:1]
        return _xml(_kept(settings, asked) if digit == ACCEPT else _question(settings, asked))

    @pages.post("/voice")
    def inbound_call() -> Response:
        return _xml(operator.without_database(settings, request.form.get("To", "")))

    @pages.post("/sms")
    def sms() -> Response:
        return _xml(texts.cannot_record(operator.provider_without_database(settings)))

    return pages


def take_over(settings: Settings, asked: Asked, digit: str | None) -> str:
    """From the web process, which has given up on its database: the key that was pressed, or the question anew."""
    return _kept(settings, asked) if digit == ACCEPT else _question(settings, asked)


def _question(settings: Settings, asked: Asked) -> str:
    if asked.questions >= MOST_QUESTIONS:
        return _goodbye(settings, asked, spoken.NothingKept())
    query = urlencode({LANGUAGE: asked.language, TURN: asked.questions + 1})
    keys = f"{settings.fallback_origin}{PREFIX}/call/{asked.token}/keys?{query}{CALLBACK_OVERRIDES}"
    provider = _provider(settings)
    language = as_language(asked.language or provider.language)
    return twiml.gather([spoken.spoken(spoken.PageWithoutDetails(), language, provider)], language, keys)


def _kept(settings: Settings, asked: Asked) -> str:
    """On disk before it is said; the same request again is kept twice, and taken up once."""
    now = datetime.now(UTC)
    try:
        spool_of(settings.data_dir).write(KeptAnswer(asked.call, asked.token, now).line())
    except OSError as full:
        log.error("an answer by telephone could not be kept: %s", full)
        return _goodbye(settings, asked, spoken.CannotRecord())
    log.error("an answer by telephone is kept until the database is back")
    return _goodbye(settings, asked, spoken.AnswerKept(at=now))


def _goodbye(settings: Settings, asked: Asked, text: spoken.Spoken) -> str:
    provider = _provider(settings)
    language = as_language(asked.language or provider.language)
    return twiml.say_and_hang_up([spoken.spoken(text, language, provider)], language)


def _provider(settings: Settings) -> Provider:
    known = operator.provider_without_database(settings)
    return replace(known, timezone=settings.timezone) if settings.timezone else known


def _xml(text: str) -> Response:
    return Response(text, content_type=twiml.CONTENT_TYPE)
