"""Jobs telling that they begin, have ended well, or have failed. A backup script must never fail over it: what it sends
is cut, not refused, and the answer is one short line."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from alerting.monitoring import keys, service
from alerting.monitoring.service import Said, Signal
from alerting.runtime import Runtime
from core.audit.chain import storable

log = logging.getLogger(__name__)

KEPT_BYTES = 64 * 1024
READ_BYTES = 1024 * 1024 * 1024  # a client that is cut off while it is still sending would report an error
CHUNK = 64 * 1024
UNLIMITED = 1 << 62
AGAIN_SECONDS = 30


def blueprint(runtime: Runtime) -> Blueprint:
    pages = Blueprint("heartbeats", __name__, url_prefix="/heartbeats")

    @pages.route("/<key>", methods=["GET", "POST"])
    def success(key: str) -> Response:
        return _heard(runtime, key, "success")

    @pages.route("/<key>/start", methods=["GET", "POST"])
    def start(key: str) -> Response:
        return _heard(runtime, key, "start")

    @pages.route("/<key>/fail", methods=["GET", "POST"])
    def fail(key: str) -> Response:
        return _heard(runtime, key, "fail")

    return pages


def said(raw: bytes, *, more: bool) -> Said | None:
    """The body as text, whatever it was written in; None for an empty one."""
    text = str(storable(raw.decode("utf-8", "replace").replace("\x00", "")))
    return Said(text, more) if text.strip() else None


def _heard(runtime: Runtime, key: str, signal: Signal) -> Response:
    """200; 404 for a key that is nobody's. 503 makes `curl --retry` come again when the database is back."""
    try:
        with runtime.database.reading() as session:
            heartbeat = keys.object_of(session, "heartbeats", key)
        if heartbeat is not None:
            body = _body()
            with runtime.work() as work:
                if service.hear(work, heartbeat, signal, body):
                    return _line("OK", 200)
    except SQLAlchemyError as failure:
        log.error("a heartbeat could not be recorded: %s", type(failure).__name__)
        answer = _line("not recorded, because the database is out of reach; try again", 503)
        answer.headers["Retry-After"] = str(AGAIN_SECONDS)
        return answer
    return _line("there is no heartbeat with this key", 404)


def _body() -> Said | None:
    """The last part of it: what became of a job stands at the end of its log."""
    request.max_content_length = UNLIMITED  # None would be the limit of forms
    kept, length = b"", 0
    while length < READ_BYTES and (chunk := request.stream.read(CHUNK)):
        length += len(chunk)
        kept = (kept + chunk)[-KEPT_BYTES:]
    return said(kept, more=length > KEPT_BYTES)


def _line(text: str, status: int) -> Response:
    return Response(
        f"{text}\n", status, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
    )
