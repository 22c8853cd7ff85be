"""Hand-offs on the wall clock, on the nights when the wall clock is moved and ten years from now."""

import itertools
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.absence import Out, outs
from oncall.rotation import handoffs, shifts, turn_at, turns
from oncall.schema import Rotation
from oncall.walltime import to_local, to_utc
from tests.domain.oncall.builders import absence, by_weekday, local, rotation, utc

ZONES = ["Europe/Madrid", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/Havana"]


def on_at(rota: Rotation, *times: str) -> list[str | None]:
    return [turn_at(rota, local(at, rota.timezone)).person for at in times]


def test_the_week_changes_hands_on_monday_morning() -> None:
    assert on_at(rotation(), "2026-01-05T09:00", "2026-01-12T08:59:59", "2026-01-12T09:00", "2026-01-26T09:00") == [
        "ana",
        "ana",
        "borja",
        "ana",
    ]


def test_the_phase_holds_before_the_anchor_too() -> None:
    assert on_at(rotation(), "2026-01-05T08:59", "2025-12-29T09:00", "2025-12-22T09:00", "2025-12-15T09:00") == [
        "carol",
        "carol",
        "borja",
        "ana",
    ]


def test_every_second_week_is_a_turn_of_two_weeks() -> None:
    rota = rotation(every=2)
    assert on_at(rota, "2026-01-12T09:00", "2026-01-19T09:00") == ["ana", "borja"]
    assert handoffs(rota, local("2026-01-05T09:00"), local("2026-02-02T09:00")) == (
        local("2026-01-05T09:00"),
        local("2026-01-19T09:00"),
    )


def test_a_person_named_twice_has_two_turns_and_null_is_a_turn_with_nobody() -> None:
    rota = rotation(kind="daily", anchor="2026-01-05T18:00", participants=["ana", "borja", "borja", "carol", None])
    nights = [f"2026-01-{day:02}T18:00" for day in range(5, 11)]
    assert on_at(rota, *nights) == ["ana", "borja", "borja", "carol", None, "ana"]
    shown = shifts(rota, local("2026-01-05T18:00"), local("2026-01-10T18:00"))
    assert [(shift.person, shift.from_at, shift.to_at) for shift in shown] == [
        ("ana", local("2026-01-05T18:00"), local("2026-01-06T18:00")),
        ("borja", local("2026-01-06T18:00"), local("2026-01-08T18:00")),
        ("carol", local("2026-01-08T18:00"), local("2026-01-09T18:00")),
    ]


def test_an_anchor_with_an_offset_is_the_same_wall_clock_time() -> None:
    assert handoffs(rotation(anchor="2026-01-05T08:00+00:00"), utc("2026-07-01T00:00"), utc("2026-07-08T00:00")) == (
        local("2026-07-06T09:00"),
    )


@pytest.mark.parametrize(
    ("zone", "anchor", "day", "expected"),
    [
        ("Europe/Madrid", "2026-01-05T09:00", "2026-03-29", "2026-03-29T07:00"),
        ("Europe/Madrid", "2026-01-05T09:00", "2026-10-25", "2026-10-25T08:00"),
        ("Europe/Madrid", "2026-01-05T02:30", "2026-03-29", "2026-03-29T01:00"),  # not there: when the gap ends
        ("Europe/Madrid", "2026-01-05T02:30", "2026-10-25", "2026-10-25T00:30"),  # there twice: the first time
        ("America/Santiago", "2026-01-05T00:00", "2026-09-06", "2026-09-06T04:00"),  # midnight is skipped
        ("America/Santiago", "2026-01-05T23:30", "2026-04-04", "2026-04-05T02:30"),
        ("Australia/Lord_Howe", "2026-01-05T02:15", "2026-10-04", "2026-10-03T15:30"),  # half an hour is skipped
        ("Australia/Lord_Howe", "2026-01-05T01:45", "2026-04-05", "2026-04-04T14:45"),
        ("Asia/Kathmandu", "2026-01-05T09:00", "2026-03-29", "2026-03-29T03:15"),
        ("Pacific/Apia", "2011-01-03T09:00", "2011-12-30", "2011-12-30T10:00"),  # the whole day is skipped
    ],
)
def test_a_daily_hand_off_keeps_its_time_on_the_wall(zone: str, anchor: str, day: str, expected: str) -> None:
    rota = rotation(kind="daily", anchor=anchor, timezone=zone)
    # Summer time can carry the hand-off of a local day to the UTC date before or after.
    near = utc(expected)
    assert near in handoffs(rota, near - timedelta(hours=5), near + timedelta(hours=5))
    assert to_local(near, zone).date().isoformat() in (day, "2011-12-31")


def test_half_day_shifts_keep_their_hours_through_the_summer_time_change() -> None:
    rota = rotation(kind="hourly", every=12, anchor="2026-01-05T08:00", participants=["ana", "borja"])
    hours = [
        to_local(at, rota.timezone).hour for at in handoffs(rota, utc("2026-03-28T00:00"), utc("2026-03-31T00:00"))
    ]
    assert hours == [8, 20, 8, 20, 8, 20]


def test_an_hour_that_does_not_exist_is_nobodys_turn() -> None:
    rota = rotation(kind="hourly", anchor="2026-03-29T00:00", participants=["ana", "borja", "carol"])
    shown = shifts(rota, local("2026-03-29T00:00"), local("2026-03-29T04:00"))
    assert [shift.person for shift in shown] == ["ana", "borja", "ana"]
    assert len(handoffs(rota, local("2026-03-29T00:00"), local("2026-03-29T04:00"))) == 3


def test_the_31st_is_the_last_day_of_a_short_month() -> None:
    rota = rotation(kind="monthly", anchor="2026-01-31T09:00")
    assert handoffs(rota, local("2026-01-01T00:00"), local("2026-06-01T00:00")) == tuple(
        local(f"2026-{day}T09:00") for day in ("01-31", "02-28", "03-31", "04-30", "05-31")
    )
    assert on_at(rota, "2026-02-28T08:59", "2026-02-28T09:00", "2025-12-31T09:00") == ["ana", "borja", "carol"]


def test_each_day_of_the_week_can_have_its_own_person() -> None:
    rota = by_weekday()
    assert on_at(rota, "2026-03-02T08:59", "2026-03-02T09:00", "2026-03-04T09:00", "2026-03-08T23:00") == [
        "carol",
        "ana",
        "borja",
        "carol",
    ]
    week = shifts(rota, local("2026-03-02T09:00"), local("2026-03-09T09:00"))
    assert [(shift.person, shift.to_at) for shift in week] == [
        ("ana", local("2026-03-04T09:00")),
        ("borja", local("2026-03-06T09:00")),
        ("carol", local("2026-03-09T09:00")),
    ]


def test_a_weekday_that_nobody_takes_is_a_gap() -> None:
    rota = by_weekday(days={"mon": "ana"})
    assert on_at(rota, "2026-03-02T09:00", "2026-03-03T09:00") == ["ana", None]


def test_a_change_of_participants_begins_with_the_one_it_names_and_leaves_the_past_alone() -> None:
    change = {"from": "2026-07-06T09:00", "participants": ["borja", "carol"], "first": "carol"}
    before, after = rotation(), rotation(changes=[change])
    past = utc("2026-01-01T00:00"), local("2026-07-06T09:00")
    assert shifts(before, *past) == shifts(after, *past)
    assert on_at(after, "2026-07-06T09:00", "2026-07-13T09:00", "2026-07-20T09:00") == ["carol", "borja", "carol"]


def test_a_change_in_the_middle_of_a_turn_hands_over_at_once() -> None:
    rota = rotation(changes=[{"from": "2026-01-07T12:00", "participants": ["carol", "borja"]}])
    assert [
        (shift.person, shift.from_at) for shift in shifts(rota, local("2026-01-05T09:00"), local("2026-01-19T09:00"))
    ] == [
        ("ana", local("2026-01-05T09:00")),
        ("carol", local("2026-01-07T12:00")),
        ("borja", local("2026-01-12T09:00")),
    ]
    assert local("2026-01-07T12:00") in handoffs(rota, local("2026-01-05T09:00"), local("2026-01-12T09:00"))


def test_a_change_of_kind_hands_over_by_the_new_clock_from_its_instant_on() -> None:
    daily = {"from": "2026-01-14T18:00", "kind": "daily", "participants": ["carol", None, "ana"]}
    weekly = {
        "from": "2026-01-19T10:00",
        "kind": "weekly",
        "every": 2,
        "participants": ["borja", "ana"],
        "first": "ana",
    }
    rota = rotation(changes=[daily, weekly])
    assert on_at(rota, "2026-01-14T17:59", "2026-01-14T18:00", "2026-01-15T18:00", "2026-01-16T18:00") == [
        "borja",
        "carol",
        None,
        "ana",
    ]
    assert handoffs(rota, local("2026-01-18T18:00"), local("2026-03-01T00:00")) == (
        local("2026-01-18T18:00"),
        local("2026-01-19T10:00"),
        local("2026-02-02T10:00"),
        local("2026-02-16T10:00"),
    )
    assert on_at(rota, "2026-01-19T10:00", "2026-02-02T10:00") == ["ana", "borja"]


def test_people_in_turn_become_people_by_weekday_and_back() -> None:
    days = {"from": "2026-01-14T09:00", "kind": "weekdays", "handoff": "08:00", "days": {"wed": "carol", "fri": "ana"}}
    turns = {"from": "2026-01-19T09:00", "kind": "daily", "participants": ["borja", "ana"]}
    rota = rotation(changes=[days, turns])
    moments = ["2026-01-14T08:59", "2026-01-14T09:00", "2026-01-15T08:00", "2026-01-16T08:00", "2026-01-19T09:00"]
    assert on_at(rota, *moments) == ["borja", "carol", None, "ana", "borja"]
    assert on_at(rota, "2026-01-20T09:00") == ["ana"]


kinds = st.sampled_from(["hourly", "daily", "weekly", "monthly", "weekdays"])


@given(kinds, kinds, st.integers(1, 40), st.sampled_from(ZONES), st.integers(0, 24 * 900))
def test_a_change_of_kind_leaves_no_hole_and_the_past_alone(
    before: str, after: str, every: int, timezone: str, hours: int
) -> None:
    at = datetime(2026, 1, 31, 2, 30, tzinfo=UTC) + timedelta(hours=hours)
    way: dict[str, object] = {"participants": ["carol", "borja", "ana"], "every": every}
    if after == "weekdays":
        way = {"handoff": "02:30", "days": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "ana")}
    change = {"from": at, "kind": after, **way}
    build = by_weekday if before == "weekdays" else rotation
    keys: dict[str, object] = {"timezone": timezone} if before == "weekdays" else {"timezone": timezone, "kind": before}
    old, new = build(**keys), build(**keys, changes=[change])
    window = at - timedelta(days=40), at + timedelta(days=40)
    assert shifts(old, window[0], at) == shifts(new, window[0], at)
    found = list(turns(new, *window))
    assert all(one.to_at == other.from_at for one, other in itertools.pairwise(found))
    assert at in [one.from_at for one in found]


@pytest.mark.parametrize(("fill", "expected"), [("next", "borja"), ("nobody", None)])
def test_while_a_person_pauses_the_turns_of_the_others_do_not_move(fill: str, expected: str | None) -> None:
    pause = {"person": "ana", "from": "2026-01-07T00:00", "to": "2026-01-09T00:00", "fill": fill}
    shown = shifts(rotation(pauses=[pause]), local("2026-01-05T09:00"), local("2026-01-19T09:00"))
    filled = [shift for shift in shown if shift.from_at == local("2026-01-07T00:00")]
    assert [(shift.person, shift.to_at, shift.source) for shift in filled] == (
        [] if expected is None else [(expected, local("2026-01-09T00:00"), "rotation:weekly")]
    )
    assert [(shift.person, shift.from_at) for shift in shown if shift not in filled] == [
        ("ana", local("2026-01-05T09:00")),
        ("ana", local("2026-01-09T00:00")),
        ("borja", local("2026-01-12T09:00")),
    ]


def test_the_next_one_is_passed_over_too_when_they_are_out_as_well() -> None:
    away = outs([absence(name, "2026-01-01T00:00", "2026-02-01T00:00") for name in ("ana", "borja")], "Europe/Madrid")
    shown = shifts(rotation(), local("2026-01-05T09:00"), local("2026-01-12T09:00"), away)
    assert [(shift.person, shift.source) for shift in shown] == [("carol", "absence-fill:weekly")]


def test_when_everybody_is_out_the_turn_is_a_gap() -> None:
    away = outs([absence(name, "2026-01-01T00:00", "2026-02-01T00:00") for name in ("ana", "borja", "carol")], "UTC")
    assert shifts(rotation(), local("2026-01-05T09:00"), local("2026-01-12T09:00"), away) == ()


KINDS = st.sampled_from(["hourly", "daily", "weekly", "monthly"])
INSTANTS = st.datetimes(
    datetime.fromisoformat("2010-01-01"), datetime.fromisoformat("2045-01-01"), timezones=st.just(UTC)
)
ANCHORS = st.datetimes(datetime.fromisoformat("2010-01-01"), datetime.fromisoformat("2030-01-01")).map(
    lambda at: at.replace(second=0, microsecond=0).isoformat()
)


@given(KINDS, st.integers(1, 5), ANCHORS, st.sampled_from(ZONES), INSTANTS)
def test_every_instant_lies_in_exactly_one_turn(kind: str, every: int, anchor: str, zone: str, at: datetime) -> None:
    rota = rotation(kind=kind, every=every, anchor=anchor, timezone=zone)
    turn = turn_at(rota, at)
    assert turn.from_at <= at < turn.to_at
    assert turn_at(rota, turn.from_at) == turn
    assert turn_at(rota, turn.to_at).from_at == turn.to_at
    assert turn_at(rota, turn.from_at - timedelta.resolution).to_at == turn.from_at


@given(KINDS, st.integers(1, 5), ANCHORS, st.sampled_from(ZONES), INSTANTS)
def test_shifts_cover_the_window_without_gap_or_overlap(
    kind: str, every: int, anchor: str, zone: str, at: datetime
) -> None:
    rota = rotation(kind=kind, every=every, anchor=anchor, timezone=zone)
    end = at + timedelta(days=10)
    shown = shifts(rota, at, end)
    assert (shown[0].from_at, shown[-1].to_at) == (at, end)
    assert all(earlier.to_at == later.from_at for earlier, later in itertools.pairwise(shown))
    middle = at + timedelta(days=3, hours=1)
    assert [shift.person for shift in shown if shift.from_at <= middle < shift.to_at] == [turn_at(rota, middle).person]


@pytest.mark.parametrize("kind", ["daily", "weekly", "monthly"])
@pytest.mark.parametrize("zone", ZONES)
def test_hand_offs_ten_years_ahead_keep_the_local_clock_time(kind: str, zone: str) -> None:
    rota = rotation(kind=kind, anchor="2026-01-05T09:00", timezone=zone)
    ahead = handoffs(rota, utc("2026-01-01T12:00"), utc("2036-01-01T12:00"))
    assert {to_local(at, zone).strftime("%H:%M") for at in ahead} == {"09:00"}
    assert len(ahead) in {"daily": (3651, 3652), "weekly": (521, 522), "monthly": (120,)}[kind]


@given(INSTANTS, st.integers(1, 400))
def test_hand_offs_of_two_windows_are_those_of_the_whole(at: datetime, hours: int) -> None:
    rota = rotation(kind="daily")
    middle, end = at + timedelta(hours=hours), at + timedelta(days=40)
    assert handoffs(rota, at, middle) + handoffs(rota, middle, end) == handoffs(rota, at, end)


@pytest.mark.parametrize("kind", ["hourly", "daily", "weekly", "monthly"])
def test_shifts_cost_what_they_are_however_long_ago_the_rotation_began(kind: str) -> None:
    rota = rotation(kind=kind, anchor="1970-01-31T09:00", participants=["ana", "borja"])

    def clocks_read(year: int) -> float:
        before = to_utc.cache_info()
        found = shifts(rota, utc(f"{year}-06-01T00:00"), utc(f"{year}-07-01T00:00"))
        after = to_utc.cache_info()
        return (after.hits + after.misses - before.hits - before.misses) / len(found)

    assert clocks_read(2199) <= clocks_read(1971) * 1.5


def test_years_of_absences_are_laid_beside_the_turns_and_not_against_each_of_them() -> None:
    rota = rotation(kind="daily", participants=["ana", "borja"])
    first = utc("2026-01-05T08:00")
    away = [
        Out(first + timedelta(days=n), first + timedelta(days=n, hours=6), "ana", "next") for n in range(0, 3000, 2)
    ]
    began = time.process_time()
    found = shifts(rota, first, first + timedelta(days=3000), away)
    assert time.process_time() - began < 1  # 0.05 s; as a product of the two it was 2 s
    assert [(shift.person, shift.source) for shift in found[:2]] == [
        ("borja", "absence-fill:weekly"),
        ("ana", "rotation:weekly"),
    ]
