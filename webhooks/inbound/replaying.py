"""Answers that were kept while the database was away, taken up in the order they came: each once, as of when its key
was pressed. Whoever was too late is told by SMS who has it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from prometheus_client.core import CounterMetricFamily, Metric
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from alerting.escalation import service as escalations
from alerting.escalation.service import StillRacing
from alerting.escalation.standing import Stand, Standing
from alerting.notifications import messages
from alerting.notifications import service as notifications
from alerting.notifications.kept_answers import KeptAnswer, spool_of
from alerting.notifications.models import AttemptRow
from alerting.notifications.service import Place
from alerting.runtime import Runtime
from alerting.work import Work
from core.audit.chain import LogActor
from core.ids import short
from webhooks import receipts
from webhooks.inbound import calls

log = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError, NoConnection, StillRacing)
KEPT = "kept-answer"
EVERY_SECONDS = 1.0


def figures(session: Session) -> Iterator[Metric]:
    """For /metrics: answers taken up, ever, by what has come of them."""
    taken_up = CounterMetricFamily(
        "guardia_kept_answers_replayed", "Kept answers that were taken up, by what came of them.", labels=["outcome"]
    )
    for outcome, count in receipts.count_by_answer(session, KEPT):
        taken_up.add_metric([outcome], count)
    yield taken_up


class Unusable(Exception):
    """Nobody can be said to have answered by it."""


def keep_replaying(runtime: Runtime, stop: threading.Event) -> None:
    """Look every second whether something is kept and the database is back. For each process that keeps answers: on
    some platforms no other one sees its disk."""
    while not stop.wait(EVERY_SECONDS):
        try:
            replay(runtime)
        except AWAY:
            continue  # it stays on the disk
        except Exception:
            log.exception("taking up kept answers failed; it is tried again")


def replay(runtime: Runtime) -> int:
    """Take up what is kept; how many answers."""
    spool = spool_of(runtime.settings.data_dir)
    if not spool.waiting():
        return 0
    with spool.in_hand() as lines:
        for line in lines:
            try:
                _take_up(runtime, KeptAnswer.of(line))
            except (ValueError, TypeError, KeyError):
                continue  # torn: its writer died, and the caller was not told that it is kept
            except Unusable as unusable:
                spool.refuse(line)
                log.error("a kept answer cannot be taken up: %s", unusable)
        return len(lines)


def _take_up(runtime: Runtime, kept: KeptAnswer) -> None:
    receipt = f"{kept.call}/{kept.token}"
    with runtime.work() as work:
        found = calls.locked(work, kept.token)
        attempt, stand = (found[0], found[1].stand) if found else (None, None)
        if attempt is None or stand is None or attempt.person_id is None:
            raise Unusable("its call is unknown, or no page")
        if not receipts.claim(work.session, KEPT, receipt, work.now).first:
            return
        # Within the life of the page: two machines' clocks may differ.
        said_at = min(max(kept.at, attempt.created_at), work.now)
        outcome = _answer(work, attempt, stand, attempt.person_id, said_at)
        receipts.keep_answer(work.session, KEPT, receipt, outcome)
        data = {"attempt": attempt.id, "said_at": said_at.isoformat(), "outcome": outcome}
        work.record(stand.ticket.reference, "reply.replayed", data, actor=LogActor("person", attempt.person_id))
    log.warning("answer by attempt %s, kept since %s, is taken up: %s", attempt.id, kept.at.isoformat(), outcome)


def _answer(work: Work, attempt: AttemptRow, stand: Stand, person: str, said_at: datetime) -> str:
    """What came of it: acknowledged, already_theirs, taken, closed."""
    ticket = stand.ticket
    if stand.standing in (Standing.CLOSED, Standing.CANCELLED):
        _tell(work, attempt, stand, said_at, messages.ClosedSms, at=ticket.closed_at or work.now)
        return "closed"
    taken = escalations.acknowledge(work, ticket, person, "voice", attempt_id=attempt.id, said_at=said_at)
    if taken.won:
        return "already_theirs" if stand.standing is Standing.OWNED else "acknowledged"
    name, at = work.config.person_name(taken.owner), stand.owned_at or taken.at or work.now
    _tell(work, attempt, stand, said_at, messages.TakenByOtherSms, name=name, at=at)
    return "taken"


def _tell(
    work: Work, attempt: AttemptRow, stand: Stand, said_at: datetime, text: type[messages.Sms], **facts: Any
) -> None:
    """Unless they have been told since they pressed the key, as everybody was who had been paged."""
    since = select(AttemptRow.id).where(
        AttemptRow.ticket_id == stand.ticket.id,
        AttemptRow.person_id == attempt.person_id,
        AttemptRow.purpose.in_(("notice", "stand_down")),
        AttemptRow.created_at >= said_at,
        AttemptRow.state != "skipped",
    )
    if work.session.execute(since.limit(1)).scalar_one_or_none() is not None:
        return
    place = Place(attempt.escalation_id, attempt.episode, attempt.cycle)
    common: dict[str, Any] = {"reference": short(stand.ticket.reference), "drill": stand.ticket.mode == "drill"}
    notifications.notify(work, stand.ticket, place, attempt.person_id or "", text(**common, **facts))
