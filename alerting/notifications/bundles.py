"""One message or call for several tickets: the attempt that carries it, and those that share its fate. Each keeps its
own row, reply code and log; `bundle_id` is the id of the one that travels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.notifications import bundling, messages, rendering, spoken, turns
from alerting.notifications.attempts import AttemptState
from alerting.notifications.bundling import Page
from alerting.notifications.lookup import reference_of, still_wanted
from alerting.notifications.models import AttemptRow
from alerting.notifications.wording import Language
from alerting.work import Work

BUNDLED = "bundled"  # attempt.why
NOT_HANDED_OVER = (AttemptState.SENDING.value, AttemptState.UNKNOWN.value)
RINGING = (AttemptState.ACCEPTED.value, AttemptState.RINGING.value)
# Longer than the one that carries it needs to find out what became of its request.
PATIENCE = timedelta(seconds=60)


def take(work: Work, first: AttemptRow) -> Sequence[AttemptRow]:
    """Claim what leaves with `first`, which is claimed. Nothing unless it had to wait: who leaves in time
    is a message of their own."""
    if first.purpose != "page" or not (first.wanted_at or rendering.late_minutes(first, work.now)):
        return ()
    chosen = bundling.together(_page(first), (_page(row) for row in _due_with(work, first)))
    if not chosen:
        return ()
    first.bundle_id = first.id
    taken = work.session.scalars(
        update(AttemptRow)
        .where(AttemptRow.id.in_(chosen), AttemptRow.state == AttemptState.PENDING.value, still_wanted())
        .values(
            state=AttemptState.SENDING.value,
            why=BUNDLED,
            bundle_id=first.id,
            fence=AttemptRow.fence + 1,
            tries=AttemptRow.tries + 1,
            sent_at=work.now,
            lease_until=work.now + PATIENCE,
            slot_at=None,
        )
        .returning(AttemptRow)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    return sorted(taken, key=lambda row: row.id)


def body(first: AttemptRow, others: Sequence[AttemptRow], config: Configuration) -> str:
    """What is written, or the call's greeting."""
    drill, language = bool(first.facts.get("drill")), cast(Language, first.language)
    pages = {row.ticket_id: row for row in reversed([first, *others])}.values()
    if first.channel == "voice":
        customers = tuple(str(row.facts.get("customer", "")) for row in reversed(pages))
        said = spoken.SeveralPages(person=first.person_name, total=len(pages), customers=customers, drill=drill)
        return spoken.spoken(said, language, config.provider)
    listed = tuple(
        messages.ListedPage(row.reply_code or "", str(row.facts.get("reference", "")), str(row.facts["customer"]))
        for row in reversed(pages)
    )
    return messages.sms(messages.SeveralPagesSms(pages=listed, drill=drill), language, config.provider)


def carries(row: AttemptRow) -> bool:
    return row.bundle_id == row.id


def is_carried(row: AttemptRow) -> bool:
    return row.bundle_id is not None and row.bundle_id != row.id


def others(session: Session, first: AttemptRow) -> Sequence[AttemptRow]:
    """What shares the fate of `first`, locked; empty for what carries nothing."""
    if not carries(first):
        return ()
    return session.scalars(
        select(AttemptRow)
        .where(AttemptRow.bundle_id == first.id, AttemptRow.id != first.id)
        .order_by(AttemptRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def is_no_part_of(row: AttemptRow) -> ColumnElement[bool]:
    """Condition of attempts that share no message with `row`, or with anybody."""
    return or_(AttemptRow.bundle_id.is_(None), AttemptRow.bundle_id != row.bundle_id)


def accepted(work: Work, first: AttemptRow) -> Sequence[AttemptRow]:
    """The carrier has the one message: so it has every page in it. Those whose state follows now."""
    changed = []
    for row in others(work.session, first):
        row.carrier, row.message = first.carrier, first.message
        row.carrier_sid = row.carrier_sid or first.carrier_sid
        row.handed_over_at, row.lease_until = row.handed_over_at or work.now, None
        if row.state in NOT_HANDED_OVER:
            row.state = AttemptState.ACCEPTED.value
            changed.append(row)
        data = {"attempt": row.id, "carrier_sid": row.carrier_sid, "carrier": row.carrier, "bundle": first.id}
        work.record(reference_of(work.session, row), "attempt.accepted", data)
    return changed


def release(work: Work, first: AttemptRow, until: datetime) -> None:
    """Nothing was handed over: each is on its own again from `until`, and may find the others anew."""
    for row in others(work.session, first):
        if row.state in NOT_HANDED_OVER:
            row.state, row.lease_until, row.nudged_until, row.why = AttemptState.PENDING.value, None, None, None
            row.bundle_id = None
            turns.wait(work, row, until, first.why or turns.RATE_LIMITED)
    if carries(first):
        first.bundle_id = first.message = None


def settle(work: Work, row: AttemptRow) -> None:
    """Nothing was heard of a carried attempt for long: what became of the one that carries it holds for it too."""
    first = work.session.get(AttemptRow, row.bundle_id)
    if first is not None and first.state in NOT_HANDED_OVER:
        row.state, row.lease_until = AttemptState.SENDING.value, work.now + PATIENCE
    elif first is not None and first.carrier_sid is not None:
        row.state, row.carrier, row.carrier_sid = AttemptState.ACCEPTED.value, first.carrier, first.carrier_sid
        row.handed_over_at, row.message, row.lease_until = row.handed_over_at or work.now, first.message, None
    else:
        row.state, row.bundle_id, row.lease_until, row.nudged_until = AttemptState.PENDING.value, None, None, None
        row.due_at, row.why = work.now, None


def others_ring(session: Session, row: AttemptRow) -> bool:
    """Whether the call on which `row` travels still rings for another ticket."""
    if row.bundle_id is None:
        return False
    found = session.execute(
        select(AttemptRow.id)
        .where(
            AttemptRow.bundle_id == row.bundle_id,
            AttemptRow.id != row.id,
            AttemptRow.state.in_(RINGING),
            or_(AttemptRow.why.is_(None), AttemptRow.why == BUNDLED),
        )
        .limit(1)
    ).first()
    return found is not None


def _due_with(work: Work, first: AttemptRow) -> Sequence[AttemptRow]:
    return work.session.scalars(
        select(AttemptRow)
        .where(
            AttemptRow.state == AttemptState.PENDING.value,
            AttemptRow.purpose == "page",
            AttemptRow.person_id == first.person_id,
            AttemptRow.channel == first.channel,
            AttemptRow.address == first.address,
            AttemptRow.id != first.id,
            or_(AttemptRow.due_at <= work.now, AttemptRow.why == turns.RATE_LIMITED),
            still_wanted(),
        )
        .order_by(AttemptRow.id)
    ).all()


def _page(row: AttemptRow) -> Page:
    facts = row.facts
    return Page(
        row.id,
        row.ticket_id or row.id,
        row.template,
        drill=bool(facts.get("drill")),
        overdue=facts.get("overdue_minutes") is not None,
    )
