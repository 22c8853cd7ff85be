"""Plan what happens around shifts, and do it when due. Every act asks the rota anew, and is safe to run twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import insert, select

from alerting.duty import cover, handoff
from alerting.duty import proof as proofs
from alerting.duty.models import DutyRow
from alerting.duty.proof import ANSWERED_WITHIN, Do, Facts, ProofState
from alerting.duty.schedule_use import all_watches, next_in_line
from alerting.duty.watches import Watch, is_waking, merged, next_morning, proof_at, whole
from alerting.notifications import messages, reachability
from alerting.notifications import service as notifications
from alerting.notifications.attempts import AttemptState
from alerting.notifications.models import AttemptRow
from alerting.notifications.out_of_use import managers
from alerting.notifications.service import Way
from alerting.pagerduty import methods as pagerduty_methods
from alerting.work import Work
from core.ids import ulid
from core.settings import Settings
from oncall.pieces import Span
from oncall.schema import Person

AHEAD = timedelta(hours=48)  # more than the longest lead and a night
BACK = timedelta(minutes=15)  # a hand-off that passed while no clock ran is still told for so long
AROUND = timedelta(hours=1)  # how much of the rota is looked at to find a watch again
AT_ONCE = 200
ANSWERED = (AttemptState.CONFIRMED.value, AttemptState.DECLINED.value)
PROOF, STARTS, ENDS = "proof", "starts", "ends"


class Wanted(NamedTuple):
    kind: str
    schedule_id: str
    person_id: str
    at: datetime
    due_at: datetime


def plan_ahead(work: Work) -> int:
    """Make the rows of everything that the rota wants within the next two days; how many were new."""
    window = Span(work.now - BACK, work.now + AHEAD)
    known = work.session.execute(
        select(DutyRow.kind, DutyRow.schedule_id, DutyRow.person_id, DutyRow.at).where(
            DutyRow.at >= window.from_at, DutyRow.at <= window.to_at
        )
    ).all()
    there = {tuple(row) for row in known}
    rows = [
        one._asdict() | {"id": ulid(), "state": ProofState.PLANNED.value}
        for one in _wanted(work, window)
        if one.person_id in work.config.oncall.people and one[:4] not in there
    ]
    if rows:
        work.session.execute(insert(DutyRow), rows)
    return len(rows)


def due(work: Work) -> list[str]:
    """Ids of the rows to look at now, the longest due first."""
    rows = work.session.scalars(
        select(DutyRow.id).where(DutyRow.due_at <= work.now).order_by(DutyRow.due_at).limit(AT_ONCE)
    )
    return list(rows)


def act(work: Work, settings: Settings, duty_id: str) -> None:
    """Do what is due of one row; nothing when another worker has it or it has been done."""
    row = work.session.execute(
        select(DutyRow)
        .where(DutyRow.id == duty_id, DutyRow.due_at <= work.now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if row is not None:
        ACTS[row.kind](work, settings, row)


def watch_of(work: Work, row: DutyRow) -> Watch | None:
    """The watch whose start the row's proof is about; None when the rota has no such watch any more."""
    window = Span(row.at - AROUND, row.at + AROUND)
    found = (
        watch
        for watch in whole(_across(work, window), window)
        if (watch.person, watch.starts_at, watch.schedule) == (row.person_id, row.at, row.schedule_id)
    )
    return next(found, None)


def _wanted(work: Work, window: Span) -> Iterator[Wanted]:
    world = work.config.oncall
    by_schedule = all_watches(work.config.policies, world, window)
    for schedule_id, watches in by_schedule.items():
        for watch in whole(watches, window):
            yield Wanted(STARTS, schedule_id, watch.person, watch.starts_at, watch.starts_at)
        for watch in watches:
            if window.from_at < watch.ends_at < window.to_at:
                yield Wanted(ENDS, schedule_id, watch.person, watch.ends_at, watch.ends_at)
    for watch in whole(merged(one for found in by_schedule.values() for one in found), window):
        lead = world.schedules[watch.schedule].reachability_test.lead
        if lead and watch.starts_at > work.now:
            at = proof_at(watch.starts_at, lead, _timezone(work, watch.person))
            yield Wanted(PROOF, watch.schedule, watch.person, watch.starts_at, at)


def _across(work: Work, window: Span) -> list[Watch]:
    found = all_watches(work.config.policies, work.config.oncall, window)
    return merged(watch for watches in found.values() for watch in watches)


def _prove(work: Work, settings: Settings, row: DutyRow) -> None:
    person, watch = work.config.oncall.people.get(row.person_id), watch_of(work, row)
    if person is None or watch is None:
        row.state, row.due_at = ProofState.DROPPED.value, None
        return
    sms, call = notifications.way_to_tell(work, person, ("sms",)), _way_to_ring(work, person)
    following = proofs.next_step(ProofState(row.state), _facts(work, row, person, sms, call))
    match following.do:
        case Do.ASK if sms is not None:
            row.sms_attempt = reachability.send_test(work, person, sms)
        case Do.CALL if call is not None:
            row.call_attempt = reachability.send_test(work, person, call)
        case Do.ALARM:
            _alarm(work, settings, row, person, watch)
    row.state, row.due_at = following.state.value, following.due_at


def _way_to_ring(work: Work, person: Person) -> Way | None:
    """A call, else their service of PagerDuty's, which rings them as a page through it would. None when neither
    works."""
    silent = pagerduty_methods.stopped(person, work.config.pagerduty, drill=False)
    way = notifications.way_to_tell(work, person, ("voice", pagerduty_methods.CHANNEL))
    return None if way is None or way.method_id in silent else way


def _facts(work: Work, row: DutyRow, person: Person, sms: Way | None, call: Way | None) -> Facts:
    timezone = _timezone(work, person.id)
    return Facts(
        now=work.now,
        starts_at=row.at,
        answered=_answered(work, row),
        answered_lately=_answered_lately(work, person, [way for way in (sms, call) if way is not None]),
        by_sms=sms is not None,
        by_call=call is not None,
        waking=is_waking(work.now, timezone),
        morning=next_morning(work.now, timezone),
    )


def _answered(work: Work, row: DutyRow) -> bool:
    ids = [attempt for attempt in (row.sms_attempt, row.call_attempt) if attempt]
    query = select(AttemptRow.id).where(AttemptRow.id.in_(ids), AttemptRow.state == AttemptState.CONFIRMED.value)
    return bool(ids) and work.session.execute(query.limit(1)).first() is not None


def _answered_lately(work: Work, person: Person, ways: Sequence[Way]) -> bool:
    """By whatever way, whoever is reached there: a page that was answered proves more than a test. One service of
    PagerDuty's may ring several people, so that there only their own answer counts."""
    of_phones = AttemptRow.address.in_([way.address for way in ways if way.channel != pagerduty_methods.CHANNEL])
    of_services = AttemptRow.address.in_([way.address for way in ways if way.channel == pagerduty_methods.CHANNEL])
    query = select(AttemptRow.id).where(
        of_phones | (of_services & (AttemptRow.person_id == person.id)),
        AttemptRow.purpose.in_(("page", reachability.TEST)),
        AttemptRow.state.in_(ANSWERED),
        AttemptRow.created_at > work.now - ANSWERED_WITHIN,
    )
    return work.session.execute(query.limit(1)).first() is not None


def _alarm(work: Work, settings: Settings, row: DutyRow, person: Person, watch: Watch) -> None:
    """Whoever is next in line, and the managers, each once; by policy somebody takes the shift."""
    schedule = work.config.oncall.schedules[watch.schedule]
    policies, world = work.config.policies.values(), work.config.oncall
    in_line = next_in_line(policies, world, watch.schedules, watch.starts_at, person.id)
    taker = cover.cover(work, settings, watch, in_line) if schedule.reachability_test.cover else None
    text = messages.UnprovenWatchSms(
        name=person.name,
        schedule=schedule.name or schedule.id,
        starts_at=watch.starts_at,
        covered_by=work.config.person_name(taker) or None,
    )
    told = set()
    for person_id in in_line:
        if (following := world.people.get(person_id)) and notifications.inform(work, following, text):
            told.add(person_id)
    for manager in managers(work, [person.id]):
        if manager.id not in {*told, person.id}:
            notifications.inform(work, manager, text, by=("email", "sms"))
    if taker is not None:
        notifications.inform(work, person, text)  # it is not theirs any more
    row.told_at = work.now


def _timezone(work: Work, person_id: str) -> str:
    person = work.config.oncall.people.get(person_id)
    return (person.timezone if person else None) or work.config.oncall.timezone


ACTS: Mapping[str, Callable[[Work, Settings, DutyRow], None]] = {
    PROOF: _prove,
    STARTS: lambda work, _, row: handoff.tell_start(work, row),
    ENDS: lambda work, _, row: handoff.tell_end(work, row),
}
