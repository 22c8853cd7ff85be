"""What is wrong with the shifts ahead."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.coverage.rungs import rungs_of
from alerting.escalation.schema import EscalationPolicy
from oncall.absence import Out
from oncall.coverage import Doubled, FewWays, Gap, NoRest, Rung, doubled, few_ways, gaps, no_rest
from oncall.pieces import Shift, Span
from oncall.suggestion import LOOK, Candidate, longest_free, participants, who_should_take
from tests.domain.oncall.builders import by_weekday, rotation, schedule, utc, world

START = utc("2026-11-02T00:00")
HOUR = timedelta(hours=1)
WINDOW = Span(START, START + 24 * HOUR)
FIRST = Rung("contingency", frozenset({"a"}))
SECOND = Rung("contingency", frozenset({"b"}))


def shift(person: str, from_hour: int, to_hour: int) -> Shift:
    return Shift(START + from_hour * HOUR, START + to_hour * HOUR, person, "rotation:weekly")


def hours(from_hour: int, to_hour: int) -> Span:
    return Span(START + from_hour * HOUR, START + to_hour * HOUR)


def test_time_in_which_a_step_reaches_nobody_is_a_gap() -> None:
    shifts = {"a": [shift("ana", 2, 20)], "b": [shift("borja", 0, 24)]}
    assert gaps(shifts, [FIRST, SECOND], (), WINDOW) == [Gap(*hours(0, 2), "a"), Gap(*hours(20, 24), "a")]


def test_a_schedule_that_no_policy_names_has_no_gap() -> None:
    assert gaps({"a": []}, [SECOND], (), WINDOW) == []


def test_day_and_night_schedules_of_one_step_fill_each_other() -> None:
    both = Rung("contingency", frozenset({"a", "b"}))
    shifts = {"a": [shift("ana", 8, 20)], "b": [shift("borja", 0, 7), shift("borja", 20, 24)]}
    assert gaps(shifts, [both], (), WINDOW) == [Gap(*hours(7, 8), "a"), Gap(*hours(7, 8), "b")]


def test_a_gap_that_one_policy_fills_and_another_does_not_is_one() -> None:
    both = Rung("contingency", frozenset({"a", "b"}))
    shifts = {"a": [shift("ana", 0, 8)], "b": [shift("borja", 0, 24)]}
    assert gaps(shifts, [both, FIRST], (), WINDOW) == [Gap(*hours(8, 24), "a")]


def test_a_person_of_the_same_step_fills_a_gap_except_while_absent() -> None:
    with_clara = FIRST._replace(people=frozenset({"clara"}))
    away = Out(START + 3 * HOUR, START + 5 * HOUR, "clara", "next")
    assert gaps({"a": []}, [with_clara], (away,), WINDOW) == [Gap(*hours(3, 5), "a")]


PIECES = st.tuples(
    st.sampled_from("abc"), st.sampled_from(["ana", "borja", "carol"]), st.integers(0, 23), st.integers(1, 6)
)
RUNGS = st.lists(
    st.builds(
        Rung,
        st.sampled_from(["p", "q"]),
        st.frozensets(st.sampled_from("abc")),
        named=st.frozensets(st.sampled_from(["ana", "borja"]), max_size=1),
        is_last_resort=st.booleans(),
    ).map(lambda rung: rung._replace(people=rung.named)),
    max_size=5,
)


def shifts_of(pieces: list[tuple[str, str, int, int]]) -> dict[str, list[Shift]]:
    found: dict[str, list[Shift]] = {"a": [], "b": [], "c": []}
    for name, person, at, length in pieces:
        new = shift(person, at, min(at + length, 24))
        if all(new.to_at <= one.from_at or one.to_at <= new.from_at for one in found[name] if one.person == person):
            found[name].append(new)
    return found


@given(st.lists(PIECES, max_size=12), RUNGS, st.integers(0, 23), st.integers(1, 5))
def test_hour_by_hour_a_gap_is_where_some_step_reaches_nobody(
    pieces: list[tuple[str, str, int, int]], rungs: list[Rung], away_at: int, away_for: int
) -> None:
    shifts = shifts_of(pieces)
    out = (Out(START + away_at * HOUR, START + (away_at + away_for) * HOUR, "ana", "next"),)
    found = gaps(shifts, rungs, out, WINDOW)
    for hour in range(24):
        at = START + hour * HOUR
        on = {name: {one.person for one in own if one.from_at <= at < one.to_at} for name, own in shifts.items()}
        present = {"ana", "borja"} - ({"ana"} if away_at <= hour < away_at + away_for else set())
        for name in shifts:
            empty = any(
                name in rung.schedules and not (rung.people & present) and not any(on[one] for one in rung.schedules)
                for rung in rungs
            )
            assert empty == any(gap.schedule == name and gap.from_at <= at < gap.to_at for gap in found)


def test_on_call_in_two_schedules_at_once_is_told_for_the_time_that_they_share() -> None:
    shifts = {"a": [shift("ana", 0, 12)], "b": [shift("ana", 10, 24)]}
    assert doubled(shifts, []) == [Doubled(*hours(10, 12), "ana", ("a", "b"), ())]


def test_where_two_steps_of_a_policy_page_the_same_person_the_policy_is_named() -> None:
    shifts = {"a": [shift("ana", 0, 12)], "b": [shift("ana", 10, 24)]}
    assert doubled(shifts, [FIRST, SECOND])[0].policies == ("contingency",)


def test_a_person_named_by_a_later_step_stands_in_two_places_while_on_call() -> None:
    named = Rung("contingency", frozenset(), frozenset({"ana"}), frozenset({"ana"}))
    shifts = {"a": [shift("ana", 0, 2), shift("borja", 2, 24)]}
    assert doubled(shifts, [FIRST, named]) == [Doubled(*hours(0, 2), "ana", ("a",), ("contingency",))]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Rung("contingency", frozenset(), frozenset({"ana"})), id="a member of a team"),
        pytest.param(Rung("contingency", frozenset({"a"}), is_last_resort=True), id="the last resort"),
        pytest.param(Rung("other", frozenset({"a"})), id="a step of another policy"),
    ],
)
def test_that_is_no_double_booking(other: Rung) -> None:
    assert doubled({"a": [shift("ana", 0, 12)]}, [FIRST, other]) == []


@given(st.lists(PIECES, max_size=12), RUNGS)
def test_hour_by_hour_double_booked_is_whoever_stands_in_two_places(
    pieces: list[tuple[str, str, int, int]], rungs: list[Rung]
) -> None:
    shifts = shifts_of(pieces)
    found = doubled(shifts, rungs)
    for hour in range(24):
        at = START + hour * HOUR
        for person in ("ana", "borja", "carol"):
            on = {name for name, own in shifts.items() for s in own if s.person == person and s.from_at <= at < s.to_at}
            by_policy = [
                [
                    bool(r.schedules & on) or person in r.named
                    for r in rungs
                    if r.policy == policy and not r.is_last_resort
                ]
                for policy in ("p", "q")
                if any(r.schedules & on for r in rungs if r.policy == policy and not r.is_last_resort)
            ]
            wanted = len(on) > 1 or (bool(on) and any(sum(steps) > 1 for steps in by_policy))
            there = [one for one in found if one.person == person and one.from_at <= at < one.to_at]
            assert len(there) == wanted
            assert all(set(one.schedules) == on for one in there)


def test_whoever_has_one_way_alone_is_told_with_their_first_shift() -> None:
    shifts = {"a": [shift("ana", 0, 2), shift("borja", 2, 4)], "b": [shift("carol", 1, 2), shift("borja", 1, 2)]}
    assert few_ways(shifts, {"ana": 2, "borja": 1}) == [
        FewWays(START + HOUR, "borja", "b", 1),
        FewWays(START + HOUR, "carol", "b", 0),
    ]


@pytest.mark.parametrize(
    ("from_hour", "to_hour", "now", "told"),
    [
        pytest.param(0, 24, 6, 6, id="stays on call"),
        pytest.param(10, 24, 6, 10, id="comes back too soon"),
        pytest.param(15, 24, 6, None, id="comes back rested"),
        pytest.param(0, 6, 6, None, id="was relieved"),
        pytest.param(0, 24, 15, None, id="has rested by now"),
    ],
)
def test_a_night_with_pages_wants_rest(from_hour: int, to_hour: int, now: int, told: int | None) -> None:
    pages = [START + HOUR, START + 4 * HOUR]
    found = no_rest({"a": [shift("ana", from_hour, to_hour)]}, {"ana": pages}, START + now * HOUR)
    wanted = [NoRest(START + told * HOUR, START + 15 * HOUR, "ana", "a", 2, pages[-1])] if told is not None else []
    assert found == wanted


def test_the_one_furthest_from_their_own_shifts_takes_it() -> None:
    own = {"ana": [hours(-30, -20)], "borja": [hours(40, 50)], "carol": [hours(-5, 0)]}
    found = who_should_take(hours(2, 10), own, own, (), {})
    assert [one.person for one in found] == ["borja", "ana", "carol"]
    assert found[1] == Candidate("ana", 22 * HOUR, 0.0)


def test_as_far_away_the_lower_burden_and_then_the_id_decide() -> None:
    found = who_should_take(hours(0, 8), ["carol", "borja", "ana"], {}, (), {"ana": 3.0, "borja": 1.0, "carol": 1.0})
    assert [one.person for one in found] == ["borja", "carol", "ana"]


def test_nobody_absent_and_nobody_on_call_is_suggested() -> None:
    out = (Out(START + 7 * HOUR, START + 20 * HOUR, "ana", "next"),)
    own = {"borja": [hours(0, 1)], "carol": [hours(8, 9)]}
    assert [one.person for one in who_should_take(hours(0, 8), ["ana", "borja", "carol"], own, out, {})] == ["carol"]


@given(st.dictionaries(st.sampled_from("abcd"), st.lists(st.integers(-600, 600), max_size=4)), st.integers(1, 200))
def test_whoever_is_suggested_is_free_and_nobody_free_is_further_away(own: dict[str, list[int]], length: int) -> None:
    spans = {person: [hours(at, at + 12) for at in starts] for person, starts in own.items()}
    wanted = hours(0, length)
    found = who_should_take(wanted, "abcd", spans, (), {})

    def distance(person: str) -> timedelta:
        away = [max(one.from_at - wanted.to_at, wanted.from_at - one.to_at) for one in spans.get(person, ())]
        return min([*away, LOOK])

    free = {person for person in "abcd" if distance(person) >= timedelta(0)}
    assert {one.person for one in found} == free
    assert [distance(one.person) for one in found] == sorted((distance(p) for p in free), reverse=True)


def test_of_time_that_nobody_can_take_whole_the_longest_part_is_offered() -> None:
    own = {"ana": [hours(0, 10)], "borja": [hours(4, 6)], "carol": [hours(-5, 40)]}
    out = (Out(START + 14 * HOUR, START + 40 * HOUR, "ana", "next"),)
    assert longest_free(hours(0, 12), own, own, out) == hours(6, 12)
    assert longest_free(hours(0, 12), ["ana", "carol"], own, out) == hours(10, 12)
    assert longest_free(hours(0, 12), ["carol"], own, out) is None


def test_those_who_take_part_know_the_schedule() -> None:
    weekly = rotation(
        participants=["ana", None, "borja", "ana"], changes=[{"from": "2027-01-04T09:00", "participants": ["carol"]}]
    )
    both = schedule("weekly", "by-weekday", "gone")
    assert participants(both, {"weekly": weekly}) == ["ana", "borja", "carol"]
    assert participants(both, {"by-weekday": by_weekday()}) == ["ana", "borja", "carol"]


def test_a_policy_is_read_as_its_steps() -> None:
    policy = EscalationPolicy.model_validate(
        {
            "id": "p",
            "steps": [
                {"notify": [{"schedule": "a"}, {"person": "clara"}, {"pagerduty": "default"}], "wait": "1m"},
                {"notify": [{"round_robin": {"schedule": "b"}}, {"round_robin": ["ana", "gone"]}], "wait": "1m"},
                {"notify": [{"team": "backup"}, {"round_robin": {"team": "backup"}}], "wait": "1m"},
            ],
            "last_resort": {"notify": [{"schedule": "a"}], "every": "5m"},
        }
    )
    team = frozenset({"ana", "borja", "carol"})
    clara = frozenset({"clara"})
    assert rungs_of([policy], world()) == [
        Rung("p", frozenset({"a"}), clara, clara),
        Rung("p", frozenset({"b"}), frozenset({"ana"})),
        Rung("p", frozenset(), team),
        Rung("p", frozenset({"a"}), is_last_resort=True),
    ]
