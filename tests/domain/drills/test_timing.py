"""When a drill may be planned, begins, moves or is called off (contract, Activation: Drill; S-F.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.drills import timing
from alerting.drills.timing import Around, Begin, CallOff, Move, NotPossible, Planned
from oncall.calendars import is_open
from tests.domain.oncall.builders import MADRID, local, madrid

TEN = local("2026-11-04T10:00")  # a Wednesday
NOW = local("2026-11-03T10:00")
DRILL = Planned(TEN, 0, False, madrid(), MADRID)
QUIET = Around(plan_exists=True, real_open=False, drill_open=False)
A_WEEK_LATER = local("2026-11-11T10:00")


@pytest.mark.parametrize(
    ("starts", "keys", "why"),
    [
        ("2026-11-03T10:00", {}, "past"),
        ("2026-11-03T10:59", {}, "soon"),
        ("2026-11-03T11:00", {}, None),
        ("2026-11-03T20:00", {}, "closed"),
        ("2026-11-09T10:00", {}, "closed"),  # a closed date
        ("2026-11-03T20:00", {"out_of_hours": True}, None),
        ("2026-11-03T20:00", {"calendar": None}, None),  # without a calendar every hour is open
        ("2027-12-20T10:00", {}, "far"),
    ],
)
def test_a_drill_is_planned_for_open_hours_ahead_of_now(starts, keys, why):
    planned = replace(DRILL, starts_at=local(starts), **keys)
    if why is None:
        assert timing.check(planned, NOW) is None
    else:
        with pytest.raises(NotPossible, check=lambda error: error.why == why):
            timing.check(planned, NOW)


def test_who_plans_it_for_a_closed_hour_learns_when_the_office_opens():
    with pytest.raises(NotPossible, check=lambda error: error.opens_at == local("2026-11-10T09:00")):
        timing.check(replace(DRILL, starts_at=local("2026-11-09T10:00")), NOW)


@pytest.mark.parametrize(
    ("now", "around", "moves", "decided"),
    [
        ("2026-11-04T09:59", {}, 0, None),
        ("2026-11-04T10:00", {}, 0, Begin()),
        ("2026-11-04T11:00", {}, 0, Begin()),
        ("2026-11-04T11:01", {}, 0, Move(A_WEEK_LATER, "late")),
        ("2026-11-04T10:00", {"real_open": True}, 0, Move(A_WEEK_LATER, "real")),
        ("2026-11-04T10:00", {"real_open": True}, 3, CallOff("real")),
        ("2026-11-04T09:59", {"real_open": True}, 0, None),  # it may be over by then
        ("2026-11-04T10:00", {"real_open": True, "drill_open": True}, 0, Move(A_WEEK_LATER, "real")),
        ("2026-11-04T10:00", {"drill_open": True}, 0, Move(A_WEEK_LATER, "drill_open")),
        ("2026-11-04T09:00", {"plan_exists": False}, 0, CallOff("plan_gone")),
    ],
)
def test_an_emergency_goes_first_and_nothing_begins_late(now, around, moves, decided):
    assert timing.decide(replace(DRILL, moves=moves), replace(QUIET, **around), local(now)) == decided


def test_an_hour_that_has_become_a_closed_one_moves_it():
    holiday = madrid(closed_dates=["2026-11-04"])
    assert timing.decide(replace(DRILL, calendar=holiday), QUIET, TEN) == Move(A_WEEK_LATER, "closed")


def test_a_week_later_is_the_same_hour_on_the_wall_and_a_closed_day_gives_the_next_opening():
    october = replace(DRILL, starts_at=local("2026-10-20T10:00"))  # the clocks change on the 25th
    assert timing.later(october, october.starts_at) == local("2026-10-27T10:00")
    monday = replace(DRILL, starts_at=local("2026-11-02T10:00"))  # the 9th is closed
    assert timing.later(monday, monday.starts_at) == local("2026-11-10T09:00")


@given(late=st.timedeltas(timedelta(0), timedelta(days=200)))
def test_wherever_it_is_moved_the_office_is_open_and_a_day_is_left_to_tell_of_it(late):
    now = TEN + late
    to = timing.later(DRILL, now)
    assert is_open(madrid(), to)
    assert to >= now + timing.REMINDED_BEFORE


@pytest.mark.parametrize(
    ("told", "now", "due"),
    [
        ("2026-10-20T10:00", "2026-11-03T09:59", False),
        ("2026-10-20T10:00", "2026-11-03T10:00", True),
        ("2026-10-20T10:00", "2026-11-04T10:00", False),  # it begins
        ("2026-11-04T10:00", "2026-11-04T09:00", False),  # told within the last day
    ],
)
def test_the_customer_is_told_again_on_the_last_day_and_only_then(told, now, due):
    assert timing.reminder_due(TEN, local(told), local(now)) is due
