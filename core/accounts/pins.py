"""PINs for the telephone: chosen by their owner on a page, typed on the keys, never said, shown or logged. A calling
number only says whose PIN it may be; the PIN says who it is."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import cast

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from core.accounts import guesses, passwords
from core.accounts.digests import digest
from core.accounts.models import TelephonePin, User
from core.accounts.service import LOG_SUBJECT, Throttled
from core.accounts.throttle import Limit
from core.audit import log
from core.audit.chain import SYSTEM, Entry, LogActor
from core.upsert import Upsert

MIN_LENGTH, MAX_LENGTH = 6, 8
MOST_CANDIDATES = 5
"""Users behind one number whose PINs are compared: each takes a hash."""
NUMBER = Limit(free=5, longest=timedelta(minutes=5))
# Numbers are forged easily: who tries many of one customer's, or of the staff's, is slowed down all the same.
GROUP = Limit(free=20, longest=timedelta(minutes=5))

_keep = Upsert(
    cast(Table, TelephonePin.__table__),
    lambda first: first.on_conflict_do_update(
        index_elements=["user_id"], set_={"pin_hash": first.excluded.pin_hash, "set_at": first.excluded.set_at}
    ).returning(TelephonePin.user_id),
)


class WeakPin(ValueError):
    """A PIN that is refused; the text is fit for the person who chose it."""


@dataclass(frozen=True, slots=True)
class PinGuess:
    """A guess that may be looked at, already counted as a failure. Verify it outside of a transaction."""

    hashes: tuple[tuple[str, str], ...]
    keys: tuple[str, ...]

    def verify(self, key: bytes, pin: str) -> str | None:
        """The id of the user whose PIN it is."""
        found = [user for user, pin_hash in self.hashes if passwords.verify(pin_hash, _peppered(key, user, pin))]
        return found[0] if found else None


def check_strength(pin: str, numbers: Sequence[str] = ()) -> None:
    """WeakPin for what is no 6 to 8 digits, or what is tried first: one digit again and again, a row of the keypad, the
    end of one of the owner's own numbers."""
    if not (pin.isascii() and pin.isdigit() and MIN_LENGTH <= len(pin) <= MAX_LENGTH):
        raise WeakPin("A PIN has 6 to 8 digits.")
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if steps in ({0}, {1}, {9}) or any(number.endswith(pin) for number in numbers):
        raise WeakPin("This PIN is one that is tried first: choose another.")


def set_pin(session: Session, key: bytes, user: User, pin: str, now: datetime, *, by: LogActor = SYSTEM) -> None:
    """WeakPin is `check_strength`'s business. A second one takes the place of the first."""
    pin_hash = passwords.hashed(_peppered(key, user.id, pin))
    _keep.run(session, user_id=user.id, pin_hash=pin_hash, set_at=now)
    log.append(session, LOG_SUBJECT, now, [Entry("account.pin_set", by, {"user": user.id})])


def remove_pin(session: Session, user_id: str, now: datetime, *, by: LogActor = SYSTEM) -> None:
    """Calls of this user open nothing from now on. Nothing happens when there is none."""
    gone = session.execute(
        delete(TelephonePin).where(TelephonePin.user_id == user_id).returning(TelephonePin.user_id)
    ).scalar_one_or_none()
    if gone:
        log.append(session, LOG_SUBJECT, now, [Entry("account.pin_removed", by, {"user": user_id})])


def set_at(session: Session, user_id: str) -> datetime | None:
    """Since when the user has this PIN; None without one."""
    return session.execute(select(TelephonePin.set_at).where(TelephonePin.user_id == user_id)).scalar_one_or_none()


def admit(session: Session, users: Sequence[str], number: str, group: str, now: datetime) -> PinGuess | Throttled:
    """Counts the guess as a failure, of the calling number and of `group`, before it is looked at."""
    limits = {digest(f"pin:number:{number}"): NUMBER, digest(f"pin:group:{group}"): GROUP}
    if until := guesses.open_at(session, limits, now):
        return Throttled(until)
    for key in sorted(limits):
        if guesses.count(session, key, now) == limits[key].free:
            data = {"key": key, "failures": limits[key].free}
            log.append(session, LOG_SUBJECT, now, [Entry("account.throttled", SYSTEM, data)])
    rows = session.execute(
        select(TelephonePin.user_id, TelephonePin.pin_hash)
        .join(User, User.id == TelephonePin.user_id)
        .where(TelephonePin.user_id.in_(users), User.archived_at.is_(None))
        .order_by(TelephonePin.user_id)
        .limit(MOST_CANDIDATES)
    )
    return PinGuess(tuple((row.user_id, row.pin_hash) for row in rows), tuple(limits))


def conclude(session: Session, guess: PinGuess, verified: str | None) -> None:
    """A right guess is taken back from the failures."""
    if verified is not None:
        guesses.take_back(session, guess.keys)


def _peppered(key: bytes, user_id: str, pin: str) -> str:
    return hmac.new(key, f"telephone-pin:{user_id}:{pin}".encode(), sha256).hexdigest()
