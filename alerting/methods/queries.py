"""How somebody's contact methods stand: verified or not, out of use or not, and how the last test ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.notifications.models import AttemptRow
from alerting.notifications.reachability import TEST
from oncall import disabled
from oncall.methods import own as owns
from oncall.methods.own import Own
from oncall.models import DisabledMethodRow
from oncall.schema import ContactMethod, Defaults, Person

RECENT = 200


@dataclass(frozen=True)
class MethodState:
    """`is_own`: added by the person, not by the configuration file. `out_of_use` says why no page uses it, None while
    they do. `test` is the newest test, None when there never was one. `rings`: some rule of theirs leads to it."""

    method: ContactMethod
    is_own: bool
    out_of_use: DisabledMethodRow | None
    test: AttemptRow | None
    rings: bool

    @property
    def works(self) -> bool:
        return self.method.verified and self.out_of_use is None


def method_states(session: Session, person: Person, own: Own, defaults: Defaults) -> list[MethodState]:
    """In the order in which the person has them."""
    addresses = [method.address for method in person.contact_methods]
    out = {(row.channel, row.address): row for row in disabled.rows_of(session, addresses)}
    tests = _last_tests(session, addresses)
    by_rule = owns.named_by_rules(person, defaults)
    own_ids = {method.id for method in own.methods}
    return [
        MethodState(
            method,
            method.id in own_ids,
            out.get((method.channel, method.address)),
            tests.get((method.channel, method.address)),
            method.id in by_rule,
        )
        for method in person.contact_methods
    ]


def _last_tests(session: Session, addresses: Sequence[str]) -> dict[tuple[str | None, str | None], AttemptRow]:
    rows = session.scalars(
        select(AttemptRow)
        .where(AttemptRow.address.in_(addresses), AttemptRow.purpose == TEST)
        .order_by(AttemptRow.created_at.desc(), AttemptRow.id.desc())
        .limit(RECENT)
    )
    newest: dict[tuple[str | None, str | None], AttemptRow] = {}
    for row in rows:
        newest.setdefault((row.channel, row.address), row)
    return newest
