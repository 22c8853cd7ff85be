"""PagerDuty's webhooks V3: signature, inbox, 202. Everything else happens afterwards.

A refusal would cost more than the event: PagerDuty drops what is answered 4xx, and after three in a row turns the
subscription off for a day. https://developer.pagerduty.com/docs/webhooks-overview"""

from __future__ import annotations

import json
import logging
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from alerting.pagerduty import service
from alerting.runtime import Runtime
from webhooks.signatures import PAGERDUTY_HEADER, pagerduty_valid

log = logging.getLogger(__name__)

LARGEST_REQUEST = 512 * 1024  # bytes; PagerDuty itself drops what is larger than 256 kB


def blueprint(runtime: Runtime) -> Blueprint:
    pages = Blueprint("pagerduty", __name__, url_prefix="/webhooks/pagerduty")

    @pages.post("")
    def webhook() -> Response:
        """401 without a valid signature; 503 when we cannot judge or keep it, so that it comes again."""
        if not runtime.settings.pagerduty_webhook_secrets:
            log.error("webhook of PagerDuty not taken: GUARDIA_PAGERDUTY_WEBHOOK_SECRET is not set")
            return Response(status=503)
        request.max_content_length = LARGEST_REQUEST
        raw = request.get_data(cache=False)
        if not pagerduty_valid(runtime.settings.pagerduty_webhook_secrets, raw, request.headers.get(PAGERDUTY_HEADER)):
            log.warning("request refused: no valid signature of PagerDuty")
            return Response(status=401)
        try:
            with runtime.database.transaction() as session:
                first = service.receive(session, _json(raw), raw, runtime.now(session))
        except SQLAlchemyError as error:
            log.error("webhook of PagerDuty not taken: %s", type(error).__name__)
            return Response(status=503)
        if not first:
            log.info("webhook of PagerDuty came again")
        return Response(status=202)

    return pages


def _json(raw: bytes) -> Any:
    """None for what is no JSON: signed, so it is PagerDuty's, and never refused."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
