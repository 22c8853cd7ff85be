"""Turns of round robins: each new escalation takes one, a simulation does not."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from core.upsert import Upsert
from oncall.models import RoundRobinRow

_turns = cast(Table, RoundRobinRow.__table__)
_take = Upsert(
    _turns,
    lambda first: first.on_conflict_do_update(
        index_elements=[_turns.c.key], set_={"taken": _turns.c.taken + 1}
    ).returning(_turns.c.taken),
)


def take_turn(session: Session, key: str) -> int:
    """How many turns had been taken before this one; two callers never get the same."""
    taken: int = _take.run(session, key=key, taken=1).taken
    return taken - 1


def next_turn(session: Session, key: str) -> int:
    """What `take_turn` would give, without taking it."""
    return session.execute(select(_turns.c.taken).where(_turns.c.key == key)).scalar_one_or_none() or 0
