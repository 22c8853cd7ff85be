"""How somebody's contact methods stand: verified or not, out of use or not, and how the last test ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.notifications.models import AttemptRow
from alerting.notifications.reachability import TEST, VERIFICATION
from alerting.pagerduty import methods as pagerduty_methods
from oncall import disabled
from oncall.methods import own as owns
from oncall.methods.own import NOTHING
from oncall.models import DisabledMethodRow
from oncall.schema import ContactMethod, Person

RECENT = 200


@dataclass(frozen=True)
class MethodState:
    """`is_own`: added by the person, not by the configuration file. `out_of_use` says why no page uses it, None while
    they do. `test` is the newest test, None when there never was one. `rings`: some rule of theirs leads to it.
    `can_call` False: its PagerDuty service has no key."""

    method: ContactMethod
    is_own: bool
    out_of_use: DisabledMethodRow | None
    test: AttemptRow | None
    rings: bool
    can_call: bool = True

    @property
    def works(self) -> bool:
        return self.method.verified and self.out_of_use is None and self.can_call


def method_states(session: Session, config: Configuration, person: Person) -> list[MethodState]:
    """In the order in which the person has them."""
    own, defaults = config.own.get(person.id, NOTHING), config.oncall.defaults
    silent = pagerduty_methods.stopped(person, config.pagerduty, drill=False)
    addresses = [method.address for method in person.contact_methods]
    out = {(row.channel, row.address): row for row in disabled.rows_of(session, addresses)}
    tests = _last_tests(session, person.id, addresses)
    by_rule = owns.named_by_rules(person, defaults)
    own_ids = {method.id for method in own.methods}
    return [
        MethodState(
            method,
            method.id in own_ids,
            out.get((method.channel, method.address)),
            tests.get((method.channel, method.address)),
            method.id in by_rule,
            method.id not in silent,
        )
        for method in person.contact_methods
    ]


def _last_tests(
    session: Session, person_id: str, addresses: Sequence[str]
) -> dict[tuple[str | None, str | None], AttemptRow]:
    """Several people may be called by one service of PagerDuty's, where a proof is a test too."""
    through_pagerduty = (
        (AttemptRow.channel == pagerduty_methods.CHANNEL)
        & (AttemptRow.person_id == person_id)
        & AttemptRow.purpose.in_((TEST, VERIFICATION))
    )
    of_person = through_pagerduty | ((AttemptRow.channel != pagerduty_methods.CHANNEL) & (AttemptRow.purpose == TEST))
    rows = session.scalars(
        select(AttemptRow)
        .where(AttemptRow.address.in_(addresses), of_person)
        .order_by(AttemptRow.created_at.desc(), AttemptRow.id.desc())
        .limit(RECENT)
    )
    newest: dict[tuple[str | None, str | None], AttemptRow] = {}
    for row in rows:
        newest.setdefault((row.channel, row.address), row)
    return newest
