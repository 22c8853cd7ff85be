"""The monthly figures for managers, on a page and as CSV."""

from __future__ import annotations

import re
from datetime import date, datetime

from flask import Blueprint, Response, render_template, request

from alerting.fairness.sheet import csv_of
from alerting.reports import queries
from alerting.reports.frozen import Facts
from alerting.reports.measures import METRICS, csv_rows, sheet
from alerting.reports.queries import Correction, Frozen
from alerting.reports.time_spent import account
from alerting.runtime import Runtime
from alerting.web import formats, language
from alerting.web.language import gettext, marked
from alerting.web.paper import Paragraph, Part, Table, pdf
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


TITLE = marked("Monthly figures")
ALTERED = marked("This report is not what was sealed: somebody has changed it in the database.")
TIME_HEADING = (marked("Customer"), marked("Department"), marked("Minutes"), marked("Notes with time"))


def register(console: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    def found(shown: date) -> tuple[Facts, Frozen | None]:
        """What was reported, of a month that is frozen; else what is known now."""
        with database.reading() as session:
            frozen = queries.frozen_report(session, shown)
            if frozen is not None:
                return frozen.facts, frozen
            return queries.facts(session, month(shown, _timezone()), visitor().config.ratings.weights), None

    @console.get("/figures", endpoint="figures")
    @needs(Permission.VIEW_REPORTS, side="staff")
    def figures_page() -> str:
        shown = _month()
        facts, frozen = found(shown)
        return render_template(
            "console/figures.html",
            month=shown,
            before=_shifted(shown, -1),
            after=_shifted(shown, 1),
            is_open=month(shown, _timezone()).to_at > visitor().now,
            frozen=frozen,
            sheet=sheet(facts.verdicts, facts.scores, facts.weights),
            overdue=facts.overdue,
            time=account(facts.spent),
            metrics=METRICS,
            weights=facts.weights.by_name(),
        )

    @console.get("/time-spent.csv", endpoint="time_spent_csv")
    @needs(Permission.VIEW_REPORTS, side="staff")
    def time_spent_csv() -> Response:
        shown = _month()
        made = account(found(shown)[0].spent)
        rows: list[list[str | int]] = [[one.customer, one.department, one.minutes, one.notes] for one in made.rows]
        text = csv_of([gettext(name) for name in TIME_HEADING], rows, language.current())
        disposition = {"Content-Disposition": f'attachment; filename="guardia-time-{shown:%Y-%m}.csv"'}
        return Response(text, mimetype="text/csv", headers=disposition)

    @console.get("/figures.csv", endpoint="figures_csv")
    @needs(Permission.VIEW_REPORTS, side="staff")
    def figures_csv() -> Response:
        shown = _month()
        facts, _ = found(shown)
        made = sheet(facts.verdicts, facts.scores, facts.weights)
        text = csv_of([gettext(name) for name in HEADING], csv_rows(made), language.current())
        disposition = {"Content-Disposition": f'attachment; filename="guardia-figures-{shown:%Y-%m}.csv"'}
        return Response(text, mimetype="text/csv", headers=disposition)

    @console.get("/figures.pdf", endpoint="figures_pdf")
    @needs(Permission.VIEW_REPORTS, side="staff")
    def figures_pdf() -> Response:
        shown = _month()
        disposition = {"Content-Disposition": f'attachment; filename="guardia-figures-{shown:%Y-%m}.pdf"'}
        return Response(_paper(shown, *found(shown)), mimetype="application/pdf", headers=disposition)


def _paper(shown: date, facts: Facts, frozen: Frozen | None) -> bytes:
    made, time = sheet(facts.verdicts, facts.scores, facts.weights), account(facts.spent)
    told = language.current()
    parts: list[Part] = []
    if frozen:
        sealed = gettext("As it was reported on %(at)s.", at=_clock(frozen.frozen_at))
        parts.append(Paragraph(f"{sealed} SHA-256 {frozen.hash}", small=True))
        if not frozen.intact:
            parts.append(Paragraph(gettext(ALTERED)))
    else:
        parts.append(Paragraph(gettext("This month is not reported yet: its figures still change.")))
    parts.append(
        Table(
            gettext("SLA times and ratings"),
            [gettext(name) for name in HEADING],
            [[_figure(cell, told) for cell in row] for row in csv_rows(made)],
            words=2,
            sum_last=True,
        )
    )
    for one in frozen.corrections if frozen else ():
        corrected = gettext("Correction, %(at)s: %(tickets)s", at=_clock(one.at), tickets=_corrected(one))
        parts.append(Paragraph(corrected))
    if time.rows:
        spent = [[one.customer, one.department, str(one.minutes), str(one.notes)] for one in time.rows]
        whole = [gettext("Together"), "", str(time.minutes), str(sum(one.notes for one in time.rows))]
        parts.append(
            Table(
                gettext("Time spent, by department"),
                [gettext(name) for name in TIME_HEADING],
                [*spent, whole],
                words=2,
                sum_last=True,
            )
        )
    title = f"{gettext(TITLE)}: {formats.month(shown, told)}"
    return pdf(title, parts, language=told, at=visitor().now, footer=visitor().config.provider.name)


def _clock(at: datetime) -> str:
    return formats.clock(at, visitor().config.provider.zone, visitor().now)


def _figure(cell: str | int | float, told: str) -> str:
    return formats.decimal(cell, told) if isinstance(cell, float) else str(cell)


def _corrected(one: Correction) -> str:
    """References whose verdict counts differently since then."""
    return ", ".join(sorted({verdict.reference for verdict in (*one.what.removed, *one.what.added)}))


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
