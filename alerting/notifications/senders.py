"""Several accounts at the carrier: which one an attempt leaves by, and how each of them has been doing. With one
account nothing here is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from sqlalchemy import Table, bindparam, or_, select, update
from sqlalchemy.orm import Session

from alerting.notifications.carriers.base import (
    AmbiguousDeliveryError,
    ConfigurationDeliveryError,
    DeliveryError,
    TransientDeliveryError,
)
from alerting.notifications.carriers.choice import Circuit, sender_for
from alerting.notifications.models import AttemptRow, CircuitRow
from alerting.runtime import Runtime
from alerting.work import CANARY, Work
from core.upsert import Upsert

TELEPHONY = ("sms", "voice")
NO_CONNECTION = "connect"
SECOND_CALL = "second_call_of"  # in attempt.reason

_CIRCUITS = cast(Table, CircuitRow.__table__)
_LOCKED = Upsert(
    _CIRCUITS,
    lambda insert: (
        insert.values({column.name: bindparam(column.name) for column in _CIRCUITS.columns})
        .on_conflict_do_update(index_elements=["name", "channel"], set_={"name": insert.excluded.name})
        .returning(*_CIRCUITS.columns)
    ),
)


def choose(work: Work, runtime: Runtime, attempt_id: str) -> str:
    """The name of the account by which the attempt leaves; a turn that it has been given is used where it was given."""
    names = [carrier.name for carrier in runtime.carriers]
    if len(names) == 1:
        return names[0]
    row = work.session.get(AttemptRow, attempt_id)
    if row is None or row.channel not in TELEPHONY or row.purpose == CANARY:
        return names[0]
    circuits = {of.name: _circuit(of) for of in _rows(work.session, row.channel)}
    shut = {name for name, circuit in circuits.items() if not circuit.lets_through(work.now)}
    if row.slot_at is not None and row.carrier in names and row.carrier not in shut:
        return row.carrier
    last, stay = _last(work.session, row)
    chosen = sender_for(names, last, shut, stay=stay)
    circuit = circuits.get(chosen)
    if circuit is not None and (tried := circuit.tried(work.now)) != circuit:
        _keep(work, chosen, row.channel, tried)
    return chosen


def handed_over(work: Work, runtime: Runtime, row: AttemptRow) -> None:
    """The account took it: counted only while it has lately failed."""
    if len(runtime.carriers) == 1 or row.channel not in TELEPHONY:
        return
    found = work.session.scalars(
        select(CircuitRow)
        .where(CircuitRow.name == row.carrier, CircuitRow.channel == row.channel)
        .where(or_(CircuitRow.failures > 0, CircuitRow.opened_at.is_not(None)))
        .with_for_update()
    ).one_or_none()
    if found is not None and row.carrier is not None:
        _keep(work, row.carrier, row.channel, _circuit(found).after(well=True, now=work.now))


def refused(work: Work, runtime: Runtime, row: AttemptRow, error: DeliveryError) -> None:
    """The account did not take it. What it says of a number, or that it is busy, is no failure of its own."""
    if len(runtime.carriers) == 1 or row.channel not in TELEPHONY or row.carrier is None or not _is_its_own(error):
        return
    found = _LOCKED.run(work.session, name=row.carrier, channel=row.channel, **asdict(Circuit()))
    _keep(work, row.carrier, row.channel, _circuit(found).after(well=False, now=work.now))


def tries_another(runtime: Runtime, row: AttemptRow) -> bool:
    """Whether another account has not been asked yet in this attempt's turn."""
    return row.channel in TELEPHONY and row.tries % len(runtime.carriers) != 0


def circuits(session: Session) -> Mapping[tuple[str, str], Circuit]:
    """By name and channel, of whatever has ever failed."""
    return {(row.name, row.channel): _circuit(row) for row in session.scalars(select(CircuitRow))}


def _is_its_own(error: DeliveryError) -> bool:
    if isinstance(error, TransientDeliveryError):
        return error.code == NO_CONNECTION
    return isinstance(error, AmbiguousDeliveryError | ConfigurationDeliveryError)


def _last(session: Session, row: AttemptRow) -> tuple[str | None, bool]:
    """By which account this attempt, or else the person, was tried last; and whether to stay there."""
    if row.tries:
        return row.carrier, False
    if row.ticket_id is None:
        return None, False
    if first := (row.reason or {}).get(SECOND_CALL):
        return session.scalar(select(AttemptRow.carrier).where(AttemptRow.id == first)), True
    last = session.scalar(
        select(AttemptRow.carrier)
        .where(
            AttemptRow.ticket_id == row.ticket_id,
            AttemptRow.person_id == row.person_id,
            AttemptRow.purpose == row.purpose,
            AttemptRow.channel.in_(TELEPHONY),
            AttemptRow.sent_at.is_not(None),
        )
        .order_by(AttemptRow.sent_at.desc(), AttemptRow.id.desc())
        .limit(1)
    )
    return last, False


def _rows(session: Session, channel: str) -> Any:
    return session.scalars(select(CircuitRow).where(CircuitRow.channel == channel)).all()


def _circuit(row: Any) -> Circuit:
    return Circuit(row.since, row.successes, row.failures, row.opened_at, row.opened, row.probe_until)


def _keep(work: Work, name: str, channel: str, circuit: Circuit) -> None:
    work.session.execute(
        update(CircuitRow)
        .where(CircuitRow.name == name, CircuitRow.channel == channel)
        .values(**asdict(circuit))
        .execution_options(synchronize_session=False)
    )
