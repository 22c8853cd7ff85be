"""What a change of the rota would do, before it is made."""

from __future__ import annotations

from datetime import timedelta

from alerting.rota import proposal
from alerting.rota.proposal import Effects
from oncall.pieces import Span
from oncall.schema import Absence, StandingChange, StandingOverride, with_changes
from oncall.world import OnCallWorld
from tests.domain.oncall.builders import absence, local, rotation, schedule, world

PRIMARY = schedule("weekly")
SECONDARY = schedule("second", id="secondary")
ROTATIONS = (rotation(), rotation(id="second", participants=["borja", "carol", "ana"]))
BEFORE = world(PRIMARY, SECONDARY, rotations=ROTATIONS)
WEEK = Span(local("2026-01-05T09:00"), local("2026-01-12T09:00"))
DAY = {"from": "2026-01-06T09:00", "to": "2026-01-07T09:00"}


def override(**keys: object) -> StandingOverride:
    return StandingOverride.model_validate({"id": "x", "schedule": "primary", **DAY, **keys})


def changed(after: OnCallWorld, *schedules: str, window: Span = WEEK) -> Effects:
    return proposal.effects(BEFORE, after, window, schedules or ("primary", "secondary"))


def test_a_replacement_shows_before_and_after_and_who_would_be_on_twice() -> None:
    found = changed(proposal.with_override(BEFORE, override(kind="replace", remove="ana", add="borja")))
    (effect,) = found.schedules
    assert [shift.person for shift in effect.before] == ["ana"]
    assert [shift.person for shift in effect.after] == ["ana", "borja", "ana"]
    assert effect.new_gaps == ()
    day = Span(local(DAY["from"]), local(DAY["to"]))
    assert found.doubled == (proposal.Doubled("borja", ("primary", "secondary"), (day,)),)


def test_a_removal_opens_a_gap_and_an_addition_closes_it() -> None:
    opened = proposal.with_override(BEFORE, override(kind="remove", remove="ana"))
    (effect,) = changed(opened).schedules
    assert effect.new_gaps == (Span(local(DAY["from"]), local(DAY["to"])),)
    closed = proposal.with_override(opened, override(id="y", kind="add", add="carol"))
    (effect,) = proposal.effects(opened, closed, WEEK, ["primary"]).schedules
    assert (effect.new_gaps, len(effect.closed_gaps)) == ((), 1)


def test_what_changes_nothing_has_no_effect() -> None:
    assert changed(proposal.with_override(BEFORE, override(kind="replace", remove="carol", add="ana"))).schedules == ()


def test_an_absence_counts_on_every_schedule_and_ending_it_is_its_reverse() -> None:
    ill: Absence = absence("borja", "2026-01-05T09:00", "2026-01-19T09:00", id="ill")
    away = proposal.with_absence(BEFORE, ill)
    fortnight = Span(WEEK.from_at, WEEK.to_at + timedelta(days=7))
    assert proposal.naming(BEFORE, "borja") == ["primary", "secondary"]
    assert [one.schedule for one in changed(away, window=fortnight).schedules] == ["primary", "secondary"]
    assert proposal.without_absence(away, "ill") == BEFORE


def test_ending_an_override_leaves_what_has_passed_of_it() -> None:
    laid = StandingOverride.model_validate(
        {"id": "x", "schedule": "primary", "kind": "remove", "remove": "ana"}
        | {"from": local(DAY["from"]), "to": local(DAY["to"])}
    )
    noon = local("2026-01-06T12:00")
    under = proposal.with_override(BEFORE, laid)
    (effect,) = proposal.effects(
        under, proposal.without_override(under, "primary", "x", noon), WEEK, ["primary"]
    ).schedules
    assert effect.new_gaps == ()
    assert effect.closed_gaps == (Span(noon, local(DAY["to"])),)


def test_a_changed_rotation_concerns_the_schedules_that_use_it() -> None:
    change = StandingChange.model_validate(
        {"id": "c", "rotation": "weekly", "from": "2026-01-12T09:00", "participants": ["carol"]}
    )
    after = proposal.with_rotation(BEFORE, with_changes(ROTATIONS[0], [change]))
    later = Span(WEEK.to_at, WEEK.to_at + timedelta(days=14))
    assert proposal.using(BEFORE, "weekly") == ["primary"]
    (effect,) = changed(after, "primary", window=later).schedules
    assert {shift.person for shift in effect.after} == {"carol"}
    assert with_changes(ROTATIONS[1], [change]) is ROTATIONS[1]


def test_the_fingerprint_is_that_of_the_effect_and_not_of_the_way_to_it() -> None:
    one = changed(proposal.with_override(BEFORE, override(kind="remove", remove="ana")))
    same = changed(proposal.with_override(BEFORE, override(id="other", kind="remove", remove="ana", note="why")))
    other = changed(proposal.with_override(BEFORE, override(kind="replace", remove="ana", add="carol")))
    assert one.fingerprint == same.fingerprint != other.fingerprint
