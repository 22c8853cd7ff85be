"""Requests about shifts: their states, and whose shift it is."""

from __future__ import annotations

from datetime import datetime

import pytest

from oncall.pieces import Span
from oncall.schema import Absence, Override
from oncall.swaps import rules, states
from oncall.swaps.rules import InTheWay, Part
from oncall.swaps.states import SwapEvent, SwapState
from oncall.world import OnCallWorld
from tests.domain.oncall import builders
from tests.domain.oncall.builders import local

NOW = local("2026-11-04T12:00")  # a Wednesday of Borja's week
WEEK = Span(local("2026-11-09T09:00"), local("2026-11-16T09:00"))  # Carol's
NIGHT = Span(local("2026-11-10T18:00"), local("2026-11-11T09:00"))


def world(*absences: Absence, **keys: object) -> OnCallWorld:
    return builders.world(builders.schedule(**keys), absences=absences)


def part(holder: str | None, span: Span = NIGHT) -> Part:
    return Part("primary", holder, span)


def away(person: str, from_at: datetime, to_at: datetime) -> Absence:
    return Absence.model_validate({"person": person, "from": from_at, "to": to_at})


@pytest.mark.parametrize("state", list(SwapState))
@pytest.mark.parametrize("event", list(SwapEvent))
def test_only_what_is_open_can_move_and_everything_ends_it_but_one_of_many_saying_no(
    state: SwapState, event: SwapEvent
) -> None:
    then = states.after(state, event)
    if state is not SwapState.OPEN:
        assert then is None
    elif event is SwapEvent.PASS:
        assert then is SwapState.OPEN
    else:
        assert then in states.ENDED


@pytest.mark.parametrize(
    ("holder", "span", "theirs"),
    [
        ("carol", WEEK, True),
        ("carol", NIGHT, True),
        ("carol", Span(WEEK.from_at, local("2026-11-16T09:01")), False),
        ("ana", NIGHT, False),
        (None, NIGHT, False),
        ("carol", Span(NIGHT.from_at, NIGHT.from_at), False),
    ],
)
def test_a_part_is_somebodys_when_every_instant_of_it_is(holder: str | None, span: Span, theirs: bool) -> None:
    assert rules.holds(part(holder, span), world()) is theirs


def test_a_gap_is_nobodys() -> None:
    gone = Override.model_validate({"kind": "remove", "remove": "carol", "from": NIGHT.from_at, "to": NIGHT.to_at})
    assert rules.holds(part(None), world(overrides=[gone]))


def test_the_taker_is_on_call_for_exactly_the_part_and_nobody_else_moves() -> None:
    laid = rules.override("swap-1", part("carol"), "ana", "carol", "cover")
    assert (laid.kind, laid.remove, laid.add, Span(laid.from_, laid.to)) == ("replace", "carol", "ana", NIGHT)
    assert rules.takes_effect([laid], world())


def test_an_absent_taker_would_not_be_on_call() -> None:
    laid = rules.override("swap-1", part("carol"), "ana", "carol", "cover")
    assert not rules.takes_effect([laid], world(away("ana", NIGHT.from_at, local("2026-11-10T20:00"))))


def test_what_a_temporary_schedule_gives_no_override_can_move() -> None:
    shift = {"person": "carol", "from": NIGHT.from_at, "to": NIGHT.to_at}
    temporary = {"from": NIGHT.from_at, "to": NIGHT.to_at, "shifts": [shift]}
    assert rules.may_move(part("carol"), world())
    assert not rules.may_move(part("carol"), world(temporary_schedules=[temporary]))


def test_an_absence_and_a_shift_elsewhere_are_in_the_way_for_the_time_they_share() -> None:
    until = local("2026-11-10T20:00")
    here = world(away("ana", local("2026-11-01T00:00"), until))
    assert rules.in_the_way("ana", NIGHT, here, ["primary"]) == [InTheWay("absent", Span(NIGHT.from_at, until))]
    assert rules.in_the_way("carol", NIGHT, world(), ["primary"]) == [InTheWay("on_call", NIGHT, "primary")]


def test_what_is_given_in_exchange_is_not_in_the_way() -> None:
    given = part("carol", Span(NIGHT.from_at, local("2026-11-11T08:00")))
    left = Span(local("2026-11-11T08:00"), NIGHT.to_at)
    assert rules.in_the_way("carol", NIGHT, world(), ["primary"], [given]) == [InTheWay("on_call", left, "primary")]


@pytest.mark.parametrize(
    ("span", "sound"),
    [
        (WEEK, True),
        (Span(local("2026-11-04T09:00"), local("2026-11-04T13:00")), True),  # it has begun: the rest
        (Span(local("2026-11-04T09:00"), NOW), False),
        (Span(WEEK.to_at, WEEK.from_at), False),
        (Span(local("2099-01-01T09:00"), local("2099-01-02T09:00")), False),
        (Span(WEEK.from_at, local("2027-02-01T09:00")), False),
    ],
)
def test_asked_is_for_what_is_to_come_within_a_year(span: Span, sound: bool) -> None:
    assert rules.is_sound(span, NOW) is sound


def test_those_asked_are_who_has_shifts_there_and_is_known() -> None:
    assert rules.members(world().schedules["primary"], world(), NOW) == ["ana", "borja", "carol"]
