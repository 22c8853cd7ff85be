"""Composition root: the parts of a process, put together once."""

from __future__ import annotations

from alerting.configuration import Configurations
from alerting.notifications.attempts import LEASE
from alerting.notifications.carriers.twilio import LONGEST_SEND_SECONDS, TwilioCarrier
from alerting.runtime import Runtime, install
from core import queue
from core.db import Database
from core.queue import Nudger
from core.settings import Settings

if LEASE.total_seconds() <= LONGEST_SEND_SECONDS:
    raise AssertionError(
        f"a send may take {LONGEST_SEND_SECONDS} s but its lease ends after {LEASE.total_seconds()} s: "
        "two workers would send the same page"
    )


def database(settings: Settings, *, pool_size: int = 10, nudger: Nudger | None = None) -> Database:
    """Nudges leave after the commit; without a queue they are dropped and the clock finds the rows."""
    return Database(settings.database, pool_size=pool_size, after_commit=nudger)


def carrier(settings: Settings) -> TwilioCarrier:
    tokens = settings.twilio_auth_tokens
    return TwilioCarrier(
        account_sid=settings.twilio_account_sid,
        username=settings.twilio_api_key or settings.twilio_account_sid,
        password=settings.twilio_api_secret.get_secret_value() if settings.twilio_api_key else tokens[0],
        origin=settings.twilio_api_url,
        sms_from=settings.sms_from,
        voice_from=settings.voice_from,
    )


def nudger(settings: Settings) -> Nudger:
    return Nudger(queue.connect(settings.redis))


def runtime(settings: Settings, *, pool_size: int = 10) -> Runtime:
    """Everything a process needs, installed for its jobs."""
    made = Runtime(
        settings=settings,
        database=database(settings, pool_size=pool_size, nudger=nudger(settings)),
        configurations=Configurations(settings),
        carrier=carrier(settings),
    )
    install(made)
    return made
