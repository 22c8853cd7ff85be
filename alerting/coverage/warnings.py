"""Tell managers of gaps while there is time: by mail weeks and days before, by message and call shortly before."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import delete, insert, select

from alerting.coverage import due, queries
from alerting.coverage.due import Due, Told
from alerting.coverage.models import ToldGapRow
from alerting.coverage.rungs import rungs_of
from alerting.notifications import messages, spoken
from alerting.notifications import service as notifications
from alerting.notifications.out_of_use import managers
from alerting.notifications.service import Way
from alerting.notifications.wording import Language, day_and_time
from alerting.work import Work
from core.ids import ulid
from oncall import disabled
from oncall.contact_plan import PHONES, plan
from oncall.pieces import LATEST, Span
from oncall.resolve import resolve_targets
from oncall.schema import Person

log = logging.getLogger(__name__)

PAGE = "/console/coverage"
MOST_LISTED = 20
NOTICE = "notice"
MINUTE = timedelta(minutes=1)


def warn(work: Work) -> int:
    """Tell what is due, and keep in the same transaction that it was told; how many gaps that were."""
    window = Span(work.now, work.now + queries.AHEAD)
    gaps = due.open_ended(queries.gaps_ahead(work.config, work.now), window)
    rows = {_told(row): row.id for row in work.session.scalars(select(ToldGapRow))}
    settled = due.settle(gaps, rows, work.now)
    _keep(work, rows, settled.told)
    early = [one for one in settled.due if not one.is_urgent]
    urgent = [one for one in settled.due if one.is_urgent]
    if early:
        _by_mail(work, early)
    if urgent:
        _at_once(work, urgent)
    return len(settled.due)


def _by_mail(work: Work, told: Sequence[Due]) -> None:
    """One mail for everything that is due."""
    reached = [_inform(work, manager, told) for manager in managers(work)]
    if not any(reached):
        log.error("no manager could be told by mail of %d gaps; the first is of %s", len(told), told[0].gap.schedule)


def _inform(work: Work, manager: Person, told: Sequence[Due]) -> bool:
    return notifications.inform(work, manager, _text(work, manager, told), by=("email", "sms"))


def _at_once(work: Work, told: Sequence[Due]) -> None:
    """By every method that rings the manager for something critical, each once: a notice wants no answer, so there is
    nothing that would stop a second call. Without a manager who has a telephone, whoever is the last resort of the
    schedule's policies is told too."""
    rung = [_ring(work, manager, told) for manager in managers(work)]
    if not any(rung):
        last = [
            person for person in _last_resort(work, {one.gap.schedule for one in told}) if person not in managers(work)
        ]
        rung = [_ring(work, person, told) for person in last]
    if not any(rung):
        log.error("nobody with a telephone could be told that %s is uncovered within hours", told[0].gap.schedule)


def _ring(work: Work, person: Person, told: Sequence[Due]) -> bool:
    """Whether a telephone was among the ways; without any way of their own the person's mail is used."""
    out = disabled.methods_of(work.session, person)
    contacts = plan(person, "critical", work.config.oncall.defaults, work.now, out.method_ids, out.opted_out).contacts
    ways = {one.method_id: one for one in reversed(contacts) if one.channel in queries.OURS}
    for one in ways.values():
        text = _text(work, person, told) if one.channel != "voice" else _call(work, told)
        way = Way(one.channel, one.method_id, one.address)
        notifications.send(work, person, way, text, NOTICE, due_at=one.due_at)
    if not any(one.channel == "email" for one in ways.values()):
        notifications.inform(work, person, _text(work, person, told), by=("email",))
    return any(one.channel in PHONES for one in ways.values())


def _last_resort(work: Work, schedules: set[str]) -> list[Person]:
    policies, world = work.config.policies, work.config.oncall
    naming = {rung.policy for rung in rungs_of(policies.values(), world) if rung.schedules & schedules}
    found = {
        one.person_id: world.people[one.person_id]
        for policy in policies.values()
        if policy.id in naming
        for one in resolve_targets(policy.last_resort.notify, world, work.now).people
    }
    return list(found.values())


def _text(work: Work, person: Person, told: Sequence[Due]) -> messages.UncoveredSms:
    first, language = told[0].gap, _language(work, person)
    return messages.UncoveredSms(
        schedule=_name(work, first.schedule),
        starts_at=first.from_at,
        ends_at=first.to_at if first.to_at < LATEST else None,
        more=len(told) - 1 or None,
        desk_url=PAGE,
        lines=tuple(_line(work, one, language) for one in told[:MOST_LISTED]),
    )


def _call(work: Work, told: Sequence[Due]) -> spoken.UncoveredCall:
    first = told[0].gap
    return spoken.UncoveredCall(schedule=_name(work, first.schedule), starts_at=first.from_at)


def _line(work: Work, one: Due, language: Language) -> str:
    gap, provider = one.gap, work.config.provider
    begins = day_and_time(gap.from_at, language, provider)
    ends = day_and_time(gap.to_at, language, provider) if gap.to_at < LATEST else "..."
    offered = Span(gap.from_at, min(gap.to_at, gap.from_at + queries.LONGEST))
    schedule = work.config.oncall.schedules[gap.schedule]
    free = queries.candidates(work.session, work.config, work.now, schedule, offered)
    who = {"es": "Podría cubrirlo {name}.", "en": "{name} could take it."}[language]
    nobody = {"es": "Nadie está libre entonces.", "en": "Nobody is free then."}[language]
    taker = who.format(name=work.config.person_name(free[0].person)) if free else nobody
    return f"{_name(work, gap.schedule)}: {begins} - {ends}. {taker}"


def _name(work: Work, schedule_id: str) -> str:
    return work.config.oncall.schedules[schedule_id].name or schedule_id


def _language(work: Work, person: Person) -> Language:
    return "en" if (person.language or work.config.provider.language) == "en" else "es"


def _told(row: ToldGapRow) -> Told:
    return Told(row.schedule_id, row.within_minutes * MINUTE, row.from_at, row.to_at or LATEST)


def _keep(work: Work, rows: dict[Told, str], told: Iterable[Told]) -> None:
    kept = set(told)
    gone = [id_ for one, id_ in rows.items() if one not in kept]
    if gone:
        work.session.execute(delete(ToldGapRow).where(ToldGapRow.id.in_(gone)))
    fresh = [
        {
            "id": ulid(),
            "schedule_id": one.schedule,
            "within_minutes": one.within // MINUTE,
            "from_at": one.from_at,
            "to_at": one.to_at if one.to_at < LATEST else None,
        }
        for one in sorted(kept - rows.keys())
    ]
    if fresh:
        work.session.execute(insert(ToldGapRow), fresh)
