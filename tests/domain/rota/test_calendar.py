"""The rota as a calendar shows it, also on the nights when a day has 23 or 25 hours."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from alerting.console import rota_calendar as calendar
from alerting.console.rota_marks import initials
from oncall.pieces import Shift, Span
from tests.domain.oncall.builders import MADRID, local

MONTH = calendar.shown("month", date(2026, 10, 27))


@pytest.mark.parametrize(
    ("view", "on", "first", "last", "previous", "following"),
    [
        ("month", date(2026, 10, 27), date(2026, 9, 28), date(2026, 11, 1), date(2026, 9, 1), date(2026, 11, 1)),
        ("month", date(2028, 2, 29), date(2028, 1, 31), date(2028, 3, 5), date(2028, 1, 1), date(2028, 3, 1)),
        ("month", date(2026, 12, 31), date(2026, 11, 30), date(2027, 1, 3), date(2026, 11, 1), date(2027, 1, 1)),
        ("week", date(2026, 10, 27), date(2026, 10, 26), date(2026, 11, 1), date(2026, 10, 19), date(2026, 11, 2)),
        ("list", date(2026, 10, 27), date(2026, 10, 27), date(2026, 11, 23), date(2026, 9, 29), date(2026, 11, 24)),
    ],
)
def test_which_days_are_shown_and_where_one_can_go_from_there(
    view: calendar.View, on: date, first: date, last: date, previous: date, following: date
) -> None:
    assert calendar.shown(view, on) == calendar.Shown(view, first, last, previous, following)


@pytest.mark.parametrize("on", [date.min, date.max])
def test_the_calendar_has_two_ends(on: date) -> None:
    found = calendar.shown("month", on)
    assert (found.previous, found.following).count(None) == 1


@pytest.mark.parametrize(("day", "hours"), [("2026-10-25", 25), ("2026-03-29", 23), ("2026-06-01", 24)])
def test_a_day_is_as_long_as_its_clock_makes_it(day: str, hours: int) -> None:
    when = calendar.shown("week", date.fromisoformat(day))
    window = calendar.window(when, MADRID)
    shift = calendar.stretches([Shift(*window, "ana", "rotation:weekly")], [], window)
    found = next(one for one in calendar.days(shift, [], when, None, MADRID) if one.on == date.fromisoformat(day))
    ((start, end),) = (one.span for one in found.stretches)
    assert end - start == timedelta(hours=hours)


def test_a_shift_is_cut_at_midnight_and_begins_but_once() -> None:
    window = calendar.window(MONTH, MADRID)
    night = Shift(local("2026-10-27T18:00"), local("2026-10-28T09:00"), "ana", "override:x")
    before = Shift(window.from_at - timedelta(hours=1), local("2026-09-28T09:00"), "borja", "rotation:weekly")
    gap = Span(local("2026-10-28T09:00"), local("2026-10-28T10:00"))
    parts = calendar.stretches([night, before], [gap], window)
    found = {one.on: one for one in calendar.days(parts, [], MONTH, 10, MADRID)}
    assert [(one.person, one.begins) for one in found[date(2026, 10, 27)].stretches] == [("ana", True)]
    assert [(one.person, one.begins) for one in found[date(2026, 10, 28)].stretches] == [("ana", False), (None, True)]
    assert [one.begins for one in found[date(2026, 9, 28)].stretches] == [False]
    assert found[date(2026, 10, 28)].has_gap
    assert found[date(2026, 10, 27)].stretches[0].changed
    assert [found[date(2026, 9, 28)].inside, found[date(2026, 10, 1)].inside] == [False, True]


def test_whoever_is_away_on_a_day_stands_on_it() -> None:
    away = calendar.Away("carol", "vacation", Span(local("2026-10-01T00:00"), local("2026-10-02T00:00")))
    found = [one.on.day for one in calendar.days([], [away], MONTH, 10, MADRID) if one.away]
    assert found == [1]


@pytest.mark.parametrize(("name", "letters"), [("Ana García", "AG"), ("ana", "AN"), ("José Luis Pérez Gil", "JG")])
def test_two_letters_stand_for_a_person(name: str, letters: str) -> None:
    assert initials(name) == letters
