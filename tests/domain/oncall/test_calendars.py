"""Clause 2 of the support terms, date by date."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.calendars import closed_days, is_open, next_opening, open_intervals, opening_state
from oncall.schema import Calendar
from tests.domain.oncall.builders import local, madrid, utc


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-06-30T09:00:00", True),  # S-2.3: normal hours, half-open
        ("2026-06-30T08:59:59", False),
        ("2026-06-30T17:59:59", True),
        ("2026-06-30T18:00:00", False),
        ("2026-07-01T08:00:00", True),  # S-2.4: the reduced season
        ("2026-07-01T14:59:59", True),
        ("2026-07-01T15:00:00", False),
        ("2026-07-01T16:00:00", False),
        ("2026-08-31T08:30:00", True),
        ("2026-08-31T15:30:00", False),
        ("2026-09-01T08:30:00", False),
        ("2026-09-01T15:30:00", True),
        ("2026-01-05T08:00:00", True),  # S-2.4: the reduced days
        ("2026-01-05T15:00:00", False),
        ("2026-12-24T14:59:59", True),
        ("2026-12-24T15:00:00", False),
        ("2026-12-31T08:00:00", True),
        ("2022-12-24T10:00:00", False),  # a Saturday: a reduced day makes no working day
        ("2026-06-27T10:00:00", False),  # a Saturday
        ("2026-06-28T10:00:00", False),  # a Sunday
        ("2026-12-25T10:00:00", False),  # S-2.5: a national holiday
        ("2026-12-07T10:00:00", False),  # a regional one, moved to Monday
        ("2026-05-15T10:00:00", False),  # municipal ones, from the calendar itself
        ("2026-11-09T10:00:00", False),
        ("2026-05-14T10:00:00", True),
    ],
)
def test_the_office_in_madrid_is_open_when_the_support_terms_say(at: str, expected: bool) -> None:
    assert is_open(madrid(), local(at)) is expected


def test_a_regional_holiday_is_a_working_day_where_only_national_ones_are_kept() -> None:
    assert is_open(madrid(holidays={"country": "ES"}), local("2026-12-07T10:00"))


def test_a_date_added_by_the_administrator_is_closed_from_then_on() -> None:
    assert is_open(madrid(closed_dates=[]), local("2026-05-15T10:00"))
    assert not is_open(madrid(closed_dates=["2026-05-15"]), local("2026-05-15T10:00"))


def test_the_first_rule_that_matches_gives_the_hours() -> None:
    calendar = madrid(rules=[{"dates": ["07-01"], "hours": []}, {"hours": ["09:00-18:00"]}])
    assert not is_open(calendar, local("2026-07-01T10:00"))
    assert is_open(calendar, local("2026-07-02T10:00"))


def test_a_season_may_run_over_new_year() -> None:
    calendar = madrid(
        holidays=None,
        rules=[{"from": "12-15", "to": "01-07", "hours": ["10:00-12:00"]}, {"hours": ["09:00-18:00"]}],
    )
    assert [
        is_open(calendar, local(f"{day}T09:30")) for day in ("2026-12-14", "2026-12-15", "2027-01-07", "2027-01-08")
    ] == [
        True,
        False,
        False,
        True,
    ]


def test_the_lunch_break_is_closed() -> None:
    calendar = madrid(rules=[{"hours": ["15:00-18:00", "09:00-14:00"]}])
    assert [is_open(calendar, local(f"2026-03-02T{at}")) for at in ("13:59", "14:00", "15:00")] == [True, False, True]
    assert opening_state(calendar, local("2026-03-02T14:30")).opens_at == local("2026-03-02T15:00")


def test_on_a_friday_evening_the_next_opening_is_monday_morning() -> None:
    friday = local("2026-06-26T18:00")
    assert next_opening(madrid(), friday) == local("2026-06-29T09:00")
    assert opening_state(madrid(), friday) == (False, local("2026-06-29T09:00"), local("2026-06-29T18:00"))


def test_while_open_the_state_says_since_when_and_until_when() -> None:
    noon = local("2026-07-01T12:00")
    assert next_opening(madrid(), noon) == noon
    assert opening_state(madrid(), noon) == (True, local("2026-07-01T08:00"), local("2026-07-01T15:00"))


def test_the_next_opening_steps_over_a_long_weekend_of_holidays() -> None:
    assert next_opening(madrid(), local("2026-12-04T18:00")) == local("2026-12-09T09:00")


def test_days_that_are_open_round_the_clock_are_one_stretch() -> None:
    calendar = madrid(holidays=None, closed_dates=[], rules=[{"hours": ["00:00-24:00"]}])
    wednesday = local("2026-03-25T12:00")
    assert opening_state(calendar, wednesday) == (True, local("2026-03-23T00:00"), local("2026-03-28T00:00"))


def test_a_calendar_without_rules_never_opens() -> None:
    assert next_opening(madrid(rules=[]), local("2026-03-02T10:00")) is None
    assert opening_state(madrid(rules=[]), local("2026-03-02T10:00")) == (False, None, None)


def test_hours_that_a_spring_night_swallows_are_not_open() -> None:
    calendar = Calendar.model_validate(
        {"id": "apia", "timezone": "Pacific/Apia", "rules": [{"hours": ["09:00-18:00"]}]}
    )
    friday_that_never_was = utc("2011-12-30T10:00")
    assert not is_open(calendar, friday_that_never_was)
    assert next_opening(calendar, friday_that_never_was) == local("2012-01-02T09:00", "Pacific/Apia")


def test_the_open_time_of_a_day_counts_the_minutes_that_passed() -> None:
    day = list(open_intervals(madrid(), local("2026-06-30T17:59"), local("2026-07-01T09:00")))
    assert day == [
        (local("2026-06-30T17:59"), local("2026-06-30T18:00")),
        (local("2026-07-01T08:00"), local("2026-07-01T09:00")),
    ]


def test_customers_can_read_which_days_are_closed() -> None:
    listed = closed_days(madrid(), 2026)
    assert listed[date(2026, 12, 25)] == "Natividad del Señor"
    assert listed[date(2026, 5, 15)] == ""
    assert list(listed) == sorted(listed)


@given(
    st.datetimes(utc("2025-01-01T00:00").replace(tzinfo=None), utc("2028-01-01T00:00").replace(tzinfo=None)),
    st.sampled_from(["Europe/Madrid", "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.sampled_from(["09:00-18:00", "00:00-24:00", "00:00-02:30"]),
)
def test_open_state_and_open_intervals_tell_the_same(naive: object, zone: str, hours: str) -> None:
    at = utc(str(naive))
    calendar = madrid(timezone=zone, rules=[{"hours": [hours]}])
    open_now, opens_at, closes_at = opening_state(calendar, at)
    assert opens_at is not None
    assert closes_at is not None
    assert is_open(calendar, at) == open_now == (opens_at <= at < closes_at)
    measured = list(open_intervals(calendar, at, at + timedelta(days=9)))
    assert (max(opens_at, at), min(closes_at, at + timedelta(days=9))) in measured
    assert all(earlier.closes_at < later.opens_at for earlier, later in itertools.pairwise(measured))
