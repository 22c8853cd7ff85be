"""Each inbound event is taken once: a repeated delivery finds the receipt and does nothing again (security.md A10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from webhooks.models import ReceiptRow

LONGEST_ANSWER = 4000  # characters, as the column

_receipts = cast(Table, ReceiptRow.__table__)


@dataclass(frozen=True)
class Receipt:
    """`first` is True for whoever has claimed it now; otherwise `answer` is what the first one was told, None when it
    was told nothing that is kept."""

    first: bool
    answer: str | None = None


def claim(session: Session, source: str, key: str, now: datetime) -> Receipt:
    """Take the event in the caller's transaction: a rollback gives it back. A simultaneous claim waits for the other
    transaction to end, and then finds its receipt."""
    inserted = session.execute(
        _insert(session)
        .values(source=source, key=key[:255], received_at=now)
        .on_conflict_do_nothing()
        .returning(_receipts.c.key)
    ).scalar_one_or_none()
    return Receipt(first=True) if inserted is not None else Receipt(False, answer_of(session, source, key))


def keep_answer(session: Session, source: str, key: str, answer: str) -> None:
    """What a repeated delivery is to hear; an answer too long to keep is made anew."""
    if len(answer) <= LONGEST_ANSWER:
        session.execute(
            update(_receipts).where(_receipts.c.source == source, _receipts.c.key == key[:255]).values(answer=answer)
        )


def answer_of(session: Session, source: str, key: str) -> str | None:
    """None also when there is no such receipt."""
    return session.execute(
        select(_receipts.c.answer).where(_receipts.c.source == source, _receipts.c.key == key[:255])
    ).scalar_one_or_none()


def keys_of(session: Session, source: str, prefix: str) -> Sequence[str]:
    """Of the receipts whose key begins with `prefix`."""
    return (
        session.execute(
            select(_receipts.c.key).where(
                _receipts.c.source == source, _receipts.c.key.startswith(prefix, autoescape=True)
            )
        )
        .scalars()
        .all()
    )


def count_since(session: Session, source: str, prefix: str, since: datetime) -> int:
    """Receipts whose key begins with `prefix`."""
    return session.execute(
        select(func.count())
        .select_from(_receipts)
        .where(
            _receipts.c.source == source,
            _receipts.c.key.startswith(prefix, autoescape=True),
            _receipts.c.received_at > since,
        )
    ).scalar_one()


def count_by_answer(session: Session, source: str) -> Sequence[tuple[str, int]]:
    counted = select(_receipts.c.answer, func.count()).where(_receipts.c.source == source)
    return [(answer or "", count) for answer, count in session.execute(counted.group_by(_receipts.c.answer))]


def _insert(session: Session) -> Any:
    """The same words on SQLite and PostgreSQL, but SQLAlchemy has one construct for each."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(_receipts) if dialect == "postgresql" else sqlite.insert(_receipts)
