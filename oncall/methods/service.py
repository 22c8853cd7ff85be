"""Codes that prove contact methods, as rows."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from oncall.methods import codes
from oncall.methods.codes import Entered
from oncall.methods.models import MethodCodeRow


@dataclass(frozen=True)
class CodeEntry:
    """What became of an entered code. `row` is None for a code that was never sent to this person."""

    outcome: Entered
    row: MethodCodeRow | None


def may_send_at(session: Session, person_id: str, address: str, now: datetime) -> datetime:
    """When the next code may be sent to this address by this person; `now` when at once."""

    def sent(condition: object) -> Sequence[datetime]:
        query = select(MethodCodeRow.sent_at).where(
            condition,  # type: ignore[arg-type]
            MethodCodeRow.sent_at > now - codes.LOOKED_BACK,
        )
        return session.execute(query).scalars().all()

    return codes.may_send_at(sent(MethodCodeRow.address == address), sent(MethodCodeRow.person_id == person_id), now)


def keep_code(
    session: Session, key: bytes, code_id: str, person_id: str, channel: str, address: str, code: str, now: datetime
) -> None:
    """Remember the code, so that it can be recognised and not read."""
    session.execute(
        insert(MethodCodeRow).values(
            id=code_id, person_id=person_id, channel=channel, address=address, digest=_digest(key, code_id, code),
            sent_at=now, expires_at=now + codes.VALID, wrong=0,
        )
    )  # fmt: skip


def enter_code(session: Session, key: bytes, person_id: str, code_id: str, typed: str, now: datetime) -> CodeEntry:
    """Try the code of one message or call; a wrong one is counted, a right one is used up."""
    row = session.execute(
        select(MethodCodeRow)
        .where(MethodCodeRow.id == code_id, MethodCodeRow.person_id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if row is None:
        return CodeEntry(Entered.EXPIRED, None)
    over = codes.standing(row.expires_at, row.wrong, row.used_at is not None, now)
    if over is not None:
        return CodeEntry(over, row)
    digits = "".join(character for character in typed if character.isascii() and character.isdigit())
    if not hmac.compare_digest(_digest(key, code_id, digits), row.digest):
        row.wrong += 1
        return CodeEntry(Entered.CLOSED if row.wrong >= codes.MOST_WRONG else Entered.WRONG, row)
    row.used_at = now
    return CodeEntry(Entered.RIGHT, row)


def open_codes(session: Session, person_id: str, now: datetime) -> list[MethodCodeRow]:
    """The newest code of each channel and address that still counts; newest first."""
    rows = session.execute(
        select(MethodCodeRow)
        .where(MethodCodeRow.person_id == person_id, MethodCodeRow.sent_at > now - codes.VALID)
        .order_by(MethodCodeRow.sent_at.desc(), MethodCodeRow.id.desc())
    ).scalars()
    newest: dict[tuple[str, str], MethodCodeRow] = {}
    for row in rows:
        newest.setdefault((row.channel, row.address), row)
    return [row for row in newest.values() if codes.standing(row.expires_at, row.wrong, bool(row.used_at), now) is None]


def _digest(key: bytes, code_id: str, code: str) -> str:
    """Keyed: six digits without a key are found in a second."""
    return hmac.new(key, f"method-code:{code_id}:{code}".encode(), hashlib.sha256).hexdigest()
