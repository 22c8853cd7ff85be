"""One's own shifts by the month, and local times in forms, on the nights when the clocks change."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from alerting.desk import own_shifts
from alerting.duty.watches import Watch
from alerting.web import local_times
from oncall.pieces import Span
from tests.domain.oncall.builders import MADRID, local, utc

ANA = Watch(local("2026-10-24T18:00"), "ana", local("2026-10-25T09:00"), ("primary",))
BEFORE = Watch(local("2026-10-19T09:00"), "borja", ANA.starts_at, ("primary",))
AFTER = Watch(ANA.ends_at, "carol", local("2026-10-26T09:00"), ("primary",))
BESIDE = Watch(local("2026-10-24T09:00"), "clara", local("2026-10-25T12:00"), ("primary",))


def test_before_after_and_besides_are_told_apart() -> None:
    [shift] = own_shifts.own_shifts({"primary": [BEFORE, ANA, AFTER, BESIDE]}, "ana")
    assert (shift.before, shift.after, shift.besides) == (("borja",), ("carol",), ("clara",))


def test_a_day_shows_what_of_the_shift_lies_in_it_by_the_clock_on_the_wall() -> None:
    found = own_shifts.own_shifts({"primary": [ANA]}, "ana")
    weeks = own_shifts.weeks(date(2026, 10, 1), found, MADRID)
    days = {day.on.day: day.stretches for week in weeks for day in week if day.of_month}
    assert [(one.since.hour, one.until) for one in days[24]] == [(18, None)]
    assert [(one.since.hour, one.until and one.until.hour) for one in days[25]] == [(0, 9)]
    assert days[23] == days[26] == []


@pytest.mark.parametrize("first", [date(2026, month, 1) for month in range(1, 13)])
def test_a_month_is_whole_weeks_from_monday_within_its_bounds(first: date) -> None:
    weeks = own_shifts.weeks(first, [], MADRID)
    days = [day for week in weeks for day in week]
    assert all(len(week) == 7 and week[0].on.weekday() == 0 for week in weeks)
    length = (own_shifts.next_month(first) - first).days
    assert [day.on.day for day in days if day.of_month] == list(range(1, length + 1))
    bounds = own_shifts.bounds(first, MADRID)
    assert bounds == Span(local(f"{days[0].on}T00:00"), local(f"{date.fromordinal(days[-1].on.toordinal() + 1)}T00:00"))


SECOND_TIME = utc("2026-10-25T01:30:00")  # 02:30 for the second time


@pytest.mark.parametrize(
    ("typed", "offered", "at"),
    [
        ("2026-11-03T18:00", [], local("2026-11-03T18:00")),
        ("2026-10-25T02:30", [], utc("2026-10-25T00:30:00")),
        ("2026-10-25T02:30", [SECOND_TIME], SECOND_TIME),
        ("2026-03-29T02:30", [], utc("2026-03-29T01:00:00")),
        ("2026-11-03T18:00Z", [], None),
        ("9999-12-31T23:59", [], None),
        ("yesterday", [], None),
    ],
)
def test_a_field_left_as_it_was_offered_is_that_very_instant(
    typed: str, offered: list[datetime], at: datetime | None
) -> None:
    assert local_times.read(typed, MADRID, "start", offered) == at
