"""Contact methods out of use: the owner answered STOP, or the carrier says that the number is dead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.db import run
from oncall.models import DisabledMethodRow
from oncall.schema import Person

_disabled = cast(Table, DisabledMethodRow.__table__)
_OUT_OF_USE = select(_disabled.c.channel, _disabled.c.address, _disabled.c.why).where(
    _disabled.c.address.in_(bindparam("addresses", expanding=True))
)


@dataclass(frozen=True)
class OutOfUse:
    """`method_ids` of the person that must not be used; `opted_out` addresses that answered STOP to our messages."""

    method_ids: frozenset[str]
    opted_out: frozenset[str]


def methods_of(session: Session, person: Person) -> OutOfUse:
    addresses = [method.address for method in person.contact_methods]
    rows: Sequence[Any] = run(session, _OUT_OF_USE, {"addresses": addresses}).all()
    dead = {(channel, address) for channel, address, why in rows if why != "opted_out"}
    return OutOfUse(
        frozenset(m.id for m in person.contact_methods if (m.channel, m.address) in dead),
        frozenset(address for _, address, why in rows if why == "opted_out"),
    )


def disable(session: Session, channel: str, address: str, why: str, now: datetime) -> bool:
    """False when it was out of use before."""
    if session.get(DisabledMethodRow, (channel, address)) is not None:
        return False
    try:
        with session.begin_nested():
            session.execute(insert(_disabled).values(channel=channel, address=address, why=why, at=now))
    except IntegrityError:
        return False  # two messages failed at the same moment
    return True


def rows_of(session: Session, addresses: Sequence[str]) -> list[DisabledMethodRow]:
    """Why and since when addresses are out of use, for people to see."""
    return list(session.scalars(select(DisabledMethodRow).where(DisabledMethodRow.address.in_(addresses))))


def enable(session: Session, channel: str, address: str) -> None:
    session.execute(delete(_disabled).where(_disabled.c.channel == channel, _disabled.c.address == address))
