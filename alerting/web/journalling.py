"""The second click while the database is away: kept on disk, and answered with the telephone (contract, section
Activation). Who pressed it is found out when the database is back."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import render_template, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from alerting.catalog.journal import Journal, Journalled, provisional_reference
from alerting.web.activation import NO_PLAN, SYMPTOMS_LENGTH, ActivationForm
from alerting.web.visitor import runtime, session_cookie
from core.accounts.digests import digest

log = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError, NoConnection)


def journalling(view: Callable[..., Any]) -> Callable[..., Any]:
    """For views of `plan`, and of `customer` where staff act for one. Stands outside of what looks up the visitor."""

    @functools.wraps(view)
    def kept_when_away(plan: str, customer: str | None = None) -> Any:
        named = {} if customer is None else {"customer": customer}
        try:
            return view(plan=plan, **named)
        except AWAY as error:
            token = request.cookies.get(session_cookie())
            if token is None:
                raise
            return _keep(error, token, body_of(ActivationForm.of(request.form), plan) | named)

    return kept_when_away


def body_of(form: ActivationForm, plan: str) -> dict[str, Any]:
    """The fields of the API's request. A number that cannot be called would have the request refused when nobody is
    looking any more, so it goes to the engineer as words."""
    symptoms = form.symptoms
    body: dict[str, Any] = {"mode": form.mode, "critical": form.critical}
    if form.problems():
        symptoms = f"{form.callback_phone}\n{symptoms}".strip()
    elif form.callback_phone:
        body["callback_phone"] = form.callback_phone
    named = {"plan": plan if plan != NO_PLAN else None, "symptoms": symptoms[:SYMPTOMS_LENGTH], "reason": form.reason}
    return body | {field: value for field, value in named.items() if value}


def _keep(error: Exception, token: str, body: dict[str, Any]) -> Any:
    """No idempotency key: pressed again, it joins the ticket that the first press becomes."""
    entry = Journalled(provisional_reference(), datetime.now(UTC), "session", digest(token), body)
    try:
        Journal(runtime().settings.data_dir).write(entry)
    except OSError as full:
        log.error("the journal takes nothing: %s", full)
        raise error from full
    log.error("database out of reach: activation %s is journalled", entry.provisional_reference)
    return render_template("web/journalled.html", reference=entry.provisional_reference, here="/"), 202
