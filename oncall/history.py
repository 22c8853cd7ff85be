"""The past is what was: shifts that have passed are kept as rows, before anything is edited that they came from, and
everybody who asks gets the recorded part and the computed part as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from core.ids import ulid
from oncall import resolve, rota
from oncall.models import RecordedScheduleRow, RecordedShiftRow
from oncall.pieces import Cause, CauseKind, Piece, Shift, Span, clip, gaps_between, shifts_of, spans_of
from oncall.reasons import OnCall
from oncall.schema import Schedule
from oncall.world import OnCallWorld

TOLD = timedelta(days=92)
"""Of the time before a schedule was first recorded this much is kept as its first configuration tells it."""

_shifts = cast(Table, RecordedShiftRow.__table__)
_schedules = cast(Table, RecordedScheduleRow.__table__)
_RECORDED = select(_schedules.c.since_at, _schedules.c.until_at).where(
    _schedules.c.schedule_id == bindparam("schedule")
)


def record(session: Session, world: OnCallWorld, now: datetime) -> None:
    """Keep what `world` says of every schedule from where its record ends until now. The caller holds the configuration
    (`core.documents.store.hold`), so that `world` is what was in force all that time. Idempotent. A schedule that is
    not in `world` is recorded as empty: while it is archived, nobody is on call there."""
    known = {row.schedule_id: Span(row.since_at, row.until_at) for row in session.execute(select(_schedules))}
    rows: list[dict[str, Any]] = []
    for schedule in world.schedules.values():
        kept = known.get(schedule.id)
        window = Span(now - TOLD if kept is None else kept.to_at, now)
        if window.from_at < window.to_at:
            rows += _rows(schedule, world, window)
    if rows:
        session.execute(insert(_shifts), rows)
    fresh = [{"schedule_id": id_, "since_at": now - TOLD, "until_at": now} for id_ in world.schedules.keys() - known]
    if fresh:
        session.execute(insert(_schedules), fresh)
    session.execute(update(_schedules).where(_schedules.c.until_at < now).values(until_at=now))


def shifts(session: Session, world: OnCallWorld, schedule: Schedule, window: Span) -> tuple[Shift, ...]:
    """Who was, is and will be on call within the window; merged and ordered as `oncall.rota.shifts`. A schedule that is
    not in `world` (an archived one) has its recorded past alone."""
    return shifts_of(pieces(session, world, schedule, window), window)


def gaps(session: Session, world: OnCallWorld, schedule: Schedule, window: Span) -> tuple[Span, ...]:
    """When nobody was, is or will be on call within the window, in order."""
    return gaps_between(spans_of(pieces(session, world, schedule, window)), window)


def on_call(session: Session, world: OnCallWorld, schedule: Schedule, at: datetime) -> tuple[OnCall, ...]:
    """Everybody on call at the instant, by person id, with the reason that counted then."""
    return resolve.on_call(schedule.id, pieces(session, world, schedule, rota.moment(at)))


def shadowing(session: Session, world: OnCallWorld, schedule: Schedule, at: datetime) -> tuple[OnCall, ...]:
    """Who is told by a notice at the instant and not paged, each person once."""
    return resolve.shadowing(schedule.id, pieces(session, world, schedule, rota.moment(at), shadow=True))


def pieces(
    session: Session, world: OnCallWorld, schedule: Schedule, window: Span, *, shadow: bool = False
) -> list[Piece]:
    """Pieces that share time with the window, not ordered. One that runs from the recorded time into the computed one
    is two that touch."""
    kept = session.execute(_RECORDED, {"schedule": schedule.id}).one_or_none()
    live = schedule.id in world.schedules
    if kept is None or window.to_at <= kept.since_at or kept.until_at <= window.from_at:
        return list(_computed(schedule, world, window, shadow)) if live else []
    found = list(_read(session, schedule.id, window, shadow))
    if live:
        for part in (Span(window.from_at, kept.since_at), Span(kept.until_at, window.to_at)):
            if part.from_at < part.to_at:
                found += [clip(piece, part) for piece in _computed(schedule, world, part, shadow)]
    return found


def _computed(schedule: Schedule, world: OnCallWorld, window: Span, shadow: bool) -> Iterable[Piece]:
    return (rota.shadows if shadow else rota.pieces)(schedule, world, window)


def _rows(schedule: Schedule, world: OnCallWorld, window: Span) -> Iterator[dict[str, Any]]:
    for shadow in (False, True):
        for piece in _computed(schedule, world, window, shadow):
            yield _row(schedule.id, clip(piece, window), shadow)


def _row(schedule_id: str, piece: Piece, shadow: bool) -> dict[str, Any]:
    return {
        "id": ulid(),
        "schedule_id": schedule_id,
        "from_at": piece.from_at,
        "to_at": piece.to_at,
        "person_id": piece.person,
        "shadow": shadow,
        "kind": piece.cause.kind,
        "cause_id": piece.cause.id,
        "cause_from_at": piece.cause.from_at,
        "cause_to_at": piece.cause.to_at,
        "instead_of": piece.cause.instead_of,
    }


def _read(session: Session, schedule_id: str, window: Span, shadow: bool) -> Iterator[Piece]:
    found = session.execute(
        select(_shifts).where(
            _shifts.c.schedule_id == schedule_id,
            _shifts.c.to_at > window.from_at,
            _shifts.c.from_at < window.to_at,
            _shifts.c.shadow == shadow,
        )
    )
    return (_piece(row) for row in found.mappings())


def _piece(row: Mapping[Any, Any]) -> Piece:
    kind: CauseKind = row["kind"]
    cause = Cause(kind, row["cause_id"], row["cause_from_at"], row["cause_to_at"], row["instead_of"])
    return Piece(row["from_at"], row["to_at"], row["person_id"], cause)
