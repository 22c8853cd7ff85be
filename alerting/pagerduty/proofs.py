"""Test pages through PagerDuty: what its users answer proves that the service rings the person, or somebody else."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.methods import service as methods
from alerting.notifications.attempts import OPEN, AttemptState
from alerting.notifications.models import AttemptRow
from alerting.notifications.reachability import VERIFICATION
from alerting.pagerduty import incidents
from alerting.pagerduty.decisions import ACKNOWLEDGED, RESOLVED, TRIGGERED, Heard
from alerting.pagerduty.models import PagerDutyIncidentRow
from alerting.work import Work
from core.audit.chain import SYSTEM, LogActor

OTHER_PERSON = "other_person"
"""error_code of a test that somebody else has answered: the service rings them."""
ANSWERS = {f"incident.{state}" for state in (ACKNOWLEDGED, RESOLVED)}


def answered(work: Work, row: PagerDutyIncidentRow, heard: Heard, person: str | None) -> str:
    """Carry out an event about a test; the outcome in a word. `person` is who acted, None for nobody at all: rules and
    clocks of PagerDuty's answer for nobody."""
    attempt = _locked(work.session, row.attempt_id)
    row.incident_id = row.incident_id or heard.incident_id
    if attempt is None or AttemptState(attempt.state) not in OPEN | {AttemptState.DELIVERED}:
        return "already_so"
    if heard.kind == f"incident.{TRIGGERED}":
        attempt.state = AttemptState.DELIVERED.value
        _record(work, attempt, None)
        return "opened"
    if heard.kind not in ANSWERS or person is None:
        return "no_person" if heard.kind in ANSWERS else "for_information"
    row.held = RESOLVED if heard.kind == f"incident.{RESOLVED}" else ACKNOWLEDGED
    incidents.end_test(work, row)
    if person != attempt.person_id:
        attempt.state, attempt.failure, attempt.error_code = AttemptState.FAILED.value, "permanent", OTHER_PERSON
        _record(work, attempt, person)
        return OTHER_PERSON
    attempt.state = AttemptState.CONFIRMED.value
    _record(work, attempt, person)
    owner = work.config.oncall.people.get(person)
    if attempt.purpose == VERIFICATION and owner is not None:
        methods.proved(work, owner, incidents.CHANNEL, attempt.address or "")
    return "confirmed"


def _locked(session: Session, attempt_id: str | None) -> AttemptRow | None:
    return session.execute(
        select(AttemptRow)
        .where(AttemptRow.id == attempt_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def _record(work: Work, attempt: AttemptRow, person: str | None) -> None:
    data = {"attempt": attempt.id, "state": attempt.state}
    actor = LogActor("person", person) if person else SYSTEM
    work.record(f"attempt:{attempt.id}", "attempt.status", data, actor=actor)
