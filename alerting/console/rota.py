"""One schedule as a calendar, and one of its shifts in full: who, from when to when, and why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, abort, render_template, request
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.console import rota_calendar as calendar
from alerting.console import words
from alerting.console.rota_marks import marks
from alerting.pagerduty import following
from alerting.rota import proposal, standing
from alerting.runtime import Runtime
from alerting.web import language
from alerting.web.language import gettext, marked
from alerting.web.visitor import needs, visitor
from core.accounts.permissions import Permission
from core.documents import store
from core.documents.store import Document
from oncall import history
from oncall.pieces import Piece, Span
from oncall.reasons import OnCall, reason_data
from oncall.resolve import on_call
from oncall.schema import Schedule, StandingOverride, StandingTemporary

MONTHS = (
    marked("January"), marked("February"), marked("March"), marked("April"), marked("May"), marked("June"),
    marked("July"), marked("August"), marked("September"), marked("October"), marked("November"), marked("December"),
)  # fmt: skip
WEEKDAYS = (
    marked("Monday"), marked("Tuesday"), marked("Wednesday"), marked("Thursday"), marked("Friday"),
    marked("Saturday"), marked("Sunday"),
)  # fmt: skip
SOURCES = {
    "rotation": marked("rotation %(id)s"),
    "pagerduty-rota": marked("PagerDuty, rotation %(id)s"),
    "override": marked("override"),
    "temporary": marked("temporary schedule"),
    "absence-fill": marked("fills in for somebody absent"),
}
MOMENT = timedelta(seconds=1)
FIRST, LAST = datetime(1970, 2, 1, tzinfo=UTC), datetime(2199, 12, 1, tzinfo=UTC)


def register(console: Blueprint, runtime: Runtime) -> None:
    @console.get("/schedules/<schedule>", endpoint="rota")
    @needs(Permission.VIEW_SCHEDULES, side="staff")
    def rota(schedule: str) -> str:
        config, now = visitor().config, visitor().now
        found = _schedule(config, schedule)
        zone = config.provider.timezone
        view = _view(request.args.get("view"))
        day = _day(request.args.get("on")) or calendar.today(now, zone)
        when = calendar.shown(view, day)
        window = calendar.window(when, zone)
        wider = Span(window.from_at - MOMENT, window.to_at + MOMENT)
        with runtime.database.reading() as session:
            shifts = history.shifts(session, config.oncall, found, wider)
            gaps = history.gaps(session, config.oncall, found, wider)
            followed = following.states(session, config, now, [layer.rotation for layer in found.layers])
        parts = calendar.stretches(shifts, gaps, window)
        away = _away(config, found, window)
        month = day.month if view == "month" else None
        return render_template(
            "console/rota.html",
            schedule=found,
            days=calendar.days(parts, away, when, month, zone),
            parts=parts,
            gaps=[one.span for one in parts if one.person is None],
            away=away,
            now=now,
            when=when,
            day=day,
            today=calendar.today(now, zone),
            title=_title(when, day),
            weekdays=[gettext(one) for one in WEEKDAYS],
            weeks=calendar.weeks,
            date=_date,
            source=_source,
            archived=schedule not in config.oncall.schedules,
            timezone=zone,
            name=config.person_name,
            mark=marks(config),
            rotations=_changeable(found, config),
            followed=followed,
        )

    @console.get("/schedules/<schedule>/shift", endpoint="shift")
    @needs(Permission.VIEW_SCHEDULES, side="staff")
    def shift(schedule: str) -> str:
        config = visitor().config
        found, at = _schedule(config, schedule), _instant(request.args.get("at")) or visitor().now
        with runtime.database.reading() as session:
            pieces = history.pieces(session, config.oncall, found, Span(at, at + timedelta.resolution))
            entries = {one.cause.id: _entry(session, config, one) for one in pieces}
            shadows = history.shadowing(session, config.oncall, found, at)
        return render_template(
            "console/rota_shift.html",
            schedule=found,
            archived=schedule not in config.oncall.schedules,
            at=at,
            pieces=sorted(pieces, key=lambda piece: piece.person),
            reasons={one.person_id: _reason(one) for one in on_call(found.id, pieces)},
            entries=entries,
            shadows=shadows,
            away=_away(config, found, Span(at, at + timedelta.resolution)),
            name=config.person_name,
            mark=marks(config),
            typed=lambda instant: f"{instant.astimezone(config.provider.zone):%Y-%m-%dT%H:%M}",
        )


def _changeable(schedule: Schedule, config: Configuration) -> list[str]:
    """Its rotations whose participants can be changed here; of those without turns only the file, or PagerDuty."""
    layers = dict.fromkeys(layer.rotation for layer in schedule.layers)
    found = (config.oncall.rotations.get(one) for one in layers)
    return [one.id for one in found if one is not None and one.has_turns]


def _schedule(config: Configuration, schedule_id: str) -> Schedule:
    """Also an archived one: its past can still be looked at."""
    found = config.schedule(schedule_id)
    if found is None:
        abort(404)
    return found


def _entry(session: Session, config: Configuration, piece: Piece) -> Document | None:
    """The override or temporary schedule beside the schedule that a piece came from."""
    section = {"override": standing.SECTION[StandingOverride], "temporary": standing.SECTION[StandingTemporary]}
    return store.find(session, section[piece.cause.kind], piece.cause.id) if piece.cause.kind in section else None


def _away(config: Configuration, schedule: Schedule, window: Span) -> list[calendar.Away]:
    """Of those who take part in the schedule."""
    world = config.oncall
    people = proposal.taking_part(schedule, world)
    found = [calendar.Away(one.person, one.kind, standing.span_of_absence(one, world)) for one in world.absences]
    return [one for one in found if one.person in people and _touch(one.span, window)]


def _touch(one: Span, other: Span) -> bool:
    return one.from_at < other.to_at and other.from_at < one.to_at


def _reason(one: OnCall) -> str:
    config = visitor().config
    return words.reason_in_words(
        reason_data(one.reason), language.current(), config.person_names(), config.provider.timezone
    )


def _source(source: str | None) -> str:
    if source is None:
        return ""
    kind, _, id_ = source.partition(":")
    return (
        gettext(SOURCES[kind], id=id_) if kind in ("rotation", "pagerduty-rota") else gettext(SOURCES.get(kind, kind))
    )


def _title(when: calendar.Shown, day: date) -> str:
    if when.view == "month":
        return f"{gettext(MONTHS[day.month - 1])} {day.year}"
    return gettext("%(first)s to %(last)s", first=_date(when.first), last=_date(when.last))


def _date(on: date) -> str:
    return f"{on.day}/{on.month}/{on.year}"


def _view(written: str | None) -> calendar.View:
    """A month for want of anything that can be meant."""
    return next((one for one in calendar.VIEWS if one == written), "month")


def _day(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written or "")
    except ValueError:
        return None


def _instant(written: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(written or "")
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None and FIRST <= found < LAST else None
