"""The final shifts against a walk over the minutes by the words of the contract, on the nights when clocks jump."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.rotation import handoffs, turn_at
from oncall.schedule import final_shifts, gaps
from oncall.schema import WEEKDAYS, Absence, Rotation, Schedule
from tests.domain.oncall import naive
from tests.domain.oncall.builders import rotation, schedule

NIGHTS = [
    ("Europe/Madrid", "2026-03-29"),
    ("Europe/Madrid", "2026-10-25"),
    ("Europe/Madrid", "2036-10-26"),
    ("Atlantic/Canary", "2026-03-29"),
    ("Atlantic/Canary", "2026-10-25"),
    ("America/Santiago", "2026-09-06"),  # midnight is skipped
    ("America/Santiago", "2026-04-05"),  # the hour before midnight comes twice
    ("America/Havana", "2026-03-08"),  # midnight is skipped
    ("America/Havana", "2026-11-01"),  # the hour after midnight comes twice
    ("Australia/Lord_Howe", "2026-10-04"),  # half an hour is skipped
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Asia/Kathmandu", "2026-03-29"),  # no change, 5 h 45 min from UTC
    ("America/Chicago", "2026-03-08"),
    ("America/Chicago", "2026-11-01"),
]
MINUTE, QUARTER = timedelta(minutes=1), timedelta(minutes=15)
Shown = list[tuple[datetime, datetime, str, str]]


def at(day: str, clock: str, days: int = 0) -> str:
    return (datetime.fromisoformat(f"{day}T{clock}") + timedelta(days=days)).isoformat()


def noon(day: str, days: int) -> datetime:
    return datetime.combine(datetime.fromisoformat(day) + timedelta(days=days), time(12), UTC)


def rotations_of(zone: str, day: str) -> dict[str, Rotation]:
    """Weekly, daily at the very hours that are skipped or repeated, 12 hours each, hour by hour, by weekday, monthly on
    the 31st, four days on and three off; changed and paused on the night itself."""
    people = ["ana", "borja", "carol"]
    four_on_three_off = ["ana"] * 4 + [None] * 3 + ["borja"] * 4 + [None] * 3
    week = dict(zip(WEEKDAYS, [*people, *people, None], strict=True))
    change = {"from": at(day, "02:15"), "participants": ["carol", "borja"], "first": "borja"}
    pause = {"person": "borja", "from": at(day, "00:30"), "to": at(day, "02:30"), "fill": "next"}
    rotas = [
        rotation(id="weekly", anchor="2025-12-29T09:00", timezone=zone),
        rotation(id="midnight", kind="daily", anchor="2026-01-05T00:00", timezone=zone, pauses=[pause]),
        rotation(id="half-past-two", kind="daily", anchor="2026-01-05T02:30", timezone=zone, changes=[change]),
        rotation(id="halves", kind="hourly", every=12, anchor="2026-01-05T01:30", timezone=zone),
        rotation(id="hours", kind="hourly", anchor="2026-01-05T00:20", timezone=zone, participants=[*people, None]),
        rotation(
            id="four-three", kind="daily", anchor="2026-01-05T02:00", timezone=zone, participants=four_on_three_off
        ),
        rotation(id="monthly", kind="monthly", anchor="2026-01-31T00:30", timezone=zone),
        Rotation.model_validate(
            {"id": "by-weekday", "kind": "weekdays", "handoff": "00:15", "timezone": zone, "days": week}
        ),
    ]
    return {one.id: one for one in rotas}


def shown(plan: Schedule, rotas: Mapping[str, Rotation], away: Sequence[Absence], *window: datetime) -> Shown:
    return [tuple(shift) for shift in final_shifts(plan, rotas, away, *window)]  # type: ignore[misc]  # four fields


@pytest.mark.parametrize(("zone", "day"), NIGHTS)
def test_every_rotation_has_the_person_of_the_contract_at_every_minute_of_the_night(zone: str, day: str) -> None:
    rotas = rotations_of(zone, day)
    window = noon(day, -1), noon(day, 0)
    for name in rotas:
        plan = schedule(name, timezone=zone)
        assert shown(plan, rotas, (), *window) == naive.walk(plan, rotas, (), *window, MINUTE * 5), name


@pytest.mark.parametrize(("zone", "day"), NIGHTS)
def test_everything_laid_over_each_other_is_at_every_minute_what_the_contract_says(zone: str, day: str) -> None:
    rotas = rotations_of(zone, day)
    plan = Schedule.model_validate(
        {
            "id": "all",
            "timezone": zone,
            "layers": [
                {"rotation": "halves", "restrictions": [{"from": "01:30", "to": "23:31"}]},
                {
                    "rotation": "midnight",
                    "restrictions": [{"from": "22:07", "to": "02:17"}, {"from": "02:17", "to": "02:41"}],
                },
                {"rotation": "hours", "restrictions": [{"from": "00:11", "to": "01:23"}]},
                {"rotation": "weekly", "mode": "shadow"},
            ],
            "overrides": [
                {"kind": "replace", "remove": "ana", "add": "dora", "from": at(day, "00:05"), "to": at(day, "02:35")},
                {"kind": "add", "add": "emil", "from": at(day, "01:13"), "to": at(day, "01:59")},
                {"kind": "remove", "remove": "carol", "from": at(day, "02:29"), "to": at(day, "03:03")},
            ],
            "temporary_schedules": [
                {
                    "id": "storm",
                    "from": at(day, "23:10", -1),
                    "to": at(day, "00:40"),
                    "shifts": [{"person": "fran", "from": at(day, "23:20", -1), "to": at(day, "00:20")}],
                }
            ],
        }
    )
    away = [
        Absence.model_validate({"person": "ana", "from": at(day, "01:45"), "to": at(day, "02:05"), "timezone": zone}),
        Absence.model_validate({"person": "emil", "from": at(day, "01:30"), "to": at(day, "01:40"), "timezone": "UTC"}),
    ]
    window = noon(day, -1), noon(day, 0)
    assert shown(plan, rotas, away, *window) == naive.walk(plan, rotas, away, *window)


ZONES = sorted({zone for zone, _ in NIGHTS})
PEOPLE = st.sampled_from(["ana", "borja", "carol", "dora"])
FILLS = st.sampled_from(["next", "nobody"])
EDGES = st.integers(0, 4 * 24 * 3 - 1)  # quarters of an hour from the local midnight before the night


@st.composite
def spans(draw: st.DrawFn, day: str) -> dict[str, object]:
    first, last = sorted((draw(EDGES), draw(EDGES)))
    midnight = datetime.fromisoformat(f"{day}T00:00") - timedelta(days=1)
    return {"from": (midnight + first * QUARTER).isoformat(), "to": (midnight + (last + 1) * QUARTER).isoformat()}


@st.composite
def rotations(draw: st.DrawFn, name: str, zone: str, day: str) -> Rotation:
    kind = draw(st.sampled_from(["hourly", "daily", "weekly", "monthly"]))
    anchor = datetime.fromisoformat("2026-01-31T00:00") + draw(st.integers(0, 4 * 24)) * QUARTER
    turns = st.lists(st.one_of(PEOPLE, PEOPLE, st.none()), min_size=1, max_size=5)
    froms = draw(st.lists(spans(day), max_size=2, unique_by=lambda span: span["from"]))
    return rotation(
        id=name,
        kind=kind,
        every=draw(st.sampled_from([1, 1, 2, 12])),
        anchor=anchor.isoformat(),
        timezone=zone,
        participants=draw(turns),
        changes=[{"from": span["from"], "participants": draw(turns)} for span in froms],
        pauses=[{"person": draw(PEOPLE), "fill": draw(FILLS), **draw(spans(day))}] if draw(st.booleans()) else [],
    )


@st.composite
def overrides(draw: st.DrawFn, day: str) -> dict[str, object]:
    kind = draw(st.sampled_from(["add", "remove", "replace"]))
    people = {key: draw(PEOPLE) for key in ("add", "remove") if kind in (key, "replace")}
    return {"kind": kind, **people, **draw(spans(day))}


@st.composite
def layers(draw: st.DrawFn) -> dict[str, object]:
    clocks = st.integers(0, 4 * 24 - 1).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")
    days = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=5)
    daily = st.fixed_dictionaries({"from": clocks, "to": clocks}, optional={"days": days})
    long = st.fixed_dictionaries({"from": clocks, "to": clocks, "days": days, "to_day": st.sampled_from(WEEKDAYS)})
    return {
        "rotation": draw(st.sampled_from("abc")),
        "restrictions": draw(st.lists(st.one_of(daily, long), max_size=2)),
        "mode": draw(st.sampled_from(["page", "page", "page", "shadow"])),
    }


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Schedule, dict[str, Rotation], list[Absence], str]:
    """The schedule, its rotations in zones of their own, absences, and the day of the night."""
    zone, day = draw(st.sampled_from(NIGHTS))
    rotas = {name: draw(rotations(name, draw(st.sampled_from([zone, zone, *ZONES])), day)) for name in "abc"}
    temporary = {
        "gaps": draw(st.sampled_from(["layers", "empty"])),
        "shifts": [{"person": draw(PEOPLE), **draw(spans(day))} for _ in range(draw(st.integers(0, 2)))],
        **draw(spans(day)),
    }
    plan = Schedule.model_validate(
        {
            "id": "plan",
            "timezone": zone,
            "layers": draw(st.lists(layers(), min_size=1, max_size=3)),
            "overrides": draw(st.lists(overrides(day), max_size=3)),
            "temporary_schedules": [temporary] if draw(st.booleans()) else [],
        }
    )
    people = draw(st.lists(PEOPLE, max_size=2, unique=True))
    away = [
        Absence.model_validate(
            {"person": one, "fill": draw(FILLS), "timezone": draw(st.sampled_from(ZONES)), **draw(spans(day))}
        )
        for one in people
    ]
    return plan, rotas, away, day


@given(worlds())
@settings(max_examples=60, deadline=None)
def test_whatever_a_file_says_the_shifts_are_those_of_a_walk_over_the_clock(
    world: tuple[Schedule, dict[str, Rotation], list[Absence], str],
) -> None:
    plan, rotas, away, day = world
    window = noon(day, -1), noon(day, 1)
    found = shown(plan, rotas, away, *window)
    assert found == naive.walk(plan, rotas, away, *window, QUARTER)
    edges = sorted({*window, *(edge for shift in found for edge in shift[:2])})
    holes = gaps(plan, rotas, away, *window)
    for moment, _ in pairwise(edges):
        covered = any(shift[0] <= moment < shift[1] for shift in found)
        assert covered != any(hole.from_at <= moment < hole.to_at for hole in holes)


@given(st.sampled_from(NIGHTS).flatmap(lambda night: rotations("a", *night)), st.sampled_from(NIGHTS))
@settings(max_examples=60, deadline=None)
def test_hand_offs_always_go_forward_and_each_begins_a_turn(one: Rotation, night: tuple[str, str]) -> None:
    found = handoffs(one, noon(night[1], -2), noon(night[1], 3))
    assert all(earlier < later for earlier, later in pairwise(found))
    assert all(turn_at(one, moment).from_at == moment for moment in found)
