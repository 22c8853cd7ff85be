"""Events of monitoring systems. Answered 202 once they are in the database, and 503 while they cannot be, so that the
sender comes again; a delivery that comes twice makes no second ticket."""

from __future__ import annotations

import json
import logging
from typing import Any

from flask import Blueprint, Response, request
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from alerting.api.problems import invalid, problem
from alerting.escalation.service import StillRacing
from alerting.intake.service import UnknownComponent
from alerting.monitoring import alerts, events, keys
from alerting.monitoring.alerts import UnknownIntegration
from alerting.runtime import Runtime
from webhooks import receipts

log = logging.getLogger(__name__)

LARGEST_BYTES = 1024 * 1024
SOURCE = "integration"
IDEMPOTENCY = "Idempotency-Key"
AGAIN = {"Retry-After": "30"}
OUT_OF_REACH = "nothing was recorded, because the database is out of reach; send it again"
NO_SUCH_KEY = "there is no integration with this key"


def blueprint(runtime: Runtime) -> Blueprint:
    pages = Blueprint("monitoring", __name__, url_prefix="/integrations")

    @pages.post("/<key>/events")
    def take(key: str) -> Response:
        try:
            return _take(runtime, key)
        except (SQLAlchemyError, StillRacing) as failure:
            log.error("events could not be recorded: %s", type(failure).__name__)
            return problem(
                503, "nothing was recorded, because the database is out of reach; send it again", headers=AGAIN
            )

    return pages


def _take(runtime: Runtime, key: str) -> Response:
    with runtime.database.reading() as session:
        found = keys.object_of(session, "integrations", key)
        integration = runtime.configurations.current(session).integrations.get(found) if found else None
    if integration is None:
        return problem(404, NO_SUCH_KEY)
    request.max_content_length = LARGEST_BYTES
    try:
        body = _json(request.get_data(cache=False))
    except RequestEntityTooLarge:
        return problem(413, f"the body is larger than {LARGEST_BYTES // 1024} kB; send fewer alerts at once")
    except ValueError:
        return problem(400, "the body is not JSON")
    try:
        read = events.read(integration.format, body)
    except ValidationError as error:
        return invalid(error)
    try:
        return _recorded(runtime, integration.id, read)
    except UnknownIntegration:
        return problem(404, NO_SUCH_KEY)
    except UnknownComponent as error:
        return problem(422, f"component: {error}", errors=[("component", str(error))])


def _recorded(runtime: Runtime, integration_id: str, read: list[events.Event]) -> Response:
    """A sender that repeats a delivery with the same Idempotency-Key hears the first answer, and nothing is counted
    twice."""
    named = request.headers.get(IDEMPOTENCY)
    with runtime.work() as work:
        if named:
            receipt = receipts.claim(work.session, SOURCE, f"{integration_id}/{named}", work.now)
            if not receipt.first:
                return _accepted(int(receipt.answer or len(read)))
        count = alerts.take(work, integration_id, read)
        if named:
            receipts.keep_answer(work.session, SOURCE, f"{integration_id}/{named}", str(count))
    return _accepted(count)


def _accepted(count: int) -> Response:
    return Response(json.dumps({"accepted": count}), 202, mimetype="application/json")


def _json(raw: bytes) -> Any:
    """ValueError for anything but JSON of UTF-8; RecursionError would be our fault to show, and is theirs."""
    try:
        return json.loads(raw.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
