"""Guesses at secrets, counted where every process sees them: a restart, or a Redis that was emptied, forgives
nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, case, delete, select, update
from sqlalchemy.orm import Session

from core.accounts import throttle
from core.accounts.models import LoginThrottle
from core.accounts.throttle import Failures, Limit
from core.upsert import Upsert

_throttles = cast(Table, LoginThrottle.__table__)
_count = Upsert(
    _throttles,
    lambda first: first.on_conflict_do_update(
        index_elements=[_throttles.c.key],
        set_={
            "failures": case(
                (_throttles.c.last_failed_at <= bindparam("long_ago"), 1), else_=_throttles.c.failures + 1
            ),
            "last_failed_at": first.excluded.last_failed_at,
        },
    ).returning(_throttles.c.failures),
)


def open_at(session: Session, limits: Mapping[str, Limit], now: datetime) -> datetime | None:
    """The latest instant that any of the limits asks to wait for; None when none does."""
    rows = session.execute(
        select(_throttles.c.key, _throttles.c.failures, _throttles.c.last_failed_at)
        .where(_throttles.c.key.in_(limits))
        .order_by(_throttles.c.key)
        .with_for_update()
    )
    waits = (throttle.open_at(Failures(row.failures, row.last_failed_at), limits[row.key]) for row in rows)
    return max((until for until in waits if until and until > now), default=None)


def count(session: Session, key: str, now: datetime) -> int:
    """One more failure of that key; how many they are in a row."""
    failures: int = _count.run(
        session, key=key, failures=1, last_failed_at=now, long_ago=now - throttle.FORGOTTEN_AFTER
    ).failures
    return failures


def take_back(session: Session, keys: Sequence[str]) -> None:
    """The guess was right: the first key's failures are forgotten, and of the others, which many people share, this one
    alone."""
    session.execute(delete(LoginThrottle).where(LoginThrottle.key == keys[0]))
    if len(keys) > 1:
        session.execute(
            update(LoginThrottle)
            .where(LoginThrottle.key.in_(keys[1:]), LoginThrottle.failures > 0)
            .values(failures=LoginThrottle.failures - 1)
        )
