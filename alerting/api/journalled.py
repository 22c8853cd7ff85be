"""Activations while the database is away: answered 202 once they are on disk, requested when it is back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from flask import request
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from alerting.api import catalog
from alerting.api.access import TRIES, Answer, Command, View, bearer, commanding
from alerting.api.catalog import IDEMPOTENCY_KEY, ActivationBody
from alerting.catalog import idempotency
from alerting.catalog.idempotency import Kept, KeyReused
from alerting.catalog.journal import Journal, Journalled, provisional_reference
from alerting.catalog.service import NotEntitled, PlanRequired, UnknownPlan, request_activation
from alerting.escalation.service import StillRacing
from alerting.runtime import Runtime
from alerting.web import provider_cache
from alerting.work import Work
from core.accounts import sessions, tokens
from core.accounts.digests import digest
from core.accounts.models import User
from core.accounts.permissions import Actor, Permission, can
from core.accounts.sessions import actor_of

log = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError, NoConnection)
JOURNAL = "journal"  # the caller under which a replayed request is remembered
EVERY_SECONDS = 1.0
CHANNELS = {"token": "api", "session": "portal", "telephone": "phone"}


class Refused(Exception):
    """The request cannot be made, now or later."""


def activating(runtime: Runtime, view: View, permissions: Sequence[Permission]) -> View:
    """`commanding`, but with the database out of reach the request is journalled instead of refused: who is out of
    bed at 03:00 does not ask again. Whether they may ask is found out with the database."""
    admitted = commanding(runtime, view, permissions)

    @wraps(admitted)
    def with_journal(**asked: Any) -> Answer:
        try:
            return admitted(**asked)
        except AWAY as error:
            body: ActivationBody = asked["body"]
            entry = Journalled(
                provisional_reference(),
                datetime.now(UTC),
                "token",
                digest(bearer()),
                body.model_dump(mode="json", exclude_unset=True),
                request.headers.get(IDEMPOTENCY_KEY) or None,
            )
            return accepted(runtime, entry, error)

    return with_journal


def accepted(runtime: Runtime, entry: Journalled, error: Exception) -> Answer:
    """202 with the provisional reference; the error itself again (503) when not even the disk takes it."""
    try:
        Journal(runtime.settings.data_dir).write(entry)
    except OSError as full:
        log.error("the journal takes nothing: %s", full)
        raise error from full
    log.error("database out of reach: activation %s is journalled", entry.provisional_reference)
    phone = provider_cache.recall(runtime.settings).emergency_phone
    return {"provisional_reference": entry.provisional_reference, "emergency_phone": phone or None}, 202


def keep_replaying(runtime: Runtime, stop: threading.Event) -> None:
    """Look every second whether something is in the journal and the database is back. For the process that writes the
    journal: on some platforms no other one sees its disk."""
    while not stop.wait(EVERY_SECONDS):
        try:
            replay(runtime)
        except AWAY:
            continue  # it stays in the journal
        except Exception:
            log.exception("replaying the journal failed; it is tried again")


def replay(runtime: Runtime) -> int:
    """Request what is journalled; how many were. Each becomes one ticket, however often this is tried."""
    journal = Journal(runtime.settings.data_dir)
    if not journal.waiting():
        return 0
    with journal.in_hand() as entries:
        for entry in entries:
            try:
                _request_once(runtime, entry)
            except Refused as refused:
                journal.refuse(entry)
                log.error("journalled activation %s is refused: %s", entry.provisional_reference, refused)
        return len(entries)


def _request_once(runtime: Runtime, entry: Journalled) -> None:
    for left in reversed(range(TRIES)):
        try:
            with runtime.work() as work:
                _request(runtime, work, entry)
            return
        except (IntegrityError, StillRacing):
            if not left:
                raise


def _request(runtime: Runtime, work: Work, entry: Journalled) -> None:
    body_digest = idempotency.digest(entry.body)
    if idempotency.kept(work.session, JOURNAL, entry.provisional_reference, body_digest, work.now):
        return
    actor = _actor(work, entry)
    if not can(actor, Permission.ACTIVATE):
        raise Refused("this user may not activate")
    answer = _answer_of_before(work, entry, actor, body_digest)
    if answer is None:
        answer = _activate(runtime, work, entry, actor)
        if entry.idempotency_key:
            idempotency.keep(work.session, actor.user_id, entry.idempotency_key, body_digest, answer, work.now)
    idempotency.keep(work.session, JOURNAL, entry.provisional_reference, body_digest, answer, work.now)


def _activate(runtime: Runtime, work: Work, entry: Journalled, actor: Actor) -> Kept:
    try:
        body = ActivationBody.model_validate(entry.body)
        wanted = catalog.activation(Command(work, actor, runtime.settings), body)
        channel = CHANNELS[entry.credential_kind]
        activated = request_activation(work, replace(wanted, channel=channel, received_at=entry.received_at))
    except (ValidationError, UnknownPlan, PlanRequired, NotEntitled, HTTPException) as error:
        raise Refused(f"{type(error).__name__}") from error
    work.record(
        activated.reference,
        "activation.journalled",
        {"provisional_reference": entry.provisional_reference, "received_at": entry.received_at.isoformat()},
        actor=actor.as_logged,
    )
    phone = work.config.provider.emergency_phone or None
    return Kept(200 if activated.joined else 201, catalog.activated_json(activated, runtime.settings, phone))


def _answer_of_before(work: Work, entry: Journalled, actor: Actor, body_digest: str) -> Kept | None:
    """The caller may have asked again by itself, with the same key, as soon as the database was back."""
    if entry.idempotency_key is None:
        return None
    try:
        return idempotency.kept(work.session, actor.user_id, entry.idempotency_key, body_digest, work.now)
    except KeyReused as error:
        raise Refused(str(error)) from error


def _actor(work: Work, entry: Journalled) -> Actor:
    if entry.credential_kind == "token":
        actor = tokens.owner(work.session, entry.credential, work.now)
    elif entry.credential_kind == "telephone":
        user = work.session.get(User, entry.credential)
        actor = actor_of(user, "voice") if user is not None and user.archived_at is None else None
    else:
        signed_in = sessions.owner(work.session, entry.credential, work.now)
        actor = signed_in.actor if signed_in else None
    if actor is None:
        raise Refused("its credential is unknown, revoked or expired")
    return actor
