"""Is this request the carrier's? Nothing is believed before its signature is."""

from __future__ import annotations

import logging

from flask import request

from core.settings import Settings
from webhooks.signatures import SETTINGS_HEADER, SIGNATURE_HEADER, twilio_valid

log = logging.getLogger(__name__)


def is_carriers(settings: Settings, origin: str) -> bool:
    """Signed over the address that we published, by the account of ours that it names."""
    sender = request.form.get("AccountSid")
    accounts = [one for one in settings.carrier_accounts if sender in (None, one.sid)]
    if not accounts:
        log.warning("request refused: it names another account (%s)", request.url_rule)
        return False
    valid = twilio_valid(
        [token for account in accounts for token in account.tokens],
        origin,
        raw_uri(),
        {name: request.form.getlist(name) for name in request.form},
        request.headers.get(SIGNATURE_HEADER),
        request.headers.get(SETTINGS_HEADER),
    )
    if not valid:
        log.warning("request refused: no valid signature of the carrier (%s)", request.url_rule or "unknown address")
        return False
    return True


def raw_uri() -> str:
    """Path and query as they came over the wire: the signature is of these bytes, not of what they decode to."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    if raw:
        return str(raw)
    query = request.query_string.decode("latin-1")
    path = request.root_path.rstrip("/") + request.path
    return path + (f"?{query}" if query else "")
