"""What being on call has weighed on each person."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.fairness import Load, is_night, loads, month, total, widened
from oncall.pieces import Shift, Span
from tests.domain.oncall.builders import MADRID, local, madrid

HOUR = timedelta(hours=1)
OCTOBER = month(date(2026, 10, 17), MADRID)


def ana(from_: str, to: str, source: str = "rotation:weekly") -> Shift:
    return Shift(local(from_), local(to), "ana", source)


def load_of(*shifts: Shift, window: Span = OCTOBER) -> Load:
    return loads(shifts, window, {}, MADRID, madrid()).get("ana", Load("ana"))


def test_a_month_begins_and_ends_on_the_wall_clock_also_when_the_clocks_change() -> None:
    assert Span(local("2026-10-01T00:00"), local("2026-11-01T00:00")) == OCTOBER
    assert OCTOBER.to_at - OCTOBER.from_at == timedelta(days=31, hours=1)


@pytest.mark.parametrize(
    ("from_", "to", "wanted"),
    [
        pytest.param("2026-10-05T09:00", "2026-10-12T09:00", (1, 168, 7, 1, 1), id="a week with a holiday at its end"),
        pytest.param("2026-10-06T09:00", "2026-10-06T18:00", (1, 9, 0, 0, 0), id="a working day"),
        pytest.param(
            "2026-10-06T06:00", "2026-10-06T22:00", (1, 16, 0, 0, 0), id="from the end of a night to the next"
        ),
        pytest.param("2026-10-06T05:59", "2026-10-06T22:01", (1, 16 + 1 / 30, 2, 0, 0), id="a minute of two nights"),
        pytest.param("2026-10-10T00:00", "2026-10-11T00:00", (1, 24, 2, 1, 0), id="a Saturday, also of Friday's night"),
        pytest.param("2026-10-09T23:59", "2026-10-10T00:00", (1, 1 / 60, 1, 0, 0), id="up to a Saturday"),
        pytest.param("2026-10-24T22:00", "2026-10-25T06:00", (1, 9, 1, 1, 0), id="the long night of October"),
        pytest.param("2026-09-28T09:00", "2026-10-05T09:00", (0, 105, 4, 1, 0), id="begun in September"),
        pytest.param("2026-10-31T12:00", "2026-11-02T09:00", (1, 12, 1, 1, 0), id="a weekend into November"),
        pytest.param("2026-11-01T00:00", "2026-11-01T06:00", (0, 0, 1, 1, 0), id="the rest of that weekend"),
        pytest.param("2026-09-30T22:00", "2026-10-01T06:00", (0, 6, 0, 0, 0), id="a night of September"),
    ],
)
def test_a_shift_weighs_what_the_definitions_say(from_: str, to: str, wanted: tuple[float, ...]) -> None:
    shifts, hours, nights, weekends, holidays = wanted
    assert load_of(ana(from_, to)) == Load("ana", int(shifts), hours * HOUR, int(nights), int(weekends), int(holidays))


def test_time_in_two_schedules_counts_once() -> None:
    once = load_of(ana("2026-10-05T09:00", "2026-10-12T09:00"))
    assert load_of(ana("2026-10-05T09:00", "2026-10-12T09:00"), ana("2026-10-06T09:00", "2026-10-08T09:00")) == once
    assert load_of(ana("2026-10-05T09:00", "2026-10-07T09:00"), ana("2026-10-07T09:00", "2026-10-12T09:00")) == once


def test_the_day_is_that_of_the_persons_own_zone() -> None:
    shift = ana("2026-10-06T06:00", "2026-10-06T07:00")
    assert loads([shift], OCTOBER, {"ana": "America/New_York"}, MADRID)["ana"].nights == 1
    assert loads([shift], OCTOBER, {}, MADRID)["ana"].nights == 0


def test_pages_at_night_weigh_also_on_somebody_who_was_not_on_call() -> None:
    found = loads([], OCTOBER, {}, MADRID, None, {"borja": 3})
    assert found == {"borja": Load("borja", pages_at_night=3)}
    assert found["borja"].burden == 3


def test_the_burden_is_the_sum_that_the_page_explains() -> None:
    assert load_of(ana("2026-10-05T09:00", "2026-10-12T09:00")).burden == 7 + 7 + 2 + 3
    assert Load("ana").burden == 0


@pytest.mark.parametrize(("clock", "night"), [("21:59", False), ("22:00", True), ("05:59", True), ("06:00", False)])
def test_a_night_is_from_ten_to_six(clock: str, night: bool) -> None:
    assert is_night(local(f"2026-10-06T{clock}"), MADRID) is night


STARTS = st.lists(st.tuples(st.integers(0, 24 * 120), st.integers(1, 24 * 9)), max_size=8)


@given(STARTS)
def test_the_months_together_are_the_whole(starts: list[tuple[int, int]]) -> None:
    """Nothing is counted in two months and nothing in none."""
    begin = local("2026-09-01T00:00")
    shifts = [Shift(begin + at * HOUR, begin + (at + length) * HOUR, "ana", "x") for at, length in starts]
    months = [month(date(2026, 8, 1) + timedelta(days=31 * n), MADRID) for n in range(8)]

    def known(window: Span) -> list[Shift]:
        around = widened(window)
        parts = (Shift(max(s.from_at, around.from_at), min(s.to_at, around.to_at), "ana", "x") for s in shifts)
        return [part for part in parts if part.from_at < part.to_at]

    by_month = [load_of(*known(window), window=window) for window in months]
    whole = load_of(*shifts, window=Span(months[0].from_at, months[-1].to_at))
    assert total(by_month, "ana") == whole
    assert sum(one.burden for one in by_month) == pytest.approx(whole.burden)
