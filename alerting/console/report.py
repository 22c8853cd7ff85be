"""The monthly figures for managers, on a page and as CSV."""

from __future__ import annotations

import re
from datetime import date

from flask import Blueprint, Response, render_template, request

from alerting.fairness.sheet import csv_of
from alerting.reports import queries
from alerting.reports.measures import METRICS, Sheet, csv_rows, sheet
from alerting.reports.time_spent import Account, account
from alerting.runtime import Runtime
from alerting.web import language
from alerting.web.language import gettext, marked
from alerting.web.visitor import needs, visitor
from core.accounts.permissions import Permission
from oncall.fairness import month
from oncall.walltime import to_local

MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
HEADING = (
    marked("Component"),
    marked("Priority"),
    marked("Response met"),
    marked("Response decided"),
    marked("Contact met"),
    marked("Contact decided"),
    marked("Resolution met"),
    marked("Resolution decided"),
    marked("Ratings"),
    marked("Mean rating"),
    marked("Composite, %"),
)


TIME_HEADING = (marked("Customer"), marked("Department"), marked("Minutes"), marked("Notes with time"))


def register(console: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    def found(shown: date) -> tuple[Sheet, int, Account]:
        span, weights = month(shown, _timezone()), visitor().config.ratings.weights
        with database.reading() as session:
            made = sheet(queries.verdicts(session, span), queries.scores(session, span), weights)
            return made, queries.overdue(session, span), account(queries.time_spent(session, span))

    @console.get("/figures", endpoint="figures")
    @needs(Permission.VIEW_REPORTS, side="staff")
    def figures_page() -> str:
        shown = _month()
        made, overdue, time = found(shown)
        return render_template(
            "console/figures.html",
            month=shown,
            before=_shifted(shown, -1),
            after=_shifted(shown, 1),
            is_open=month(shown, _timezone()).to_at > visitor().now,
            sheet=made,
            overdue=overdue,
            time=time,
            metrics=METRICS,
            weights=visitor().config.ratings.weights.by_name(),
        )

    @console.get("/time-spent.csv", endpoint="time_spent_csv")
    @needs(Permission.VIEW_REPORTS, side="staff")
    def time_spent_csv() -> Response:
        shown = _month()
        with database.reading() as session:
            made = account(queries.time_spent(session, month(shown, _timezone())))
        rows: list[list[str | int]] = [[one.customer, one.department, one.minutes, one.notes] for one in made.rows]
        text = csv_of([gettext(name) for name in TIME_HEADING], rows, language.current())
        disposition = {"Content-Disposition": f'attachment; filename="guardia-time-{shown:%Y-%m}.csv"'}
        return Response(text, mimetype="text/csv", headers=disposition)

    @console.get("/figures.csv", endpoint="figures_csv")
    @needs(Permission.VIEW_REPORTS, side="staff")
    def figures_csv() -> Response:
        shown = _month()
        made, _, _ = found(shown)
        text = csv_of([gettext(name) for name in HEADING], csv_rows(made), language.current())
        disposition = {"Content-Disposition": f'attachment; filename="guardia-figures-{shown:%Y-%m}.csv"'}
        return Response(text, mimetype="text/csv", headers=disposition)


def _month() -> date:
    """The first day of the month of the address; of this month when it names none."""
    named = MONTH.fullmatch(request.args.get("month", ""))
    if named:
        return date(int(named[1]), int(named[2]), 1)
    return to_local(visitor().now, _timezone()).date().replace(day=1)


def _shifted(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _timezone() -> str:
    return visitor().config.oncall.timezone
