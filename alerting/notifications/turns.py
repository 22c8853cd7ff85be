"""Turns at a sender: what `pacing` decides, in rows that all workers share. Nobody sleeps in a worker: an attempt that
must wait gets a later time and the reason `rate_limited`, and whoever is first in line is nudged when there is room.

Without a rate nothing here is asked on a page's way, but for the carrier's own "not before"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import Session

from alerting.notifications import pacing
from alerting.notifications.lookup import reference_of, still_wanted
from alerting.notifications.models import AttemptRow, SenderRow
from alerting.notifications.pacing import Bucket, Waiting
from alerting.work import DELIVER, NUDGE_GRACE, Work, queue_of
from core.db import UTCDateTime, run
from core.queue import nudge
from core.settings import Settings
from core.upsert import Upsert

RATE_LIMITED, CARRIER_DOWN = "rate_limited", "carrier_down"  # attempt.why
# A turn that was never given (a job was lost) is asked for anew so long after its expected time.
LOST_AFTER = timedelta(seconds=5)
MOST_IN_LINE = 2000  # looked at for one turn; more wait behind them
PAGES_FIRST = AttemptRow.purpose != "page"

_ASKED = (
    select(AttemptRow, still_wanted().label("wanted"))
    .where(AttemptRow.id == bindparam("of"), AttemptRow.state == "pending")
    .where(AttemptRow.due_at <= bindparam("due", type_=UTCDateTime()))
)
_GIVEN = (
    update(AttemptRow)
    .where(AttemptRow.id == bindparam("of"), AttemptRow.state == "pending")
    .values(
        wanted_at=func.coalesce(AttemptRow.wanted_at, AttemptRow.due_at),
        slot_at=bindparam("at", type_=UTCDateTime()),
        due_at=bindparam("at", type_=UTCDateTime()),
        nudged_until=bindparam("until", type_=UTCDateTime()),
        why=None,
        carrier=bindparam("sender"),
    )
    .returning(AttemptRow.purpose)
    .execution_options(synchronize_session=False)
)
_SENDERS = cast(Table, SenderRow.__table__)
_LOCKED = Upsert(
    _SENDERS,
    lambda insert: (
        insert.values({column.name: bindparam(column.name) for column in _SENDERS.columns})
        .on_conflict_do_update(index_elements=["name", "channel"], set_={"name": insert.excluded.name})
        .returning(*_SENDERS.columns)
    ),
)
_TAKEN = (
    update(_SENDERS)
    .where(_SENDERS.c.name == bindparam("of"), _SENDERS.c.channel == bindparam("by"))
    .values(
        tokens=bindparam("left"),
        filled_at=bindparam("at", type_=UTCDateTime()),
        due_at=bindparam("next", type_=UTCDateTime()),
    )
)


def rates(settings: Settings) -> Mapping[str, float]:
    """Per second, of the channels that are paced; empty when none is."""
    by_channel = {"sms": settings.sms_per_second, "voice": settings.calls_per_second}
    return {channel: rate for channel, rate in by_channel.items() if rate}


def carrier_is_free(sender: Any, now: Any) -> Any:
    """Part of the statement that claims an attempt: the sender has not asked to be left alone."""
    return ~exists().where(_is(sender, AttemptRow.channel), SenderRow.busy_until > now)


def may_leave(work: Work, settings: Settings, attempt_id: str, due: datetime, name: str) -> bool:
    """Whether the attempt may be claimed for the sender `name`: it has a turn, got one now, or needs none. Otherwise it
    waits in line."""
    found = work.session.execute(_ASKED, {"of": attempt_id, "due": due}).one_or_none()
    if found is None:
        return False
    row, wanted = found
    rate = rates(settings).get(row.channel)
    if rate is None or row.slot_at is not None or not wanted:
        return True  # what nobody wants is found out by whoever claims it
    sender, bucket = _locked(work, name, row.channel, rate)
    if sender.due_at is None and bucket.whole(work.now):
        _keep(work, sender, bucket.without(1, work.now), None)
        return True
    row.carrier = name
    _stand_in_line(work, row, bucket)
    return row.id in _give(work, sender, bucket)


def give(work: Work, settings: Settings, name: str, channel: str) -> None:
    """Whoever is first in line at the sender gets their turn, as far as there is room. Safe at any time."""
    rate = rates(settings).get(channel)
    if rate is not None:
        _give(work, *_locked(work, name, channel, rate))
        return
    # The limit was lifted while somebody stood in line.
    work.session.execute(update(SenderRow).where(_is(name, channel)).values(due_at=None))
    values = {"due_at": work.now, "nudged_until": None}
    work.session.execute(update(AttemptRow).where(_in_line(name, channel, work.now)).values(**values))


def leave_alone(work: Work, name: str, channel: str, until: datetime) -> None:
    """The carrier has asked for it: nothing is handed to it before."""
    _lock(work, name, channel, 1.0)
    later = or_(SenderRow.busy_until.is_(None), SenderRow.busy_until < until)
    work.session.execute(update(SenderRow).where(_is(name, channel), later).values(busy_until=until))


def hold(work: Work, attempt_id: str, name: str) -> None:
    """An attempt that is due while the sender wants to be left alone comes again when that is over."""
    found = work.session.execute(
        select(AttemptRow, SenderRow.busy_until)
        .join(SenderRow, _is(name, AttemptRow.channel))
        .where(AttemptRow.id == attempt_id, AttemptRow.state == "pending", SenderRow.busy_until > work.now)
    ).one_or_none()
    if found is not None and found.busy_until is not None:
        wait(work, found.AttemptRow, found.busy_until, RATE_LIMITED)
        found.AttemptRow.nudged_until = None


def wait(work: Work, row: AttemptRow, until: datetime, why: str) -> None:
    """The attempt leaves at `until` at the earliest, and its ticket shows why."""
    row.wanted_at = row.wanted_at or row.due_at
    row.due_at, row.slot_at = until, None
    if row.why != why:
        row.why = why
        data = {"attempt": row.id, "why": why, "until": until.isoformat().replace("+00:00", "Z")}
        work.record(reference_of(work.session, row), "attempt.waiting", data)


# --- the line


def _stand_in_line(work: Work, row: AttemptRow, bucket: Bucket) -> None:
    place = (
        1
        + work.session.execute(
            select(func.count())
            .select_from(AttemptRow)
            .where(
                AttemptRow.state == "pending",
                AttemptRow.channel == row.channel,
                AttemptRow.carrier == row.carrier,
                AttemptRow.why == RATE_LIMITED,
                AttemptRow.id != row.id,
            )
        ).scalar_one()
    )
    wait(work, row, bucket.room_at(place, work.now), RATE_LIMITED)
    row.nudged_until = row.due_at + LOST_AFTER
    work.session.flush()


def _give(work: Work, sender: Any, bucket: Bucket) -> list[str]:
    """Those who got a turn."""
    line = pacing.order(*_waiting(work.session, sender.name, sender.channel, work.now))
    number = min(bucket.whole(work.now), len(line))
    given = []
    for one in line[:number]:
        row = work.session.execute(
            _GIVEN, {"of": one.id, "at": work.now, "until": work.now + NUDGE_GRACE, "sender": sender.name}
        ).one_or_none()
        if row is not None:  # else somebody has answered, or it has left already
            given.append(one.id)
            nudge(work.session, queue_of(row.purpose), DELIVER, one.id)
    left = bucket.without(len(given), work.now)
    _keep(work, sender, left, left.room_at(1, work.now) if len(line) > number else None)
    return given


def _waiting(session: Session, name: str, channel: str, now: datetime) -> tuple[list[Waiting], dict[str, datetime]]:
    """Who waits, and when their tickets last had a turn."""
    since = func.coalesce(AttemptRow.wanted_at, AttemptRow.due_at, type_=UTCDateTime())
    rows = session.execute(
        select(AttemptRow.id, AttemptRow.ticket_id, AttemptRow.episode, AttemptRow.purpose, since.label("since"))
        .where(_in_line(name, channel, now), still_wanted())
        .order_by(PAGES_FIRST, since)
        .limit(MOST_IN_LINE)
    ).all()
    turns = session.execute(
        select(
            AttemptRow.ticket_id,
            AttemptRow.episode,
            (AttemptRow.purpose == "page").label("is_page"),
            func.max(func.coalesce(AttemptRow.slot_at, AttemptRow.sent_at), type_=UTCDateTime()).label("at"),
        )
        .where(AttemptRow.ticket_id.in_(select(AttemptRow.ticket_id).where(_in_line(name, channel, now))))
        .where(or_(AttemptRow.slot_at.is_not(None), AttemptRow.sent_at.is_not(None)), AttemptRow.channel != "email")
        .group_by(AttemptRow.ticket_id, AttemptRow.episode, AttemptRow.purpose)
    ).all()
    paged = {(turn.ticket_id, turn.episode) for turn in turns if turn.is_page}
    served_at: dict[str, datetime] = {}
    for turn in turns:
        served_at[turn.ticket_id] = max(turn.at, served_at.get(turn.ticket_id, turn.at))
    line = [
        Waiting(
            row.id,
            row.ticket_id or row.id,
            row.since,
            is_page=row.purpose == "page",
            is_first=(row.ticket_id, row.episode) not in paged,
        )
        for row in rows
    ]
    return line, served_at


def _in_line(name: str, channel: str, now: datetime) -> Any:
    return and_(
        AttemptRow.state == "pending",
        AttemptRow.channel == channel,
        AttemptRow.slot_at.is_(None),
        or_(AttemptRow.carrier == name, AttemptRow.carrier.is_(None)),
        or_(AttemptRow.why == RATE_LIMITED, AttemptRow.due_at <= now),
    )


# --- the bucket


def _locked(work: Work, name: str, channel: str, rate: float) -> tuple[Any, Bucket]:
    sender = _lock(work, name, channel, rate)
    return sender, Bucket(rate, sender.tokens, sender.filled_at, sender.busy_until)


def _lock(work: Work, name: str, channel: str, rate: float) -> Any:
    """The sender's row, made when it is missing, and locked until the end of the transaction."""
    tokens = Bucket.full(rate, work.now).tokens
    return _LOCKED.run(
        work.session, name=name, channel=channel, tokens=tokens, filled_at=work.now, busy_until=None, due_at=None
    )


def _keep(work: Work, sender: Any, bucket: Bucket, next_at: datetime | None) -> None:
    run(
        work.session,
        _TAKEN,
        {"of": sender.name, "by": sender.channel, "left": bucket.tokens, "at": bucket.at, "next": next_at},
    )


def _is(name: Any, channel: Any) -> Any:
    return and_(SenderRow.name == name, SenderRow.channel == channel)
