from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.walltime import Edge, instant, to_local, to_utc

ZONES = [
    "Europe/Madrid",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Havana",
    "Africa/Casablanca",
    "UTC",
]


@pytest.mark.parametrize(
    ("zone", "local", "edge", "expected"),
    [
        ("Europe/Madrid", "2026-01-05T09:00", "start", "2026-01-05T08:00"),
        ("Europe/Madrid", "2026-03-29T01:59:59", "start", "2026-03-29T00:59:59"),
        ("Europe/Madrid", "2026-03-29T02:00", "start", "2026-03-29T01:00"),
        ("Europe/Madrid", "2026-03-29T02:30", "start", "2026-03-29T01:00"),
        ("Europe/Madrid", "2026-03-29T02:30", "end", "2026-03-29T01:00"),
        ("Europe/Madrid", "2026-03-29T03:00", "start", "2026-03-29T01:00"),
        ("Europe/Madrid", "2026-10-25T02:30", "start", "2026-10-25T00:30"),
        ("Europe/Madrid", "2026-10-25T02:30", "end", "2026-10-25T01:30"),
        ("Europe/Madrid", "2026-10-25T03:00", "end", "2026-10-25T02:00"),
        ("America/Santiago", "2026-09-06T00:00", "start", "2026-09-06T04:00"),  # midnight is skipped
        ("America/Santiago", "2026-09-06T00:30", "end", "2026-09-06T04:00"),
        ("America/Santiago", "2026-04-04T23:30", "start", "2026-04-05T02:30"),  # the hour before midnight twice
        ("America/Santiago", "2026-04-04T23:30", "end", "2026-04-05T03:30"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "start", "2026-10-03T15:30"),  # half an hour is skipped
        ("Australia/Lord_Howe", "2026-04-05T01:45", "start", "2026-04-04T14:45"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "end", "2026-04-04T15:15"),
        ("Asia/Kathmandu", "2026-03-29T02:30", "start", "2026-03-28T20:45"),
        ("Pacific/Apia", "2011-12-30T09:00", "start", "2011-12-30T10:00"),  # the whole day is skipped
        ("Pacific/Apia", "2011-12-30T09:00", "end", "2011-12-30T10:00"),
    ],
)
def test_a_time_on_the_wall_is_the_instant_that_people_mean(zone: str, local: str, edge: Edge, expected: str) -> None:
    assert to_utc(datetime.fromisoformat(local), zone, edge) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_time_with_an_offset_is_what_it_says_wherever_it_is_read() -> None:
    written = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=1)))
    assert instant(written, "Asia/Kathmandu", "start") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@given(
    st.datetimes(
        min_value=datetime.fromisoformat("2000-01-01"),
        max_value=datetime.fromisoformat("2040-01-01"),
        timezones=st.just(UTC),
    ),
    st.sampled_from(ZONES),
)
def test_every_instant_lies_between_the_two_readings_of_its_wall_clock(at: datetime, zone: str) -> None:
    shown = to_local(at, zone)
    assert to_utc(shown, zone, "start") <= at <= to_utc(shown, zone, "end")
    assert at in (to_utc(shown, zone, "start"), to_utc(shown, zone, "end"))


@given(
    st.datetimes(min_value=datetime.fromisoformat("2011-12-01"), max_value=datetime.fromisoformat("2030-01-01")),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2)),
    st.sampled_from(ZONES),
    st.sampled_from(["start", "end"]),
)
def test_a_later_time_on_the_wall_is_never_an_earlier_instant(
    earlier: datetime, by: timedelta, zone: str, edge: Edge
) -> None:
    assert to_utc(earlier, zone, edge) <= to_utc(earlier + by, zone, edge)
