"""One's own shifts: when, on which schedule, before and after whom; as a list and as a month."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, abort, render_template, request
from sqlalchemy.orm import Session

from alerting.desk import own_shifts
from alerting.desk.own_shifts import OwnShift
from alerting.duty.schedule_use import watches_in
from alerting.runtime import Runtime
from alerting.swaps import queries, service
from alerting.web import language, swap_forms
from alerting.web.formats import WEEKDAYS
from alerting.web.visitor import needs, signed_in, visitor
from alerting.work import Work
from core.accounts.permissions import Permission
from oncall.pieces import Span
from oncall.swaps.rules import LONGEST
from oncall.walltime import to_local

AHEAD = timedelta(days=60)
MONTHS = timedelta(days=370)  # how far the calendar leads, either way


def register(desk: Blueprint, runtime: Runtime) -> None:
    @desk.get("/shifts", endpoint="shifts")
    @needs(Permission.VIEW_SCHEDULES, side="staff")
    def page() -> str:
        person = signed_in().person_id or ""
        first, found = _month(), coming(person)
        timezone, now = visitor().config.provider.timezone, visitor().now
        month = own_shifts.weeks(first, of_person(person, own_shifts.bounds(first, timezone)), timezone)
        used = sorted({stretch.schedule for week in month for day in week for stretch in day.stretches})
        with runtime.database.reading() as session:
            return render_template(
                "desk/shifts.html",
                shifts=found,
                asked=_asked(session, person, found),
                offers=len(queries.offered(session, person)),
                reachable=service.can_be_paged(Work(session, now, visitor().config), person),
                month=month,
                first=first,
                letters={schedule: chr(ord("A") + place % 26) for place, schedule in enumerate(used)},
                earlier=_link(own_shifts.month_of(first - timedelta(days=1))),
                later=_link(own_shifts.next_month(first)),
                weekdays=WEEKDAYS[language.current()],
                today=to_local(now, timezone).date(),
                name=visitor().config.person_name,
                schedule_name=swap_forms.schedule_name,
                now=now,
            )


def coming(person: str) -> list[OwnShift]:
    """Those that are not over and begin within the next two months, whole."""
    now = visitor().now
    found = of_person(person, Span(now - LONGEST, now + AHEAD + LONGEST))
    return [one for one in found if one.span.to_at > now and one.span.from_at < now + AHEAD]


def of_person(person: str, window: Span) -> list[OwnShift]:
    """Clipped to the window."""
    world = visitor().config.oncall
    return own_shifts.own_shifts({id_: watches_in(id_, world, window) for id_ in world.schedules}, person)


def _asked(session: Session, person: str, found: list[OwnShift]) -> set[OwnShift]:
    """Those with an open request about some time of them."""
    rows = queries.of_asker(session, person)
    return {
        shift
        for shift in found
        for row in rows
        if row.schedule_id == shift.schedule and row.from_at < shift.span.to_at and shift.span.from_at < row.to_at
    }


def _month() -> date:
    """The month that the address names, else this one; 404 for one that nobody plans or remembers."""
    today = to_local(visitor().now, visitor().config.provider.timezone).date()
    wanted = request.args.get("month")
    if wanted is None:
        return own_shifts.month_of(today)
    try:
        first = date.fromisoformat(f"{wanted}-01")
    except ValueError:
        abort(404)
    if abs(first - today) > MONTHS:
        abort(404)
    return first


def _link(first: date) -> str | None:
    """The month as the address names it; None when it is too far off."""
    today = to_local(visitor().now, visitor().config.provider.timezone).date()
    return f"{first:%Y-%m}" if abs(first - today) <= MONTHS else None
