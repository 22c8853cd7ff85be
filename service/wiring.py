"""Composition root: the parts of a process, put together once."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from alerting.configuration import Configurations
from alerting.notifications.attempts import LEASE
from alerting.notifications.carriers import pagerduty, twilio
from alerting.notifications.carriers.twilio import TwilioCarrier
from alerting.notifications.dispatch import FRESH_SECONDS
from alerting.notifications.models import AttemptRow
from alerting.runtime import Runtime, install
from core import queue
from core.db import Database
from core.queue import Nudge, Nudger
from core.settings import Settings

LONGEST_SEND_SECONDS = max(twilio.LONGEST_SEND_SECONDS, pagerduty.LONGEST_SEND_SECONDS)
if LEASE.total_seconds() <= FRESH_SECONDS + LONGEST_SEND_SECONDS:
    raise AssertionError(
        f"a send may take {LONGEST_SEND_SECONDS} s and begin {FRESH_SECONDS} s after its claim, but the lease ends "
        f"after {LEASE.total_seconds()} s: two workers would send the same page"
    )

log = logging.getLogger(__name__)


def database(settings: Settings, *, pool_size: int = 10, nudger: Nudger | None = None) -> Database:
    """Nudges leave after the commit; without a queue they are dropped and the clock finds the rows."""
    made = Database(settings.database, pool_size=pool_size)

    def hand_out(nudges: Sequence[Nudge]) -> None:
        if nudger is not None and not nudger(nudges):
            leave_to_the_clock(made, nudges)

    made.after_commit = hand_out
    return made


def leave_to_the_clock(database: Database, nudges: Sequence[Nudge]) -> None:
    """Redis took no nudge, so there is none to wait for: the time that it would have had begins in the past. Should
    that fail too, the clock looks when the time is over."""
    ids = [nudge.args[0] for nudge in nudges]
    try:
        with Session(database.engine) as session, session.begin():
            handed_out = (AttemptRow.id.in_(ids), AttemptRow.nudged_until.is_not(None))
            session.execute(update(AttemptRow).where(*handed_out).values(nudged_until=AttemptRow.created_at))
    except SQLAlchemyError as error:
        log.warning("lost nudges wait for their time: %s", type(error).__name__)


def carrier(settings: Settings) -> TwilioCarrier:
    """The usual account."""
    return TwilioCarrier.of(settings.carrier_accounts[0])


def more_carriers(settings: Settings) -> tuple[TwilioCarrier, ...]:
    return tuple(TwilioCarrier.of(account) for account in settings.carrier_accounts[1:])


def nudger(settings: Settings) -> Nudger:
    return Nudger(queue.connect(settings.redis))


def runtime(settings: Settings, *, pool_size: int = 10) -> Runtime:
    """Everything a process needs, installed for its jobs."""
    made = Runtime(
        settings=settings,
        database=database(settings, pool_size=pool_size, nudger=nudger(settings)),
        configurations=Configurations(settings),
        carrier=carrier(settings),
        more_carriers=more_carriers(settings),
    )
    install(made)
    return made
