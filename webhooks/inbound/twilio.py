"""Twilio's requests to us: signature, then one command, then an answer. Nothing is believed before the signature is,
and nothing is said to be done before it is committed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from alerting.carrier_watch import service as canaries
from alerting.escalation.service import StillRacing
from alerting.notifications import spoken, statuses, unanswered
from alerting.notifications.attempts import SMS_STATES, voice_state
from alerting.notifications.dispatch import LANGUAGE, PAGE
from alerting.notifications.statuses import Reported
from alerting.runtime import Runtime
from core.settings import Settings
from webhooks import receipts, twiml
from webhooks.inbound import bridge, calls, fallback, line, operator, texts
from webhooks.inbound.addresses import AGAIN, MODE, NUMBER, PLAN, TURN, WHO
from webhooks.inbound.bridge import Leg
from webhooks.inbound.calls import Key
from webhooks.inbound.situations import as_language
from webhooks.inbound.verified import is_carriers
from webhooks.line import Choice, LineState, Stage
from webhooks.several import SeveralState
from webhooks.voice import MenuState

log = logging.getLogger(__name__)

STATUS = "twilio-status"
LARGEST_REQUEST = 64 * 1024  # bytes; the carrier's own requests stay far below
MOMENTS = 3  # times that a caller is asked for a moment
MOMENT = "moment"
LONGEST_DIGITS = 12
# What a redirected request would otherwise lose: it repeats the call's own parameters only.
CARRIED = ("Digits", "DialCallSid", "DialCallStatus")
FAILURES = (SQLAlchemyError, StillRacing)
Heard = Callable[[], str | None]


def blueprint(runtime: Runtime) -> Blueprint:
    """All of Twilio's entrances, below /webhooks/twilio."""
    pages = Blueprint("twilio", __name__, url_prefix="/webhooks/twilio")

    @pages.before_request
    def only_the_carrier() -> Response | None:
        request.max_content_length = LARGEST_REQUEST
        settings = runtime.settings
        return None if is_carriers(settings, settings.public_origin) else Response(status=403)

    @pages.post("/voice/<token>")
    def voice(token: str) -> Response:
        answer = partial(calls.picked_up, runtime, token, _field("CallSid"), _field("AnsweredBy"))
        return _spoken(runtime, answer, at_last=_without_us(runtime, token, None))

    @pages.post("/keys/<token>/<state>")
    def keys(token: str, state: str) -> Response:
        digit = _carried("Digits")[:1] or None
        key = Key(_field("CallSid"), MenuState.of(state), _number(TURN) or 0, digit)
        return _spoken(runtime, partial(calls.pressed, runtime, token, key), at_last=_without_us(runtime, token, digit))

    @pages.post("/several/<token>/<state>")
    def several_keys(token: str, state: str) -> Response:
        digit, turn, at = _carried("Digits")[:1] or None, _number(TURN) or 0, SeveralState.of(state)
        heard = partial(calls.pressed_for_all, runtime, token, _field("CallSid"), at, turn, digit)
        return _spoken(runtime, heard, at_last=_without_us(runtime, token, digit))

    @pages.post("/bridge/<token>")
    def bridged(token: str) -> Response:
        turn = _number(TURN) or 0
        leg = Leg(_carried("DialCallSid") or f"{_field('CallSid')}/{turn}", _carried("DialCallStatus"))
        return _spoken(runtime, lambda: bridge.ended(runtime, token, turn, _number(NUMBER), leg))

    @pages.post("/whisper/<token>")
    def whisper(token: str) -> Response:
        return _spoken(runtime, lambda: bridge.whisper(runtime, token, _field("To")))

    @pages.post("/whisper/<token>/key")
    def whisper_key(token: str) -> Response:
        digit, again = _carried("Digits")[:1] or None, _number(AGAIN) or 0

        def answer() -> str | None:
            return bridge.customer_pressed(runtime, token, _field("CallSid"), _field("To"), digit, again)

        # The customer wants to speak to us: they are connected even when that cannot be written down.
        return _spoken(runtime, answer, at_last=twiml.connect if digit == "1" else None)

    @pages.post("/bridge-status/<token>")
    def bridge_status(token: str) -> Response:
        leg = Leg(_field("CallSid"), _field("CallStatus"), _field("SipResponseCode") or None)
        return _noted(lambda: bridge.leg_ended(runtime, token, leg, _field("To")))

    @pages.post("/machine/<token>")
    def machine(token: str) -> Response:
        return _noted(lambda: calls.detected(runtime, token, _field("CallSid"), _field("AnsweredBy")))

    @pages.post("/status/<token>")
    def status(token: str) -> Response:
        return _noted(lambda: _take_status(runtime, token, _reported(runtime.settings, request.form)))

    @pages.post("/sms")
    def sms() -> Response:
        text = texts.Text(_field("MessageSid"), _field("From"), _field("Body"), _field("OptOutType") or None)
        try:
            return _xml(texts.receive(runtime, text))
        except FAILURES as failure:
            log.error("text message %s could not be taken: %s", text.sid, type(failure).__name__)
            return _xml(texts.cannot_record(operator.provider_without_database(runtime.settings)))

    @pages.post("/voice")
    def inbound_call() -> Response:
        """Nobody meets a closed line, whatever else is down."""
        try:
            return _xml(line.answered(runtime, _asked()))
        except FAILURES as failure:
            log.error("a caller is answered without the database: %s", type(failure).__name__)
            return _xml(operator.without_database(runtime.settings, _field("To")))

    @pages.post("/line/<state>")
    def line_keys(state: str) -> Response:
        asked, at, chosen = _asked(), LineState.of(state), _choice()
        digits = _carried("Digits")[:LONGEST_DIGITS]
        match at.stage:
            case Stage.PIN:  # asked again rather than carried along: an address is written into logs
                return _spoken(runtime, lambda: line.pin_typed(runtime, asked, at, digits), carried=())
            case Stage.CODE:
                return _spoken(runtime, lambda: line.code_typed(runtime, asked, at, digits))
            case Stage.CONFIRM if digits == "1":
                kept = partial(line.keep_for_later, runtime, asked, chosen)
                return _spoken(runtime, lambda: line.key_pressed(runtime, asked, at, chosen, "1"), at_last=kept)
        return _spoken(runtime, lambda: line.key_pressed(runtime, asked, at, chosen, digits[:1]))

    @pages.post("/line-whisper/<token>")
    def line_whisper(token: str) -> Response:
        return _spoken(runtime, lambda: operator.whisper(runtime, token))

    @pages.post("/line-whisper/<token>/key")
    def line_whisper_key(token: str) -> Response:
        digit = _carried("Digits")[:1] or None
        connect = twiml.connect if digit == "1" else None
        return _spoken(runtime, lambda: operator.engineer_pressed(runtime, token, digit), at_last=connect)

    @pages.post("/line-ended/<token>")
    def line_ended(token: str) -> Response:
        language = as_language(request.args.get(LANGUAGE))
        incoming = operator.Incoming(_field("CallSid"), _field("From"), _field("To"), language)
        return _spoken(runtime, lambda: operator.ended(runtime, token, incoming, _carried("DialCallStatus")))

    return pages


# --- what came with it


def _field(name: str) -> str:
    return request.form.get(name, "")


def _carried(name: str) -> str:
    """From the form, or from our own address when the request is our redirect."""
    return request.form.get(name) or request.args.get(name, "")


def _asked() -> line.Asked:
    of_address = request.args.get
    return line.Asked(
        _field("CallSid"),
        _field("From"),
        _field("To"),
        _number(TURN) or 0,
        of_address(WHO, ""),
        of_address(LANGUAGE, ""),
    )


def _choice() -> Choice:
    mode = request.args.get(MODE)
    return Choice(request.args.get(PLAN, ""), "real" if mode == "real" else "drill" if mode == "drill" else "")


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _reported(settings: Settings, form: Mapping[str, str]) -> Reported:
    """A status callback in our words."""
    ours = [account.name for account in settings.carrier_accounts if account.sid == form.get("AccountSid")]
    return replace(_said(form), carrier=ours[0] if len(ours) == 1 else None)


def _said(form: Mapping[str, str]) -> Reported:
    code = form.get("ErrorCode") or None
    if form.get("MessageSid"):
        said = form.get("MessageStatus") or form.get("SmsStatus", "")
        return Reported(said, SMS_STATES.get(said), form["MessageSid"], error_code=code)
    said, sip = form.get("CallStatus", ""), form.get("SipResponseCode") or None
    answered_by = form.get("AnsweredBy") or None
    sequence = form.get("SequenceNumber", "")
    return Reported(
        said,
        voice_state(said, sip, answered_by, pressed=False),
        form.get("CallSid") or None,
        int(sequence) if sequence.isascii() and sequence.isdigit() else None,
        code,
        sip,
        _instant(form.get("Timestamp")),
    )


def _instant(text: str | None) -> datetime | None:
    """RFC 2822; None when there is none, or nonsense."""
    try:
        at = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None


def _take_status(runtime: Runtime, token: str, reported: Reported) -> bool:
    """False for an unknown token. A callback that was delivered before changes nothing."""
    with runtime.work() as work:
        attempt = statuses.locked(work, token)
        if attempt is None:
            return False
        key = f"{reported.sid}/{reported.status}/{reported.sequence}"
        if receipts.claim(work.session, STATUS, key, work.now).first:
            applied = statuses.apply(work, attempt, reported)
            if applied:
                unanswered.follow_up(work, attempt, call_again=runtime.settings.repeat_calls)
                canaries.reported(work, attempt)
        return True


# --- what goes back


def _spoken(
    runtime: Runtime, heard: Heard, at_last: Callable[[], str] | None = None, carried: Sequence[str] = CARRIED
) -> Response:
    """TwiML; 404 for an unknown token. Out of reach of the database the caller is asked for a moment and the same
    question is put again, a few times; then they hear that nothing was recorded."""
    try:
        answer = heard()
    except FAILURES as failure:
        log.error("a caller waits: %s (%s)", type(failure).__name__, request.url_rule)
        return _xml(_one_moment(runtime, at_last, carried))
    return Response(status=404) if answer is None else _xml(answer)


def _without_us(runtime: Runtime, token: str, digit: str | None) -> Callable[[], str] | None:
    """The end of a page's call while the database is away: its key 4 is kept. None for other calls."""
    if PAGE not in request.args:
        return None
    asked = fallback.Asked(_field("CallSid"), token, request.args.get(LANGUAGE, ""))
    return partial(fallback.take_over, runtime.settings, asked, digit)


def _one_moment(runtime: Runtime, at_last: Callable[[], str] | None, carried: Sequence[str]) -> str:
    provider, moments = operator.provider_without_database(runtime.settings), _number(MOMENT) or 0
    language = as_language(request.args.get(LANGUAGE) or provider.language)
    if moments >= MOMENTS:
        said = spoken.spoken(spoken.CannotRecord(), language, provider)
        return at_last() if at_last else twiml.say_and_hang_up([said], language)
    kept = {name: value for name in carried if (value := _carried(name))}
    query = urlencode({**request.args, **kept, MOMENT: moments + 1})
    again = f"{runtime.settings.public_origin}{request.path}?{query}"
    return twiml.redirect_after_pause([spoken.spoken(spoken.OneMoment(), language, provider)], language, again)


def _noted(take: Callable[[], bool]) -> Response:
    """204 for a callback, 404 for an unknown token; 503 makes the carrier come again when the database is back."""
    try:
        return Response(status=204 if take() else 404)
    except FAILURES as failure:
        log.error("callback not taken: %s (%s)", type(failure).__name__, request.url_rule)
        return Response(status=503)


def _xml(text: str) -> Response:
    return Response(text, content_type=twiml.CONTENT_TYPE)
