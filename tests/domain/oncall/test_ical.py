"""Feeds that other programs read, and calendars that they bring."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from oncall import ical, ical_import
from oncall.ical import Entry
from oncall.ical_import import BadCalendar, read

NOW = datetime(2026, 11, 27, 12, 34, 56, tzinfo=UTC)
HOUR = timedelta(hours=1)


def entry(hours: float, length: float, title: str = "Guardia", key: str = "primary ana") -> Entry:
    start = NOW + hours * HOUR
    return Entry(key, start, start + length * HOUR, title, "turno de la rotación backup-weekly")


def uids(body: bytes) -> list[str]:
    return [str(event["uid"]) for event in Calendar.from_ical(body).walk("VEVENT")]


def calendar(*lines: str) -> bytes:
    event = ["UID:1", "SUMMARY:Vacaciones", *lines]
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", *event, "END:VEVENT", "END:VCALENDAR", ""]
    ).encode()


TITLES = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=300).map(lambda text: " ".join(text.split()))


@given(st.lists(st.tuples(st.integers(1, 8000), st.integers(1, 400), TITLES), min_size=1, max_size=20, unique=True))
def test_what_is_written_is_read_back_by_other_programs(shifts: list[tuple[int, int, str]]) -> None:
    entries = [entry(start, length, title, f"primary {n}") for n, (start, length, title) in enumerate(shifts)]
    body = ical.feed("Guardia primaria", entries, NOW)
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    found = recurring_ical_events.of(Calendar.from_ical(body)).between(NOW, NOW + timedelta(days=400))
    wanted = {
        (one.from_at.replace(microsecond=0), one.to_at.replace(microsecond=0), one.title.replace("\\N", "\\n"))
        for one in entries
    }
    assert {(one["dtstart"].dt, one["dtend"].dt, str(one["summary"])) for one in found} == wanted
    assert len(set(uids(body))) == len(entries)
    assert b"VTIMEZONE" not in body


def test_a_name_with_a_backslash_stays_on_one_line() -> None:
    body = ical.feed("x", [entry(5, 10, "DOM\\NORTE")], NOW)
    assert b"SUMMARY:DOM\\\\nORTE" in body


def test_within_a_day_the_same_shifts_are_the_same_bytes() -> None:
    entries = [entry(5, 10), entry(-500, 24)]
    assert ical.feed("x", entries, NOW) == ical.feed("x", entries, NOW + 11 * HOUR)
    assert ical.etag(ical.feed("x", entries, NOW)) != ical.etag(ical.feed("x", entries[:1], NOW))


def test_a_shift_keeps_its_uid_when_its_end_moves_and_when_it_outlasts_the_window() -> None:
    assert uids(ical.feed("x", [entry(5, 10)], NOW)) == uids(ical.feed("x", [entry(5, 99)], NOW))

    def for_ever(now: datetime) -> bytes:
        window = ical.bounds(now)
        return ical.feed("x", [Entry("primary ana", *window, "Guardia", "")], now)

    assert uids(for_ever(NOW)) == uids(for_ever(NOW + 50 * HOUR)) != []


def test_what_the_beginning_of_the_window_cuts_off_is_shown_only_while_it_lasts() -> None:
    window = ical.bounds(NOW)
    over = Entry("primary ana", window.from_at, window.from_at + HOUR, "Guardia", "")
    assert uids(ical.feed("x", [over], NOW)) == []


def test_whole_days_are_those_of_the_persons_zone() -> None:
    data = calendar("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227")
    (one,) = read(data, "America/Havana", NOW)
    assert (one.from_at, one.to_at) == (datetime(2026, 12, 24, 5, tzinfo=UTC), datetime(2026, 12, 27, 5, tzinfo=UTC))
    assert one.title == "Vacaciones"


def test_times_with_a_zone_keep_it_and_times_without_one_are_the_persons() -> None:
    zoned = calendar("DTSTART;TZID=America/New_York:20261201T090000", "DTEND;TZID=America/New_York:20261201T100000")
    floating = calendar("DTSTART:20261201T090000", "DTEND:20261201T100000")
    assert read(zoned, "Europe/Madrid", NOW)[0].from_at.hour == 14
    assert read(floating, "Europe/Madrid", NOW)[0].from_at.hour == 8


def test_recurring_events_are_expanded_for_a_year_across_the_change_of_the_clocks() -> None:
    data = calendar(
        "DTSTART;TZID=Europe/Madrid:20260105T090000", "DTEND;TZID=Europe/Madrid:20260105T100000", "RRULE:FREQ=WEEKLY",
        "EXDATE;TZID=Europe/Madrid:20261207T090000",
    )  # fmt: skip
    found = read(data, "Europe/Madrid", NOW)
    assert len(found) == 51
    assert {one.from_at.hour for one in found} == {7, 8}
    assert datetime(2026, 12, 7, 8, tzinfo=UTC) not in {one.from_at for one in found}


def test_what_is_over_cancelled_or_takes_no_time_is_left_out() -> None:
    over = calendar("DTSTART:20261101T090000Z", "DTEND:20261101T100000Z")
    cancelled = calendar("DTSTART:20261201T090000Z", "DTEND:20261201T100000Z", "STATUS:CANCELLED")
    no_time = calendar("DTSTART:20261201T090000Z")
    for data in (over, cancelled, no_time):
        with pytest.raises(BadCalendar, match="no_events"):
            read(data, "Europe/Madrid", NOW)


SECONDS = ("DTSTART:20261201T090000Z", "DTEND:20261201T090001Z")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not_a_calendar"),
        (b"%PDF-1.7 \xff\xfe\x00", "not_a_calendar"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "not_a_calendar"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "not_a_calendar"),
        (calendar("DTSTART:garbage"), "not_a_calendar"),
        (calendar("DTSTART:00010101T000000Z", "DTEND:00010101T010000Z", "RRULE:FREQ=DAILY"), "not_a_calendar"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "no_events"),
        (calendar(*SECONDS, "RRULE:FREQ=SECONDLY"), "too_many"),
        (calendar(*SECONDS, "RRULE:FREQ=DAILY;INTERVAL=0"), "too_many"),
        (calendar(*SECONDS, "RRULE:FREQ=DAILY;BYHOUR=1,2,3,4;BYMINUTE=1,2,3"), "too_many"),
        (b"x" * (ical_import.LARGEST + 1), "too_large"),
    ],
)
def test_what_cannot_be_taken_over_says_why(data: bytes, why: str) -> None:
    with pytest.raises(BadCalendar) as refused:
        read(data, "Europe/Madrid", NOW)
    assert refused.value.why == why


@given(st.binary(max_size=200), st.integers(0, 400))
def test_a_broken_file_is_a_clear_error_and_never_an_accident(noise: bytes, place: int) -> None:
    data = calendar("DTSTART;TZID=Europe/Madrid:20261201T090000", "DTEND:20261202T090000Z", "RRULE:FREQ=WEEKLY")
    with suppress(BadCalendar):
        read(data[:place] + noise + data[place:], "Europe/Madrid", NOW)
