"""Tell managers of gaps while there is time: by mail weeks and days before, by message and call shortly before."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, insert, select

from alerting.configuration import Configuration
from alerting.coverage import due, queries
from alerting.coverage.due import Told
from alerting.coverage.models import ToldGapRow
from alerting.coverage.queries import Open
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
from oncall.coverage import Gap
from oncall.pieces import LATEST, Span
from oncall.resolve import resolve_targets
from oncall.schema import Person
from oncall.suggestion import participants

log = logging.getLogger(__name__)

PAGE = "/console/coverage"
MOST_LISTED = 20
TOLD_BY = ("sms", "voice", "email")  # an incident in PagerDuty stands for a ticket, and here is none
NOTICE = "notice"
MINUTE = timedelta(minutes=1)


class Seen(NamedTuple):
    """The gaps ahead by one version of the configuration."""

    version: int
    gaps: Sequence[Gap]


def look(config: Configuration, now: datetime) -> Seen:
    window = Span(now, now + queries.AHEAD)
    return Seen(config.version, due.open_ended(queries.gaps_ahead(config, now), window))


def warn(work: Work, seen: Seen | None = None) -> int:
    """Tell what is due, and keep in the same transaction that it was told; how many gaps that were. `seen`: what a look
    without a write lock has found, which still holds if the configuration is the same."""
    gaps = (seen if seen and seen.version == work.config.version else look(work.config, work.now)).gaps
    rows = {_told(row): row.id for row in work.session.scalars(select(ToldGapRow))}
    settled = due.settle(gaps, rows, work.now)
    _keep(work, rows, settled.told)
    found = queries.offers(work.session, work.config, work.now, [one.gap for one in settled.due]) if settled.due else []
    by_kind: dict[bool, list[Open]] = {}
    for one, open_ in zip(settled.due, found, strict=True):
        by_kind.setdefault(one.is_urgent, []).append(open_)
    for urgent, told in by_kind.items():
        (_at_once if urgent else _by_mail)(work, told)
    return len(settled.due)


def _by_mail(work: Work, told: Sequence[Open]) -> None:
    """One mail to each manager, for everything that is due of theirs."""
    reached: set[str] = set()
    for manager, theirs in _of_managers(work, told):
        text = _text(work, manager, theirs)
        if any(notifications.inform(work, manager, text, by=(channel,)) for channel in ("email", "sms")):
            reached |= {one.gap.schedule for one in theirs}
    for schedule in sorted({one.gap.schedule for one in told} - reached):
        log.error("no manager could be told by mail that %s has gaps", schedule)


def _at_once(work: Work, told: Sequence[Open]) -> None:
    """By every method that rings the manager for something critical, each once: a notice wants no answer, so there is
    nothing that would stop a second call. Without a manager who has a telephone, whoever is the last resort of the
    schedule's policies is told too."""
    rung: set[str] = set()
    for manager, theirs in _of_managers(work, told):
        if _ring(work, manager, theirs):
            rung |= {one.gap.schedule for one in theirs}
    for schedule in sorted({one.gap.schedule for one in told} - rung):
        theirs = [one for one in told if one.gap.schedule == schedule]
        last = [_ring(work, person, theirs) for person in _last_resort(work, schedule)]
        if not any(last):
            log.error("nobody with a telephone could be told that %s is uncovered within hours", schedule)


def _of_managers(work: Work, told: Sequence[Open]) -> list[tuple[Person, list[Open]]]:
    """The gaps of each manager, in the order of time: those of the teams whose people take part in the schedule."""
    world = work.config.oncall
    found: dict[str, tuple[Person, list[Open]]] = {}
    for one in told:
        people = participants(world.schedules[one.gap.schedule], world.rotations)
        for manager in managers(work, people):
            found.setdefault(manager.id, (manager, []))[1].append(one)
    return list(found.values())


def _ring(work: Work, person: Person, told: Sequence[Open]) -> bool:
    """Whether a telephone was among the ways; without any way of their own the person's mail is used."""
    out = disabled.methods_of(work.session, person)
    contacts = plan(person, "critical", work.config.oncall.defaults, work.now, out.method_ids, out.opted_out).contacts
    ways = {one.method_id: one for one in reversed(contacts) if one.channel in TOLD_BY}
    for one in ways.values():
        text = _text(work, person, told) if one.channel != "voice" else _call(work, told)
        way = Way(one.channel, one.method_id, one.address)
        notifications.send(work, person, way, text, NOTICE, due_at=one.due_at)
    if not any(one.channel == "email" for one in ways.values()):
        notifications.inform(work, person, _text(work, person, told), by=("email",))
    return any(one.channel in PHONES for one in ways.values())


def _last_resort(work: Work, schedule: str) -> list[Person]:
    """Who is no manager: those have been told."""
    policies, world = work.config.policies, work.config.oncall
    naming = {rung.policy for rung in rungs_of(policies.values(), world) if schedule in rung.schedules}
    told = {one.id for one in managers(work, participants(world.schedules[schedule], world.rotations))}
    found = {
        one.person_id: world.people[one.person_id]
        for policy in policies.values()
        if policy.id in naming
        for one in resolve_targets(policy.last_resort.notify, world, work.now).people
        if one.person_id not in told
    }
    return list(found.values())


def _text(work: Work, person: Person, told: Sequence[Open]) -> messages.UncoveredSms:
    first, language = told[0].gap, _language(work, person)
    return messages.UncoveredSms(
        schedule=_name(work, first.schedule),
        starts_at=first.from_at,
        ends_at=first.to_at if first.to_at < LATEST else None,
        more=len(told) - 1 or None,
        desk_url=PAGE,
        lines=tuple(_line(work, one, language) for one in told[:MOST_LISTED]),
    )


def _call(work: Work, told: Sequence[Open]) -> spoken.UncoveredCall:
    first = told[0].gap
    return spoken.UncoveredCall(schedule=_name(work, first.schedule), starts_at=first.from_at)


def _line(work: Work, one: Open, language: Language) -> str:
    """What nobody covers, and who could take how much of it."""
    begins, ends = _time(work, one.gap.from_at, language), _time(work, one.gap.to_at, language)
    words = {
        "es": ("Nadie está libre entonces.", "Podría cubrirlo {who}.", "{who} podría cubrir {start} - {end}."),
        "en": ("Nobody is free then.", "{who} could take it.", "{who} could take {start} - {end}."),
    }[language]
    which = 0 if not one.candidates else 1 if one.offered == one.gap.span else 2
    said = words[which].format(
        who=work.config.person_name(one.candidates[0].person) if one.candidates else "",
        start=_time(work, one.offered.from_at, language),
        end=_time(work, one.offered.to_at, language),
    )
    return f"{_name(work, one.gap.schedule)}: {begins} - {ends}. {said}"


def _time(work: Work, at: datetime, language: Language) -> str:
    """A mail is read weeks before, and on either side of a change of the clocks: with the offset."""
    if at >= LATEST:
        return "..."
    provider = work.config.provider
    offset = at.astimezone(provider.zone).strftime("%z")
    return f"{day_and_time(at, language, provider)} ({offset[:3]}:{offset[3:]})"


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
