"""Schedules: layers of rotations, what is laid over them, and who is out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from oncall.schema.fields import (
    WEEKDAYS,
    By,
    ClockTime,
    Fill,
    Id,
    Instant,
    Timezone,
    Value,
    Weekday,
    backward,
    check_span,
    one_of_each,
)
from oncall.spans import Span as SpanOfTime
from oncall.spans import format_span
from oncall.walltime import instant

WEEK = 7
SHORTEST_LEAD, LONGEST_LEAD = timedelta(minutes=30), timedelta(hours=24)


class Restriction(Value):
    """Where a layer counts, in the schedule's zone: on `days` (None: every day) from `from` to `to`, or on the closed
    holidays and closed_dates of a calendar. A `to` that is not after `from` runs past midnight and belongs to its
    first day; equal to it, it lasts 24 hours. With `to_day`, one span until that weekday."""

    days: tuple[Weekday, ...] | None = Field(default=None, min_length=1)
    holidays_of: Id | None = None
    from_: ClockTime = Field(alias="from")
    to: ClockTime
    to_day: Weekday | None = None

    @model_validator(mode="after")
    def _keys_suit_each_other(self) -> Self:
        if self.from_ == timedelta(days=1):
            raise ValueError("the restriction's from '24:00' is the next day's; write '00:00' of the day after")
        if self.holidays_of is not None and (self.days is not None or self.to_day is not None):
            raise ValueError(
                f"the restriction with holidays_of {self.holidays_of!r} takes neither days nor to_day; "
                "write two restrictions, they are a union"
            )
        if self.to_day is not None and self.days is None:
            raise ValueError(f"the restriction with to_day {self.to_day!r} has no days; say on which days it begins")
        return self

    @cached_property
    def days_on(self) -> tuple[int | None, ...]:
        """For each weekday from Monday, how many days after it the span ends that begins on it; None: none does. Of
        `holidays_of` every day may be one."""
        begins = {WEEKDAYS.index(day) for day in self.days or WEEKDAYS}
        return tuple(self._days_on(weekday) if weekday in begins else None for weekday in range(WEEK))

    @cached_property
    def most_days_on(self) -> int:
        return max(days for days in self.days_on if days is not None)

    def _days_on(self, first: int) -> int:
        past_midnight = self.to <= self.from_
        if self.to_day is None:
            return int(past_midnight)
        ahead = (WEEKDAYS.index(self.to_day) - first) % WEEK
        return WEEK if ahead == 0 and past_midnight else ahead


class Layer(Value):
    """`page`: on call. `shadow`: told by a notice, never paged, fills no gap."""

    rotation: Id
    restrictions: tuple[Restriction, ...] = ()
    mode: Literal["page", "shadow"] = "page"

    @cached_property
    def asks_calendars(self) -> bool:
        return any(restriction.holidays_of for restriction in self.restrictions)

    @cached_property
    def latest(self) -> list[tuple[str, int, list[Any]]]:
        """Room for the spans of its restrictions around one day: whoever asks next asks mostly about the same one."""
        return []


class Override(Value):
    """add: besides whoever is on. remove: leaves a gap. replace: `add` takes exactly the time that `remove` had."""

    id: Id | None = None
    kind: Literal["add", "remove", "replace"]
    add: Id | None = None
    remove: Id | None = None
    from_: Instant = Field(alias="from")
    to: Instant
    note: str | None = Field(default=None, max_length=1000)

    @model_validator(mode="after")
    def _people_suit_kind(self) -> Self:
        for key, person in (("add", self.add), ("remove", self.remove)):
            needed = self.kind in (key, "replace")
            if needed and person is None:
                raise ValueError(f"the override of kind {self.kind} has no {key}; say which person in {key}")
            if not needed and person is not None:
                raise ValueError(
                    f"the override of kind {self.kind} takes no {key} ({person!r}); remove it, or use the kind replace"
                )
        return self


class StandingOverride(Override):
    """An override that stands beside its schedule: made in the console, or by a swap. It is laid on the schedule's own,
    in the order of the section; naive times are local to the schedule's zone."""

    id: Id
    schedule: Id
    by: By = None

    @model_validator(mode="after")
    def _span_runs_forward(self) -> Self:
        _check_comparable(f"the override {self.id!r}", self.from_, self.to)
        return self

    def as_part(self) -> Override:
        """As the schedule would hold it."""
        return Override.model_construct(**{name: getattr(self, name) for name in Override.model_fields})


class TemporaryShift(Value):
    person: Id
    from_: Instant = Field(alias="from")
    to: Instant


class TemporarySchedule(Value):
    """Replaces layers and overrides in its span. Where its shifts leave a gap, `layers` shows what would be on without
    it and `empty` leaves it empty."""

    id: Id | None = None
    from_: Instant = Field(alias="from")
    to: Instant
    gaps: Literal["layers", "empty"] = "layers"
    shifts: tuple[TemporaryShift, ...] = ()


class StandingTemporary(TemporarySchedule):
    """A temporary schedule that stands beside its schedule, as `StandingOverride` does."""

    id: Id
    schedule: Id
    note: str | None = Field(default=None, max_length=1000)
    by: By = None

    @model_validator(mode="after")
    def _spans_run_forward(self) -> Self:
        _check_comparable(f"the temporary schedule {self.id!r}", self.from_, self.to)
        for shift in self.shifts:
            _check_comparable(f"a shift of the temporary schedule {self.id!r}", shift.from_, shift.to)
        return self

    def as_part(self) -> TemporarySchedule:
        """As the schedule would hold it."""
        return TemporarySchedule.model_construct(
            **{name: getattr(self, name) for name in TemporarySchedule.model_fields}
        )


def _a_lead(lead: timedelta) -> timedelta:
    if lead and not SHORTEST_LEAD <= lead <= LONGEST_LEAD:
        raise ValueError(
            f"the lead {format_span(lead)} of the reachability test is out of range; allowed are 30m to 24h, "
            "and 0s for no test"
        )
    return lead


class ReachabilityTest(Value):
    """Before each shift its person is asked to confirm that they can be reached, `lead` before it; zero: never.
    `cover`: without an answer by the start, whoever is next in line takes the shift, for a day at most."""

    lead: Annotated[SpanOfTime, AfterValidator(_a_lead)] = timedelta(hours=2)
    cover: bool = False


class Schedule(Value):
    """Strongest first: temporary schedule, override, later layer, earlier layer. Without `gap_warnings` its gaps are
    meant: office hours, say, that another step covers."""

    id: Id
    timezone: Timezone
    name: str | None = Field(default=None, max_length=200)
    gap_warnings: bool = True
    reachability_test: ReachabilityTest = ReachabilityTest()
    layers: tuple[Layer, ...] = ()
    overrides: Annotated[tuple[Override, ...], AfterValidator(one_of_each("id", lambda item: item.id))] = ()
    temporary_schedules: Annotated[
        tuple[TemporarySchedule, ...], AfterValidator(one_of_each("id", lambda item: item.id))
    ] = ()

    @cached_property
    def override_spans(self) -> tuple[tuple[datetime, datetime], ...]:
        """UTC, in the order of `overrides`."""
        return self._spans_of(self.overrides)

    @cached_property
    def temporary_spans(self) -> tuple[tuple[datetime, datetime], ...]:
        """UTC, in the order of `temporary_schedules`."""
        return self._spans_of(self.temporary_schedules)

    def _spans_of(self, laid: Iterable[Override | TemporarySchedule]) -> tuple[tuple[datetime, datetime], ...]:
        zone = self.timezone
        return tuple((instant(one.from_, zone, "start"), instant(one.to, zone, "end")) for one in laid)

    @model_validator(mode="after")
    def _spans_run_forward(self) -> Self:
        for number, override in enumerate(self.overrides, 1):
            check_span(f"the override {override.id or number!r}", override.from_, override.to, self.timezone)
        for number, temporary in enumerate(self.temporary_schedules, 1):
            name = f"the temporary schedule {temporary.id or number!r}"
            check_span(name, temporary.from_, temporary.to, self.timezone)
            for shift in temporary.shifts:
                check_span(f"a shift of {name}", shift.from_, shift.to, self.timezone)
        return self


def with_standing(
    schedule: Schedule, overrides: Iterable[StandingOverride], temporaries: Iterable[StandingTemporary]
) -> Schedule:
    """The schedule with those that stand beside it laid on its own; those of other schedules are passed over."""
    own = [one.as_part() for one in overrides if one.schedule == schedule.id]
    more = [one.as_part() for one in temporaries if one.schedule == schedule.id]
    if not own and not more:
        return schedule
    laid = {
        "overrides": (*schedule.overrides, *own),
        "temporary_schedules": (*schedule.temporary_schedules, *more),
    }
    return schedule.model_copy(update=laid)


class Absence(Value):
    """Out everywhere. Without a timezone of its own, naive times are the person's; of a person who is not known, the
    schedule's."""

    id: Id | None = None
    person: Id
    kind: Literal["vacation", "sick", "other"] = "other"
    from_: Instant = Field(alias="from")
    to: Instant
    fill: Fill = "next"
    timezone: Timezone | None = None
    note: str | None = Field(default=None, max_length=1000)
    by: By = None

    @model_validator(mode="after")
    def _span_runs_forward(self) -> Self:
        _check_comparable(f"the absence of {self.person!r}", self.from_, self.to)
        return self


def _check_comparable(what: str, from_at: datetime, to_at: datetime) -> None:
    """Without a zone at hand: a span is only refused when both ends are naive or both have an offset."""
    if (from_at.tzinfo is None) == (to_at.tzinfo is None) and to_at <= from_at:
        raise ValueError(backward(what, from_at, to_at))
