"""The SLA clock and the comparison of targets, computed from the request alone; nothing is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from alerting.api.access import Answer, Look
from alerting.api.fields import Body
from alerting.api.problems import refuse_fields
from alerting.catalog.schema import METRICS, Metric, Priority, SlaTarget
from alerting.sla import clock
from alerting.sla.comparison import Cell, Terms, compare
from alerting.sla.open_time import Coverage, CoverageChange, Hours
from core.time import iso_or_none
from oncall.schema import WorkingCalendar
from oncall.schema.fields import Id, Instant, one_of_each, write_instant
from oncall.walltime import instant

ALWAYS = WorkingCalendar(timezone="UTC")
MOST = 500
LONGEST = timedelta(days=4020)

Minutes = Annotated[float, Field(gt=0, le=525_600 * 10, allow_inf_nan=False)]
Reason = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]


class CalendarBody(WorkingCalendar):
    """A working calendar as in the configuration file; its `id`, if it is given, means nothing."""

    id: Id | None = None


class _From(Body):
    model_config = ConfigDict(populate_by_name=True)


class PauseBody(_From):
    """[from, to); `to` null: until nobody knows when."""

    from_: Instant = Field(alias="from")
    to: Instant | None = None
    reason: Reason


class CycleBody(Body):
    """Closed at `resolved_at`, opened again at `reopened_at`."""

    resolved_at: Instant
    reopened_at: Instant


class TargetBody(Body):
    at: Instant
    target_minutes: Minutes


class CoverageBody(Body):
    at: Instant
    coverage: Coverage


class ClockBody(Body):
    """Instants without an offset are local to the calendar's zone. `calendar` is one of the configuration, by its id,
    or a whole one; it may be left out when everything is 24x7."""

    calendar: Id | CalendarBody | None = None
    coverage: Coverage
    metric: Metric
    opened_at: Instant
    target_minutes: Minutes
    pauses: tuple[PauseBody, ...] = Field(default=(), max_length=MOST)
    resolved_at: Instant | None = None
    cycles: tuple[CycleBody, ...] = Field(default=(), max_length=MOST)
    reopen_policy: clock.ReopenPolicy = "resume"
    target_history: tuple[TargetBody, ...] = Field(default=(), max_length=MOST)
    coverage_changes: tuple[CoverageBody, ...] = Field(default=(), max_length=MOST)
    checks: tuple[Instant, ...] = Field(default=(), max_length=MOST)
    thresholds: tuple[Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)], ...] = Field(
        default=(), max_length=20
    )

    @model_validator(mode="after")
    def _has_a_calendar(self) -> Self:
        covered = {self.coverage, *(change.coverage for change in self.coverage_changes)}
        if self.calendar is None and "business" in covered:
            raise ValueError("calendar is required for the coverage business: an id, or timezone, rules, closed_dates")
        return self


class CellBody(Body):
    component: Id
    priority: Priority
    metric: Metric
    target_minutes: Minutes

    @property
    def name(self) -> str:
        return f"{self.component}/{self.priority}/{self.metric}"


class TermsBody(Body):
    """What one side promises. `pause_reasons`: what may stop its clock to resolution; every reason if not given."""

    calendar: Id | CalendarBody | None = None
    coverage: Coverage
    targets: Annotated[
        tuple[CellBody, ...],
        Field(max_length=MOST),
        AfterValidator(one_of_each("cell", lambda one: one.name)),
    ]
    pause_reasons: tuple[Reason, ...] | None = Field(default=None, max_length=50)

    @model_validator(mode="after")
    def _has_a_calendar(self) -> Self:
        if self.calendar is None and self.coverage == "business":
            raise ValueError("calendar is required for the coverage business: an id, or timezone, rules, closed_dates")
        return self


class ComparisonBody(Body):
    base: TermsBody
    contract: TermsBody


def matrix(look: Look) -> Answer:
    """The targets that every customer has, by component, priority and metric, in minutes; for a customer its own too"""
    customer = look.config.customers.get(look.actor.customer_id or "")
    own: dict[tuple[str, str], SlaTarget] = (
        {target.cell: target for target in customer.contract.sla} if customer else {}
    )
    cells = sorted({*look.config.sla, *own})
    return {
        "version": look.config.version,
        "targets": [_target_json(look.config.sla.get(cell), own.get(cell), cell) for cell in cells],
        "coverage": dict(customer.contract.coverage) if customer else None,
        "calendar": customer.contract.calendar if customer else None,
    }


def simulate_clock(look: Look, body: ClockBody) -> Answer:
    """The clock of one metric: due time, elapsed time, verdict, and what every stretch of time counted for"""
    case = _case(body, _calendar(look, "calendar", body.calendar))
    *earlier, last = clock.cycles(case)
    checks = [_within(body, case, f"checks.{number}", at) for number, at in enumerate(body.checks)]
    due_at = clock.due_at(last)
    until = last.stopped_at or max(checks, default=due_at or last.opened_at)
    now = clock.readings(last, [until])[0]
    return {
        "due_at": _written(due_at),
        "elapsed_minutes": _minutes(now.elapsed),
        "met": clock.met(last),
        "state": now.state,
        "checks": [_reading(case, at) for at in checks],
        "thresholds": [
            {"percent": percent, "at": _written(clock.reached_at(last, last.last_target * (percent / 100)))}
            for percent in body.thresholds
        ],
        "slices": _slices(last, until),
        "earlier_cycles": [_cycle(one) for one in earlier],
    }


def compare_terms(look: Look, body: ComparisonBody) -> Answer:
    """Whether a contract's targets are never worse than the base's, and if they can be, for whom"""
    base = _terms(body.base, _calendar(look, "base.calendar", body.base.calendar))
    contract = _terms(body.contract, _calendar(look, "contract.calendar", body.contract.calendar))
    found = compare(base, contract, look.now.year)
    if found.worse is None:
        return {"accept": True, "effective": [_cell_json(cell, minutes) for cell, minutes in found.effective.items()]}
    return {
        "accept": False,
        "cell": "/".join(found.worse.cell),
        "counter_example": iso_or_none(found.worse.opened_at),
        "reason": found.worse.reason,
    }


def _case(body: ClockBody, calendar: WorkingCalendar) -> clock.Case:
    def at(written: datetime, edge: Literal["start", "end"] = "start") -> datetime:
        return instant(written, calendar.timezone, edge)

    case = clock.Case(
        hours=Hours(
            calendar, body.coverage, tuple(CoverageChange(at(one.at), one.coverage) for one in body.coverage_changes)
        ),
        metric=body.metric,
        opened_at=at(body.opened_at),
        target=timedelta(minutes=body.target_minutes),
        pauses=tuple(
            clock.Pause(at(one.from_), None if one.to is None else at(one.to, "end"), one.reason) for one in body.pauses
        ),
        stopped_at=None if body.resolved_at is None else at(body.resolved_at),
        gaps=tuple(clock.Gap(at(one.resolved_at), at(one.reopened_at)) for one in body.cycles),
        reopening=body.reopen_policy,
        targets=tuple(clock.Target(at(one.at), timedelta(minutes=one.target_minutes)) for one in body.target_history),
    )
    _check_order(body, case)
    return case


def _check_order(body: ClockBody, case: clock.Case) -> None:
    """What runs backward is refused by the field that does."""
    for number, pause in enumerate(case.pauses):
        if pause.to_at is not None and pause.to_at < pause.from_at:
            written = body.pauses[number]
            refuse_fields((f"pauses.{number}.to", f"{written.to} comes before from; write a later one, or null"))
    steps = [("opened_at", case.opened_at)]
    for number, gap in enumerate(case.gaps):
        steps += [(f"cycles.{number}.resolved_at", gap.resolved_at), (f"cycles.{number}.reopened_at", gap.reopened_at)]
    if case.stopped_at is not None:
        steps.append(("resolved_at", case.stopped_at))
    for (earlier, before), (field, at) in pairwise(steps):
        if at < before:
            refuse_fields((field, f"{write_instant(at)} comes before {earlier}, {write_instant(before)}"))
        if at - case.opened_at > LONGEST:
            refuse_fields((field, f"lies more than {LONGEST.days} days after opened_at; write an earlier one"))


def _within(body: ClockBody, case: clock.Case, field: str, written: datetime) -> datetime:
    at = instant(written, case.hours.calendar.timezone, "start")
    if at - case.opened_at > LONGEST:
        refuse_fields((field, f"lies more than {LONGEST.days} days after opened_at; write an earlier one"))
    return at


def _calendar(look: Look, field: str, asked: str | CalendarBody | None) -> WorkingCalendar:
    if asked is None:
        return ALWAYS
    if isinstance(asked, CalendarBody):
        return asked
    found = look.config.oncall.calendars.get(asked)
    if found is None:
        known = ", ".join(sorted(look.config.oncall.calendars)) or "none is configured"
        refuse_fields((field, f"there is no calendar {asked!r}; allowed: {known}, or a whole one"))
    return found


def _terms(body: TermsBody, calendar: WorkingCalendar) -> Terms:
    targets: dict[Cell, float] = {(one.component, one.priority, one.metric): one.target_minutes for one in body.targets}
    reasons = None if body.pause_reasons is None else frozenset(body.pause_reasons)
    return Terms(Hours(calendar, body.coverage), targets, reasons)


def _reading(case: clock.Case, at: datetime) -> dict[str, Any]:
    """By the cycle that the instant lies in."""
    cycle = next((one for one in reversed(clock.cycles(case)) if one.opened_at <= at), case)
    found = clock.readings(cycle, [at])[0]
    return {
        "at": _written(at),
        "elapsed_minutes": _minutes(found.elapsed),
        "state": found.state,
        "breached": found.breached,
    }


def _cycle(cycle: clock.Case) -> dict[str, Any]:
    ended_at = cycle.stopped_at or cycle.opened_at  # every cycle but the last has ended
    return {
        "opened_at": _written(cycle.opened_at),
        "resolved_at": _written(ended_at),
        "due_at": _written(clock.due_at(cycle)),
        "elapsed_minutes": _minutes(clock.elapsed(cycle, ended_at)),
        "met": clock.met(cycle),
        "slices": _slices(cycle, ended_at),
    }


def _slices(case: clock.Case, until: datetime) -> list[dict[str, Any]]:
    return [
        {
            "from": _written(one.from_at),
            "to": _written(one.to_at),
            "minutes": _minutes(one.to_at - one.from_at),
            "why": one.why,
        }
        for one in clock.slices(case, until)
    ]


def _target_json(base: SlaTarget | None, own: SlaTarget | None, cell: tuple[str, str]) -> dict[str, Any]:
    """The base's minutes, and the contract's where it has better ones."""
    found: dict[str, Any] = {"component": cell[0], "priority": cell[1]}
    for metric in METRICS:
        minutes = [target.minutes(metric) for target in (own, base) if target]
        found[f"{metric}_minutes"] = next((one for one in minutes if one is not None), None)
    return found


def _cell_json(cell: Cell, minutes: float) -> dict[str, Any]:
    return dict(zip(("component", "priority", "metric"), cell, strict=True)) | {"target_minutes": minutes}


def _minutes(span: timedelta) -> float:
    return round(span / timedelta(minutes=1), 6)


def _written(at: datetime | None) -> str | None:
    """To the microsecond where it is needed: an answer that is asked about again must mean the same instant."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
