"""The SLA clock, rule by rule: R1 to R9 of clause 4.1, with its decided edge cases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from alerting.sla import clock
from alerting.sla.clock import Target
from alerting.sla.open_time import CoverageChange
from tests.domain.sla.cases import case, gap, local, minutes, pause, shown

AT_TEN = pause("2026-03-02T10:00", "2026-03-02T11:00")


@pytest.mark.parametrize(
    ("opened_at", "target", "due_at"),
    [
        # R3: due at the closing that the target ends with, not at the next opening.
        ("2026-03-02T09:00", 540, "2026-03-02T18:00"),
        ("2026-03-02T17:00", 60, "2026-03-02T18:00"),
        ("2026-03-02T17:00", 61, "2026-03-03T09:01"),
        # R1: 18:00:00 is closed, and so is everything until the next opening.
        ("2026-03-02T18:00", 60, "2026-03-03T10:00"),
        ("2026-03-06T18:00", 60, "2026-03-09T10:00"),
        # S-4.9: what is opened on a Saturday begins to count on Monday.
        ("2026-03-07T10:00", 60, "2026-03-09T10:00"),
        # The season changes overnight: the last minute before it, and then an hour from 8 on.
        ("2026-06-30T17:59", 60, "2026-07-01T08:59"),
        # 480 minutes take more than a day in July.
        ("2026-07-01T08:00", 480, "2026-07-02T09:00"),
        # S-2.4: on reduced days until 15:00; Christmas is closed, and the weekend after it.
        ("2026-12-24T14:00", 120, "2026-12-28T10:00"),
        # S-2.5: a regional holiday and one of the calendar's own.
        ("2026-11-06T17:00", 120, "2026-11-10T10:00"),
    ],
)
def test_the_due_time_in_office_hours(opened_at: str, target: float, due_at: str) -> None:
    """S-4.9, S-2.3, S-2.4, S-2.5"""
    assert shown(clock.due_at(case(opened_at, target))) == due_at


@pytest.mark.parametrize(
    ("opened_at", "target", "due_at"),
    [
        ("2026-03-28T22:00", 240, "2026-03-29T03:00"),  # a night of 23 hours
        ("2026-10-24T22:00", 240, "2026-10-25T02:00"),  # a night of 25 hours: the first 02:00
        ("2026-10-24T22:00", 300, "2026-10-25T02:00"),  # and the second one
        ("2026-10-24T22:00", 360, "2026-10-25T03:00"),
        ("2026-12-31T23:00", 120, "2027-01-01T01:00"),
    ],
)
def test_around_the_clock_is_absolute_time(opened_at: str, target: float, due_at: str) -> None:
    """R5"""
    clock_of = case(opened_at, target, coverage="24x7")
    assert shown(clock.due_at(clock_of)) == due_at
    assert clock.due_at(clock_of) == local(opened_at) + minutes(target)


def test_what_ends_in_the_night_after_a_due_time_at_closing_is_in_time() -> None:
    """R4: the verdict is by elapsed time; the due time was eight hours ago."""
    late = case("2026-03-02T09:00", 540, done="2026-03-03T02:00")
    assert clock.due_at(late) == local("2026-03-02T18:00")
    assert clock.met(late) is True
    assert clock.elapsed(late, local("2026-03-03T02:00")) == minutes(540)


@pytest.mark.parametrize(("done", "met"), [("2026-03-02T10:00:00", True), ("2026-03-02T10:00:01", False)])
def test_seconds_decide(done: str, met: bool) -> None:
    """R4"""
    assert clock.met(case("2026-03-02T09:00", 60, done=done)) is met


def test_there_is_no_verdict_before_it_is_done() -> None:
    assert clock.met(case("2026-03-02T09:00", 60)) is None


@pytest.mark.parametrize(
    ("pauses", "due_at"),
    [
        ([AT_TEN], "2026-03-02T12:00"),
        # R6: two that overlap stop the clock once.
        (
            [pause("2026-03-02T10:00", "2026-03-02T11:00"), pause("2026-03-02T10:30", "2026-03-02T11:30")],
            "2026-03-02T12:30",
        ),
        # One inside of another.
        (
            [pause("2026-03-02T10:00", "2026-03-02T12:00"), pause("2026-03-02T10:30", "2026-03-02T11:00")],
            "2026-03-02T13:00",
        ),
        # Out of hours a pause stops nothing.
        ([pause("2026-03-02T20:00", "2026-03-03T08:00")], "2026-03-02T11:00"),
        # One that began before the opening counts from the opening on.
        ([pause("2026-03-01T09:00", "2026-03-02T09:30")], "2026-03-02T11:30"),
        # One that begins at the very due time comes too late.
        ([pause("2026-03-02T11:00", None)], "2026-03-02T11:00"),
        ([pause("2026-03-02T10:59", None)], None),
        # Two without an end.
        ([pause("2026-03-02T12:00", None), pause("2026-03-02T10:00", None)], None),
    ],
)
def test_pauses_move_the_due_time(pauses: list[clock.Pause], due_at: str | None) -> None:
    """S-4.10, R2, R3, R6"""
    assert shown(clock.due_at(case("2026-03-02T09:00", 120, pauses=pauses))) == due_at


@pytest.mark.parametrize("metric", ["response", "contact"])
def test_only_the_time_to_resolution_is_paused(metric: str) -> None:
    """R9"""
    paused = case("2026-03-02T09:00", 120, metric=metric, pauses=[pause("2026-03-02T09:30", None)])
    assert shown(clock.due_at(paused)) == "2026-03-02T11:00"


def test_a_clock_that_goes_on_leaves_the_closed_time_out() -> None:
    """R7, resume"""
    again = case("2026-03-02T09:00", 120, gaps=[gap("2026-03-02T10:00", "2026-03-04T10:00")])
    assert shown(clock.due_at(again)) == "2026-03-04T11:00"
    assert clock.cycles(again) == (again,)
    assert [(one.why, shown(one.to_at)) for one in clock.slices(again, local("2026-03-04T10:30"))] == [
        ("counted", "2026-03-02T10:00"),
        ("closed", "2026-03-04T10:00"),
        ("counted", "2026-03-04T10:30"),
    ]


def test_a_clock_that_starts_again_keeps_the_first_verdict() -> None:
    """R7, restart: a breach is never un-breached"""
    again = case(
        "2026-03-02T09:00",
        120,
        reopening="restart",
        gaps=[gap("2026-03-02T12:00", "2026-03-04T10:00")],
        done="2026-03-04T11:00",
    )
    first, second = clock.cycles(again)
    assert clock.met(first) is False
    assert clock.met(second) is True
    assert shown(clock.due_at(second)) == "2026-03-04T12:00"


def test_a_change_of_priority_holds_for_all_the_time_since_the_opening() -> None:
    """R8: same opening, same pauses, new target"""
    raised = case(
        "2026-03-02T09:00",
        480,
        pauses=[pause("2026-03-02T09:00", "2026-03-02T10:00")],
        targets=[Target(local("2026-03-02T12:30"), minutes(120))],
    )
    assert shown(clock.due_at(raised)) == "2026-03-02T12:00"
    before, on_arrival = clock.readings(raised, [local("2026-03-02T12:29"), local("2026-03-02T12:30")])
    assert (before.breached, on_arrival.breached) == (False, True)


def test_a_change_of_coverage_is_not_retroactive() -> None:
    """R8: each instant counts under the coverage in force then"""
    bought = case("2026-03-02T17:00", 120, changes=[CoverageChange(local("2026-03-02T22:00"), "24x7")])
    assert shown(clock.due_at(bought)) == "2026-03-02T23:00"
    ended = case(
        "2026-03-02T17:00", 240, coverage="24x7", changes=[CoverageChange(local("2026-03-02T20:00"), "business")]
    )
    assert shown(clock.due_at(ended)) == "2026-03-03T10:00"


def test_out_of_hours_and_paused_are_told_apart() -> None:
    """In the night a clock that is paused is out of hours."""
    waiting = case("2026-03-02T17:00", 240, pauses=[pause("2026-03-02T17:30", "2026-03-03T10:00", "third_party")])
    at = ["2026-03-02T16:00", "2026-03-02T17:10", "2026-03-02T17:45", "2026-03-02T19:00", "2026-03-03T09:30"]
    found = clock.readings(waiting, [local(one) for one in at])
    assert [one.state for one in found] == ["stopped", "running", "paused", "out_of_hours", "paused"]
    assert [(one.why, shown(one.from_at)) for one in clock.slices(waiting, local("2026-03-03T10:30"))] == [
        ("counted", "2026-03-02T17:00"),
        ("paused:third_party", "2026-03-02T17:30"),
        ("out_of_hours", "2026-03-02T18:00"),
        ("paused:third_party", "2026-03-03T09:00"),
        ("counted", "2026-03-03T10:00"),
    ]


def test_after_it_is_done_nothing_moves() -> None:
    done = case("2026-03-02T09:00", 30, done="2026-03-02T10:00")
    found = clock.readings(done, [local("2026-03-02T10:00"), local("2027-03-02T10:00")])
    assert {(one.state, one.elapsed, one.breached) for one in found} == {("stopped", minutes(60), True)}


def test_a_calendar_that_never_opens_is_never_due() -> None:
    shut = case("2026-03-02T09:00", 1)
    closed = clock.replace(
        shut, hours=clock.replace(shut.hours, calendar=shut.hours.calendar.model_copy(update={"rules": ()}))
    )
    assert clock.due_at(closed) is None
    assert clock.elapsed(closed, local("2036-01-01T00:00")) == timedelta(0)


def test_a_target_of_years_of_office_hours_comes_due() -> None:
    assert clock.due_at(case("2026-03-02T09:00", 525_600)) > datetime.fromisoformat("2030-01-01T00:00+00:00")  # type: ignore[operator]  # it is due
