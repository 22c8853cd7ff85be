"""Answers kept for repeated requests (contract, section Activation: scoped to the caller, 30 days)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from alerting.catalog.models import IdempotencyRow
from core.db import run

KEPT_FOR = timedelta(days=30)
MAX_KEY = 255
_KEPT = select(
    IdempotencyRow.body_digest, IdempotencyRow.status, IdempotencyRow.answer, IdempotencyRow.created_at
).where(IdempotencyRow.caller == bindparam("of_caller"), IdempotencyRow.key == bindparam("of_key"))
_KEEP = insert(IdempotencyRow)


class KeyReused(ValueError):
    """The key came before with another body."""


@dataclass(frozen=True)
class Kept:
    status: int
    answer: dict[str, Any]


def digest(body: Mapping[str, Any]) -> str:
    """The same for bodies that say the same, whatever their spacing and the order of their keys."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def kept(session: Session, caller: str, key: str, body_digest: str, now: datetime) -> Kept | None:
    """The answer given before; None when the key is new. KeyReused when the body was another."""
    row = run(session, _KEPT, {"of_caller": caller, "of_key": key}).one_or_none()
    if row is None:
        return None
    if row.created_at <= now - KEPT_FOR:
        session.execute(delete(IdempotencyRow).where(IdempotencyRow.caller == caller, IdempotencyRow.key == key))
        return None
    if row.body_digest != body_digest:
        raise KeyReused(f"the Idempotency-Key {key[:40]!r} was used for another request; send a new key")
    return Kept(row.status, row.answer)


def keep(session: Session, caller: str, key: str, body_digest: str, answer: Kept, now: datetime) -> None:
    """Written with the request itself: the unique key makes two requests of the same moment one, the second of which
    fails with IntegrityError and finds the answer when it looks again. To be called after `kept`, which clears away a
    key that is too old."""
    row = {
        "caller": caller,
        "key": key,
        "body_digest": body_digest,
        "status": answer.status,
        "answer": answer.answer,
        "created_at": now,
    }
    run(session, _KEEP, row)
