"""Who begins a shift when, whether their telephones work, and whether they have shown that they answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.duty.models import DutyRow
from alerting.duty.proof import ALARMING, OPEN, ProofState
from alerting.duty.schedule_use import all_watches
from alerting.duty.watches import Watch, merged, whole
from alerting.methods.queries import MethodState, method_states
from alerting.notifications.models import AttemptRow
from alerting.pagerduty.methods import CHANNEL
from oncall.contact_plan import PHONES
from oncall.pieces import Span

BACK, AHEAD = timedelta(hours=24), timedelta(hours=72)
PROOF = "proof"


@dataclass(frozen=True)
class Readiness:
    """`state` None: no proof is planned yet, or the schedule wants none. `due_at` is when it is looked at next."""

    watch: Watch
    began: bool
    methods: Sequence[MethodState]
    state: ProofState | None
    due_at: datetime | None

    @property
    def phones(self) -> int:
        return sum(one.works and one.method.channel in PHONES for one in self.methods)

    @property
    def by_pagerduty(self) -> bool:
        """Whether PagerDuty rings them."""
        return any(one.works and one.method.channel == CHANNEL for one in self.methods)

    @property
    def problems(self) -> list[MethodState]:
        return [one for one in self.methods if not one.works]

    @property
    def is_red(self) -> bool:
        return not (self.phones or self.by_pagerduty) or self.state in ALARMING


def readiness(session: Session, config: Configuration, now: datetime) -> list[Readiness]:
    """Watches of the last day and the next three, in the order of their starts."""
    window = Span(now - BACK, now + AHEAD)
    found = all_watches(config.policies, config.oncall, window)
    watches = whole(merged(one for watches in found.values() for one in watches), window)
    proofs = _proofs(session, window)
    confirmed = _confirmed(session, proofs.values())
    people = {watch.person for watch in watches}
    methods = {
        person.id: method_states(session, config, person)
        for person in config.oncall.people.values()
        if person.id in people
    }
    lines = []
    for watch in watches:
        row = proofs.get((watch.schedule, watch.person, watch.starts_at))
        state = ProofState(row.state) if row else None
        if row is not None and state in OPEN and row.id in confirmed:
            state = ProofState.CONFIRMED
        due_at = row.due_at if row else None
        lines.append(Readiness(watch, watch.starts_at <= now, methods.get(watch.person, []), state, due_at))
    return lines


def _proofs(session: Session, window: Span) -> Mapping[tuple[str, str, datetime], DutyRow]:
    rows = session.scalars(
        select(DutyRow).where(DutyRow.kind == PROOF, DutyRow.at > window.from_at, DutyRow.at < window.to_at)
    )
    return {(row.schedule_id, row.person_id, row.at): row for row in rows}


def _confirmed(session: Session, rows: Iterable[DutyRow]) -> set[str]:
    """Ids of proofs that were answered since they were last looked at."""
    by_attempt = {attempt: row.id for row in rows for attempt in (row.sms_attempt, row.call_attempt) if attempt}
    query = select(AttemptRow.id).where(AttemptRow.id.in_(by_attempt), AttemptRow.state == "confirmed")
    return {by_attempt[attempt] for attempt in session.scalars(query)}
