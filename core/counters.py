"""Counters without gaps: the number is taken in the transaction that uses it, and comes back if that rolls back."""

from __future__ import annotations

from typing import cast

from sqlalchemy import BigInteger, String, Table
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base
from core.ids import format_reference
from core.upsert import Upsert


class CounterRow(Base):
    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


_counters = cast(Table, CounterRow.__table__)
_count = Upsert(
    _counters,
    lambda first: first.on_conflict_do_update(
        index_elements=[_counters.c.name], set_={"value": _counters.c.value + first.excluded.value}
    ).returning(_counters.c.value),
)


def next_reference(session: Session, prefix: str) -> str:
    """The next free reference of `prefix`. One statement; it holds the counter until the transaction ends, so take it
    late in the transaction."""
    return format_reference(prefix, next_number(session, f"reference:{prefix}"))


def next_number(session: Session, name: str) -> int:
    """Counts from 1; two concurrent transactions never get the same number."""
    number: int = _count.run(session, name=name, value=1).value
    return number
