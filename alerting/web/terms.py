"""What is promised and when the office is open: for everybody to read, and as a calendar (support terms, 2 and 4)."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, abort, make_response, render_template, request

from alerting.catalog.schema import METRICS, SlaTarget
from alerting.web import language
from alerting.web.visitor import public, visitor
from oncall import ical
from oncall.calendars import closed_days, opening_state
from oncall.schema import Calendar
from oncall.walltime import to_local

YEARS = 2  # this one and the next


def register(web: Blueprint) -> None:
    @web.get("/sla")
    @public
    def sla() -> str:
        who = visitor()
        customer = who.config.customer(who.actor.customer_id or "") if who.actor else None
        theirs = customer.contract.sla if customer else ()
        own: dict[tuple[str, str], SlaTarget] = {one.cell: one for one in theirs}
        cells = sorted({*who.config.sla, *own})
        calendars = sorted(who.config.oncall.calendars.items())
        return render_template(
            "web/terms.html",
            version=who.config.version,
            targets=[(cell, _minutes(who.config.sla.get(cell), own.get(cell))) for cell in cells],
            metrics=METRICS,
            terms=who.config.terms_at(who.now),
            announced=who.config.terms_announced(who.now),
            customer=customer,
            calendars=[(one, opening_state(one, who.now), _closed(one)) for _, one in calendars],
        )

    @web.get("/calendars/<calendar>.ics")
    @public
    def closed(calendar: str) -> Response:
        found = visitor().config.oncall.calendars.get(calendar)
        if found is None:
            abort(404)
        name = f"{visitor().config.provider.name}: {found.id}"
        body = ical.closed_days_feed(name, _closed(found), visitor().now)
        answer = make_response(body, 200, {"Content-Type": ical.CONTENT_TYPE})
        answer.set_etag(ical.etag(body))
        answer.make_conditional(request)
        return answer


def _minutes(base: SlaTarget | None, own: SlaTarget | None) -> dict[str, int | None]:
    """By metric: the contract's where it has one, else the base's."""
    found: dict[str, int | None] = {}
    for metric in METRICS:
        both = [target.minutes(metric) for target in (own, base) if target]
        found[metric] = next((minutes for minutes in both if minutes is not None), None)
    return found


def _closed(calendar: Calendar) -> dict[date, str]:
    """This year's and the next's, in order; days of the provider's own have no name."""
    year = to_local(visitor().now, calendar.timezone).year
    days: dict[date, str] = {}
    for one in range(year, year + YEARS):
        days |= closed_days(calendar, one, language.current())
    return days
