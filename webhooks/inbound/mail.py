"""Mail that a gateway passes on by HTTP: the raw message, or JSON with it. Taken once on disk; a job handles it."""

from __future__ import annotations

import binascii
import hmac
import logging
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from alerting.mailbox import inbox
from alerting.mailbox.inbox import Envelope
from alerting.runtime import Runtime

log = logging.getLogger(__name__)

SOURCE = "webhook"
BEARER = "bearer "
JSON_OVERHEAD = 2  # base64 and escapes make a mail larger, and never twice as large


@dataclass(frozen=True)
class Refused(Exception):
    status: int
    detail: str


def blueprint(runtime: Runtime) -> Blueprint:
    pages = Blueprint("mail_in", __name__, url_prefix="/webhooks")
    most = runtime.settings.mail_max_megabytes * 1_000_000

    @pages.before_request
    def limit() -> None:
        request.max_content_length = most * JSON_OVERHEAD
        request.max_form_memory_size = None

    @pages.post("/mail")
    def take() -> Response:
        try:
            _check_secret(runtime.settings.mail_webhook_secrets)
            raw, envelope = _mail()
            if len(raw) > most:
                raise Refused(413, f"the mail has {len(raw)} bytes; {most} are allowed (GUARDIA_MAIL_MAX_MEGABYTES)")
            with runtime.database.transaction() as session:
                kept = inbox.keep(session, raw, envelope, SOURCE, runtime.now(session))
        except Refused as refused:
            return _problem(refused.status, refused.detail)
        except RequestEntityTooLarge:
            return _problem(413, f"a mail may have {most} bytes (GUARDIA_MAIL_MAX_MEGABYTES)")
        except SQLAlchemyError as error:
            log.error("a mail could not be kept: %s", type(error).__name__)
            return _problem(503, "the mail could not be kept; send it again")
        answer = jsonify({"accepted": True, "duplicate": not kept})
        answer.status_code = 202
        return answer

    return pages


def _check_secret(secrets: tuple[str, ...]) -> None:
    """As a bearer token, or as the password of basic authentication, which is all that some gateways can do. All
    secrets are compared, so that the time tells nothing."""
    if not secrets:
        raise Refused(503, "no mail is taken here: set GUARDIA_MAIL_WEBHOOK_SECRET")
    header = request.headers.get("Authorization", "")
    password = request.authorization.password if request.authorization else None
    shown = header[len(BEARER) :].strip() if header.lower().startswith(BEARER) else password or ""
    right = [hmac.compare_digest(shown.encode(), secret.encode()) for secret in secrets]
    if not any(right):
        log.warning("a mail is refused: wrong secret")
        raise Refused(401, "show the secret of GUARDIA_MAIL_WEBHOOK_SECRET as a bearer token or basic password")


def _mail() -> tuple[bytes, Envelope]:
    if not request.is_json:
        raw, envelope = request.get_data(), Envelope()
    else:
        raw, envelope = _from_json()
    if not raw.strip():
        raise Refused(400, "there is no mail in the body; send it raw (message/rfc822), or JSON with `raw`")
    return raw, envelope


def _from_json() -> tuple[bytes, Envelope]:
    """`raw` is the message as text; with `encoding: base64`, its bytes in base64. `from` and `to` are the envelope's,
    where the gateway tells them."""
    try:
        body = request.get_json()
    except BadRequest as error:
        raise Refused(400, "the body is no JSON") from error
    raw = body.get("raw") if isinstance(body, Mapping) else None
    if not isinstance(raw, str):
        raise Refused(400, "`raw` must be the whole message as text, or its bytes in base64 with `encoding: base64`")
    sender, to = body.get("from"), body.get("to")
    envelope = Envelope(sender if isinstance(sender, str) else None, _addresses(to))
    if body.get("encoding") != "base64":
        return raw.encode("utf-8", "replace"), envelope
    try:
        return b64decode(raw, validate=False), envelope
    except (binascii.Error, ValueError) as error:
        raise Refused(400, "`raw` is no base64") from error


def _addresses(given: Any) -> tuple[str, ...]:
    found = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    return tuple(one for one in found if isinstance(one, str))


def _problem(status: int, detail: str) -> Response:
    answer = jsonify({"type": "about:blank", "title": detail.partition(":")[0], "status": status, "detail": detail})
    answer.status_code, answer.content_type = status, "application/problem+json"
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="mail"'
    if status == 503:
        answer.headers["Retry-After"] = "60"
    return answer
