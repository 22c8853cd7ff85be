"""What a schedule shows: layers, restrictions, overrides, temporary schedules and absences, laid over each other."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.pieces import Shift, Span
from oncall.resolve import who_is_on_call
from oncall.schedule import final_shifts, gaps, pieces
from oncall.schema import Absence, Rotation, Schedule, StandingOverride, StandingTemporary, with_standing
from oncall.walltime import to_local
from tests.domain.oncall.builders import MADRID, absence, by_weekday, local, madrid, rotation, schedule, utc

WEEKLY = rotation()
NIGHTS = rotation(id="nights", kind="daily", anchor="2026-01-05T18:00", participants=["borja", "carol"])
ROTATIONS = {"weekly": WEEKLY, "nights": NIGHTS, "by-weekday": by_weekday()}
CALENDARS = {"madrid": madrid()}
MONDAY, NEXT_MONDAY = "2026-01-05T09:00", "2026-01-12T09:00"


def shown(
    plan: Schedule, from_: str, to: str, absences: Sequence[Absence] = (), rotations: dict[str, Rotation] = ROTATIONS
) -> list[tuple[str, str, str]]:
    """(from on the wall in Madrid, person, source) of each shift."""
    return [
        (_wall(shift.from_at), shift.person, shift.source)
        for shift in final_shifts(plan, rotations, absences, local(from_), local(to), CALENDARS)
    ]


def holes(plan: Schedule, from_: str, to: str, absences: Sequence[Absence] = ()) -> list[tuple[str, str]]:
    found = gaps(plan, ROTATIONS, absences, local(from_), local(to), CALENDARS)
    return [(_wall(gap.from_at), _wall(gap.to_at)) for gap in found]


def _wall(at: datetime) -> str:
    return f"{to_local(at, MADRID):%m-%d %H:%M}"


def test_shifts_are_clipped_to_the_window() -> None:
    window = local("2026-01-06T00:00"), local("2026-01-13T00:00")
    assert final_shifts(schedule(), ROTATIONS, (), *window) == (
        Shift(window[0], local(NEXT_MONDAY), "ana", "rotation:weekly"),
        Shift(local(NEXT_MONDAY), window[1], "borja", "rotation:weekly"),
    )


def test_turns_of_the_same_person_are_one_shift() -> None:
    alone = {"weekly": rotation(participants=["ana"])}
    assert shown(schedule(), "2026-01-01T00:00", "2026-03-01T00:00", rotations=alone) == [
        ("01-01 00:00", "ana", "rotation:weekly")
    ]


def test_a_later_layer_covers_an_earlier_one_and_shows_it_through_its_gaps() -> None:
    plan = schedule("weekly", {"rotation": "nights", "restrictions": [{"from": "18:00", "to": "09:00"}]})
    assert shown(plan, "2026-01-05T12:00", "2026-01-07T12:00") == [
        ("01-05 12:00", "ana", "rotation:weekly"),
        ("01-05 18:00", "borja", "rotation:nights"),
        ("01-06 09:00", "ana", "rotation:weekly"),
        ("01-06 18:00", "carol", "rotation:nights"),
        ("01-07 09:00", "ana", "rotation:weekly"),
    ]


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    plan = schedule({"rotation": "weekly", "restrictions": [{"days": ["mon"], "from": "18:00", "to": "09:00"}]})
    assert holes(plan, "2026-01-05T00:00", "2026-01-07T00:00") == [
        ("01-05 00:00", "01-05 18:00"),
        ("01-06 09:00", "01-07 00:00"),
    ]


def test_a_restriction_that_ends_when_it_begins_lasts_a_whole_day() -> None:
    plan = schedule({"rotation": "weekly", "restrictions": [{"days": ["tue"], "from": "09:00", "to": "09:00"}]})
    assert holes(plan, "2026-01-06T00:00", "2026-01-08T00:00") == [
        ("01-06 00:00", "01-06 09:00"),
        ("01-07 09:00", "01-08 00:00"),
    ]


def test_a_weekend_can_be_one_span_from_friday_evening_to_monday_morning() -> None:
    weekend = {"days": ["fri"], "from": "18:00", "to": "09:00", "to_day": "mon"}
    plan = schedule({"rotation": "weekly", "restrictions": [weekend]})
    assert holes(plan, "2026-01-05T00:00", "2026-01-16T18:00") == [
        ("01-05 09:00", "01-09 18:00"),
        ("01-12 09:00", "01-16 18:00"),
    ]


def test_a_span_to_the_same_weekday_lasts_a_week_when_it_ends_before_it_begins() -> None:
    week = {"days": ["mon"], "from": "09:00", "to": "08:00", "to_day": "mon"}
    plan = schedule({"rotation": "weekly", "restrictions": [week]})
    assert holes(plan, MONDAY, "2026-01-19T09:00") == [("01-12 08:00", "01-12 09:00"), ("01-19 08:00", "01-19 09:00")]


def test_several_restrictions_are_a_union() -> None:
    mornings, overlapping = {"from": "08:00", "to": "12:00"}, {"from": "10:00", "to": "14:00"}
    plan = schedule({"rotation": "weekly", "restrictions": [mornings, overlapping]})
    assert shown(plan, "2026-01-06T00:00", "2026-01-07T00:00") == [("01-06 08:00", "ana", "rotation:weekly")]
    assert holes(plan, "2026-01-06T00:00", "2026-01-07T00:00")[0] == ("01-06 00:00", "01-06 08:00")
    assert holes(plan, "2026-01-06T00:00", "2026-01-07T00:00")[1] == ("01-06 14:00", "01-07 00:00")


def test_holidays_and_closed_dates_of_a_calendar_can_have_people_of_their_own() -> None:
    layer = {"rotation": "nights", "restrictions": [{"holidays_of": "madrid", "from": "00:00", "to": "24:00"}]}
    plan = schedule("weekly", layer)
    assert [row for row in shown(plan, "2026-05-13T00:00", "2026-05-18T00:00") if row[2] == "rotation:nights"] == [
        ("05-15 00:00", "carol", "rotation:nights"),
        ("05-15 18:00", "borja", "rotation:nights"),
    ]


def test_a_restriction_keeps_its_hours_on_the_night_the_clocks_change() -> None:
    plan = schedule({"rotation": "weekly", "restrictions": [{"from": "22:00", "to": "06:00"}]})
    for night, hours in (("2026-03-28", 7), ("2026-10-24", 9), ("2026-06-06", 8)):
        found = final_shifts(plan, ROTATIONS, (), local(f"{night}T12:00"), local(f"{night}T12:00") + timedelta(days=1))
        assert [shift.to_at - shift.from_at for shift in found] == [timedelta(hours=hours)]


def test_a_shadow_layer_puts_nobody_on_call_and_fills_no_gap() -> None:
    plan = schedule({"rotation": "weekly", "mode": "shadow"})
    assert shown(plan, MONDAY, NEXT_MONDAY) == []
    assert holes(plan, MONDAY, NEXT_MONDAY) == [("01-05 09:00", "01-12 09:00")]


def test_an_added_person_is_on_besides_whoever_is() -> None:
    launch = {"kind": "add", "add": "carol", "from": "2026-01-06T09:00", "to": "2026-01-06T21:00"}
    assert shown(schedule(overrides=[launch]), MONDAY, NEXT_MONDAY) == [
        ("01-05 09:00", "ana", "rotation:weekly"),
        ("01-06 09:00", "carol", "override:1"),
    ]


def test_a_removed_person_leaves_a_gap_that_no_lower_layer_fills() -> None:
    exam = {"kind": "remove", "remove": "ana", "from": "2026-01-06T18:00", "to": "2026-01-07T09:00"}
    plan = schedule("nights", "weekly", overrides=[exam])
    assert holes(plan, MONDAY, NEXT_MONDAY) == [("01-06 18:00", "01-07 09:00")]


def test_a_replacement_takes_exactly_the_time_that_the_other_had() -> None:
    xmas = {
        "id": "xmas",
        "kind": "replace",
        "remove": "ana",
        "add": "carol",
        "from": "2026-01-11T00:00",
        "to": "2026-01-13T00:00",
    }
    assert shown(schedule(overrides=[xmas]), MONDAY, "2026-01-14T00:00") == [
        ("01-05 09:00", "ana", "rotation:weekly"),
        ("01-11 00:00", "carol", "override:xmas"),
        ("01-12 09:00", "borja", "rotation:weekly"),
    ]


def test_a_replacement_of_somebody_who_is_not_on_changes_nothing() -> None:
    idle = {"kind": "replace", "remove": "borja", "add": "carol", "from": "2026-01-06T00:00", "to": "2026-01-07T00:00"}
    assert shown(schedule(overrides=[idle]), MONDAY, NEXT_MONDAY) == shown(schedule(), MONDAY, NEXT_MONDAY)


def test_a_later_override_acts_on_what_the_earlier_ones_left() -> None:
    span = {"from": "2026-01-06T00:00", "to": "2026-01-07T00:00"}
    first = {"kind": "replace", "remove": "ana", "add": "borja", **span}
    second = {"kind": "replace", "remove": "borja", "add": "carol", **span}
    assert ("01-06 00:00", "carol", "override:2") in shown(schedule(overrides=[first, second]), MONDAY, NEXT_MONDAY)


def test_a_person_who_is_on_by_two_causes_is_shown_once_by_the_stronger() -> None:
    add = {"id": "launch", "kind": "add", "add": "ana", "from": "2026-01-06T09:00", "to": "2026-01-06T21:00"}
    assert shown(schedule(overrides=[add]), MONDAY, NEXT_MONDAY) == [
        ("01-05 09:00", "ana", "rotation:weekly"),
        ("01-06 09:00", "ana", "override:launch"),
        ("01-06 21:00", "ana", "rotation:weekly"),
    ]


MIGRATION = {
    "id": "migration",
    "from": "2026-01-06T18:00",
    "to": "2026-01-08T09:00",
    "shifts": [{"person": "carol", "from": "2026-01-06T12:00", "to": "2026-01-07T09:00"}],
}


def test_a_temporary_schedule_replaces_layers_and_overrides_in_its_span() -> None:
    add = {"kind": "add", "add": "borja", "from": "2026-01-06T00:00", "to": "2026-01-07T00:00"}
    assert shown(
        schedule(overrides=[add], temporary_schedules=[MIGRATION]), "2026-01-06T17:00", "2026-01-08T10:00"
    ) == [
        ("01-06 17:00", "ana", "rotation:weekly"),
        ("01-06 17:00", "borja", "override:1"),
        ("01-06 18:00", "carol", "temporary:migration"),
        ("01-07 09:00", "ana", "rotation:weekly"),
    ]


def test_the_gaps_of_a_temporary_schedule_can_stay_empty() -> None:
    plan = schedule(temporary_schedules=[MIGRATION | {"gaps": "empty"}])
    assert holes(plan, MONDAY, NEXT_MONDAY) == [("01-07 09:00", "01-08 09:00")]


@pytest.mark.parametrize(
    ("fill", "expected"), [("next", [("01-06 00:00", "borja", "absence-fill:weekly")]), ("nobody", [])]
)
def test_the_turns_of_an_absent_person_go_to_the_next_or_to_nobody(fill: str, expected: list[object]) -> None:
    away = [absence("ana", "2026-01-06T00:00", "2026-01-08T00:00", fill=fill)]
    assert shown(schedule(), MONDAY, NEXT_MONDAY, away) == [
        ("01-05 09:00", "ana", "rotation:weekly"),
        *expected,
        ("01-08 00:00", "ana", "rotation:weekly"),
    ]


def test_an_absence_that_nobody_fills_shows_the_layer_below() -> None:
    away = [absence("ana", "2026-01-06T00:00", "2026-01-06T12:00", fill="nobody")]
    assert ("01-06 00:00", "borja", "rotation:nights") in shown(schedule("nights", "weekly"), MONDAY, NEXT_MONDAY, away)


def test_an_absent_person_is_on_by_no_override_and_no_temporary_schedule() -> None:
    away = [absence("carol", "2026-01-01T00:00", "2026-02-01T00:00")]
    add = {"kind": "add", "add": "carol", "from": "2026-01-05T09:00", "to": "2026-01-12T09:00"}
    plan = schedule(overrides=[add], temporary_schedules=[MIGRATION])
    assert shown(plan, MONDAY, NEXT_MONDAY, away) == [("01-05 09:00", "ana", "rotation:weekly")]


def test_a_replacement_who_is_absent_leaves_a_gap_to_be_seen() -> None:
    away = [absence("carol", "2026-01-06T12:00", "2026-01-07T00:00")]
    swap = {"kind": "replace", "remove": "ana", "add": "carol", "from": "2026-01-06T00:00", "to": "2026-01-08T00:00"}
    assert holes(schedule(overrides=[swap]), MONDAY, NEXT_MONDAY, away) == [("01-06 12:00", "01-07 00:00")]


def test_a_span_over_the_hour_that_happens_twice_covers_both() -> None:
    add = {"kind": "add", "add": "borja", "from": "2026-10-25T02:00", "to": "2026-10-25T02:30"}
    night = final_shifts(schedule(overrides=[add]), ROTATIONS, (), utc("2026-10-24T20:00"), utc("2026-10-25T06:00"))
    assert [(shift.from_at, shift.to_at) for shift in night if shift.person == "borja"] == [
        (utc("2026-10-25T00:00"), utc("2026-10-25T01:30"))
    ]


def test_a_rotation_that_is_not_there_is_a_hole_and_no_error() -> None:
    assert shown(schedule("archived"), MONDAY, NEXT_MONDAY) == []


TIMES = st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-12-31")).map(
    lambda at: at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)
)
PEOPLE = st.sampled_from(["ana", "borja", "carol"])
CLOCKS = st.sampled_from(["00:00", "02:30", "09:00", "18:00"])
DAYS = st.sampled_from(["mon", "wed", "fri", "sun"])


@st.composite
def spans(draw: st.DrawFn) -> dict[str, object]:
    start = draw(TIMES)
    end = start + draw(st.timedeltas(timedelta(hours=1), timedelta(days=20)))
    return {"from": start.isoformat(), "to": end.replace(second=0, microsecond=0).isoformat()}


@st.composite
def overrides(draw: st.DrawFn) -> dict[str, object]:
    kind = draw(st.sampled_from(["add", "remove", "replace"]))
    people = {key: draw(PEOPLE) for key in ("add", "remove") if kind in (key, "replace")}
    return {"kind": kind, **people, **draw(spans())}


@st.composite
def layers(draw: st.DrawFn) -> dict[str, object]:
    restrictions = st.fixed_dictionaries({"from": CLOCKS, "to": CLOCKS}, optional={"days": st.lists(DAYS, min_size=1)})
    return {
        "rotation": draw(st.sampled_from(sorted(ROTATIONS))),
        "restrictions": draw(st.lists(restrictions, max_size=2)),
        "mode": draw(st.sampled_from(["page", "page", "shadow"])),
    }


@st.composite
def temporaries(draw: st.DrawFn) -> dict[str, object]:
    shifts = draw(st.lists(spans(), max_size=2))
    return {
        "gaps": draw(st.sampled_from(["layers", "empty"])),
        "shifts": [{"person": draw(PEOPLE), **shift} for shift in shifts],
        **draw(spans()),
    }


@st.composite
def absences(draw: st.DrawFn) -> Absence:
    fill = draw(st.sampled_from(["next", "nobody"]))
    return Absence.model_validate({"person": draw(PEOPLE), "fill": fill, **draw(spans())})


PLANS = st.builds(
    lambda stack, laid, temporary: schedule(*stack, overrides=laid, temporary_schedules=temporary),
    st.lists(layers(), min_size=1, max_size=3),
    st.lists(overrides(), max_size=4),
    st.lists(temporaries(), max_size=2),
)
INSTANTS = TIMES.map(lambda at: at.replace(tzinfo=UTC))


@given(PLANS, st.lists(absences(), max_size=2), INSTANTS, st.integers(1, 60), st.integers(0, 59 * 24))
def test_what_the_preview_shows_at_an_instant_is_who_is_paged_then(
    plan: Schedule, away: list[Absence], start: datetime, days: int, hours: int
) -> None:
    end = start + timedelta(days=days)
    at = start + timedelta(hours=hours) % (end - start)
    window = final_shifts(plan, ROTATIONS, away, start, end, CALENDARS)
    previewed = sorted((one.person, one.source) for one in window if one.from_at <= at < one.to_at)
    paged = who_is_on_call(plan, ROTATIONS, away, at, CALENDARS)
    assert previewed == sorted((one.person_id, f"{one.reason.kind}:{one.reason.id}") for one in paged)


@given(PLANS, st.lists(absences(), max_size=2), INSTANTS, st.integers(1, 60))
def test_shifts_and_gaps_together_are_the_window_and_no_person_is_on_twice(
    plan: Schedule, away: list[Absence], start: datetime, days: int
) -> None:
    end = start + timedelta(days=days)
    window = final_shifts(plan, ROTATIONS, away, start, end, CALENDARS)
    assert list(window) == sorted(window, key=lambda shift: (shift.from_at, shift.person))
    for name in ("ana", "borja", "carol"):
        own = [shift for shift in window if shift.person == name]
        assert all(earlier.to_at <= later.from_at for earlier, later in pairwise(own))
        assert not any(one.to_at == two.from_at and one.source == two.source for one, two in pairwise(own))
    edges = sorted({start, end, *(edge for shift in window for edge in shift[:2])})
    holes_found = gaps(plan, ROTATIONS, away, start, end, CALENDARS)
    for at, _ in pairwise(edges):
        on = any(shift.from_at <= at < shift.to_at for shift in window)
        assert on != any(gap.from_at <= at < gap.to_at for gap in holes_found)


@given(st.sampled_from(["weekly", "nights"]), INSTANTS)
def test_exactly_one_person_is_on_call_at_every_instant_of_a_layer_without_gaps(name: str, at: datetime) -> None:
    assert len(who_is_on_call(schedule(name), ROTATIONS, (), at)) == 1


def test_overrides_and_temporary_schedules_beside_the_schedule_are_laid_on_its_own_in_their_order() -> None:
    keys = {"schedule": "primary", "from": "2026-01-06T00:00", "to": "2026-01-07T00:00"}
    own = {"kind": "replace", "remove": "ana", "add": "borja", "from": "2026-01-06T00:00", "to": "2026-01-08T00:00"}
    swap = StandingOverride.model_validate(keys | {"id": "swap", "kind": "replace", "remove": "borja", "add": "carol"})
    other = swap.model_copy(update={"id": "other", "schedule": "secondary"})
    week = StandingTemporary.model_validate(
        {"id": "fair", "schedule": "primary", "from": "2026-01-07T00:00", "to": "2026-01-07T12:00", "gaps": "empty"}
    )
    plan = with_standing(schedule(overrides=[own]), [other, swap], [week])
    assert shown(plan, "2026-01-06T00:00", "2026-01-08T00:00") == [
        ("01-06 00:00", "carol", "override:swap"),
        ("01-07 12:00", "borja", "override:1"),
    ]
    assert with_standing(schedule(), [other], []) == schedule()


def test_overrides_that_overlap_each_other_in_a_chain_are_laid_on_in_their_order() -> None:
    chain = [
        {"kind": "replace", "remove": "ana", "add": "borja", "from": "2026-01-06T00:00", "to": "2026-01-07T00:00"},
        {"kind": "add", "add": "carol", "from": "2026-01-08T00:00", "to": "2026-01-08T12:00"},
        {"kind": "replace", "remove": "borja", "add": "carol", "from": "2026-01-06T12:00", "to": "2026-01-07T12:00"},
    ]
    assert shown(schedule(overrides=chain), MONDAY, NEXT_MONDAY) == [
        ("01-05 09:00", "ana", "rotation:weekly"),
        ("01-06 00:00", "borja", "override:1"),
        ("01-06 12:00", "carol", "override:3"),
        ("01-07 00:00", "ana", "rotation:weekly"),
        ("01-08 00:00", "carol", "override:2"),
    ]


def test_a_turn_that_an_override_lies_on_stays_one_piece_on_either_side() -> None:
    launch = {"kind": "add", "add": "carol", "from": "2026-01-06T09:00", "to": "2026-01-06T21:00"}
    window = Span(local(MONDAY), local(NEXT_MONDAY))
    found = pieces(schedule(overrides=[launch]), ROTATIONS, (), window)
    assert [(piece.person, piece.from_at, piece.to_at) for piece in found if piece.person == "ana"] == [
        ("ana", *window)
    ]


def test_thousands_of_overrides_in_a_year_of_hourly_turns_are_no_product_of_the_two() -> None:
    hourly = {"weekly": rotation(kind="hourly")}
    first = datetime.fromisoformat("2026-01-05T09:00")
    laid = [
        {
            "kind": "replace",
            "remove": "ana",
            "add": "dora",
            "from": f"{at:%FT%R}",
            "to": f"{at + timedelta(hours=2):%FT%R}",
        }
        for at in (first + timedelta(hours=6 * n) for n in range(1000))
    ]
    plan = schedule(overrides=laid)
    began = time.process_time()
    found = final_shifts(plan, hourly, (), local("2026-01-05T09:00"), local("2026-09-01T00:00"))
    assert time.process_time() - began < 1.5  # 0.1 s; as their product it was 12 s
    assert sum(shift.person == "dora" for shift in found) == 955  # one in each six hours of the window


def test_what_is_remembered_of_a_schedule_is_forgotten_where_it_is_changed() -> None:
    """A copy with other overrides, or a rotation of other people, is asked after the original has answered."""
    at = local("2026-01-06T12:00")
    swap = {"kind": "replace", "remove": "ana", "add": "carol", "from": "2026-01-06T00:00", "to": "2026-01-07T00:00"}
    plan, swapped = schedule(), schedule(overrides=[swap])
    assert [one.person_id for one in who_is_on_call(plan, ROTATIONS, (), at)] == ["ana"]
    copied = plan.model_copy(update={"overrides": swapped.overrides})
    assert [one.person_id for one in who_is_on_call(copied, ROTATIONS, (), at)] == ["carol"]
    others = {"weekly": WEEKLY.model_copy(update={"participants": ("borja",)})}
    assert [one.person_id for one in who_is_on_call(plan, others, (), at)] == ["borja"]
