"""Whom a policy's target means at an instant, and why somebody is passed over."""

import os
import subprocess
import sys

import pytest
from pydantic import TypeAdapter, ValidationError

from oncall.reasons import LANGUAGES, NotPaged, Reason, describe, describe_skip, reason_data
from oncall.resolve import Resolution, everybody_on_call, resolve_target, resolve_targets, who_is_on_call, who_shadows
from oncall.schema import Target
from tests.domain.oncall.builders import absence, local, person, rotation, schedule, utc, world

AT = local("2026-01-06T12:00")
BORJA_IN_SUMMER = absence("borja", "2026-01-01T00:00", "2026-02-01T00:00")


def target(**keys: object) -> Target:
    parsed: Target = TypeAdapter(Target).validate_python(keys)
    return parsed


def people(resolution: Resolution) -> list[str]:
    return [one.person_id for one in resolution.people]


def test_a_schedule_means_whoever_is_on_call_with_the_turn_that_is_the_reason() -> None:
    (ana,) = resolve_target(target(schedule="primary"), world(), AT).people
    assert ana.person_id == "ana"
    assert ana.reason == Reason(
        "rotation", "weekly", local("2026-01-05T09:00"), local("2026-01-12T09:00"), None, "primary"
    )


def test_a_replacement_says_whom_it_replaces() -> None:
    swap = {
        "id": "swap",
        "kind": "replace",
        "remove": "ana",
        "add": "carol",
        "from": "2026-01-06T00:00",
        "to": "2026-01-07T00:00",
    }
    (carol,) = resolve_target(target(schedule="primary"), world(schedule(overrides=[swap])), AT).people
    assert (carol.person_id, carol.reason.kind, carol.reason.instead_of) == ("carol", "override", "ana")


def test_when_nobody_is_on_call_that_is_the_reason() -> None:
    nobody = world(schedule("archived"))
    assert resolve_target(target(schedule="primary"), nobody, AT) == Resolution(
        (), (NotPaged(None, "nobody_on_call", "schedule", "primary"),)
    )
    assert resolve_target(target(schedule="gone"), nobody, AT).skipped[0].why == "nobody_on_call"
    assert resolve_target(target(team="gone"), nobody, AT).skipped[0].why == "nobody_on_call"
    assert resolve_target(target(person="gone"), nobody, AT).skipped == (
        NotPaged("gone", "nobody_on_call", "person", "gone"),
    )


def test_a_team_is_paged_at_once_but_for_its_absent_members() -> None:
    found = resolve_target(target(team="backup"), world(absences=(BORJA_IN_SUMMER,)), AT)
    assert people(found) == ["ana", "carol"]
    assert found.skipped == (NotPaged("borja", "absent", "team", "backup"),)


def test_a_last_resort_can_page_the_absent_rather_than_nobody() -> None:
    found = resolve_target(target(person="borja"), world(absences=(BORJA_IN_SUMMER,)), AT, page_the_absent=True)
    assert people(found) == ["borja"]


def test_round_robin_takes_one_person_per_escalation_in_turn() -> None:
    turns = [
        resolve_target(target(round_robin=["ana", "borja", "carol"]), world(), AT, counter) for counter in range(4)
    ]
    assert [people(turn) for turn in turns] == [["ana"], ["borja"], ["carol"], ["ana"]]
    assert all(one.reason.in_turn for turn in turns for one in turn.people)


def test_round_robin_passes_over_the_absent() -> None:
    found = resolve_target(target(round_robin={"team": "backup"}), world(absences=(BORJA_IN_SUMMER,)), AT, counter=1)
    assert people(found) == ["carol"]
    assert found.skipped == (NotPaged("borja", "absent", "round_robin", "backup"),)


def test_round_robin_over_a_schedule_is_among_those_on_call() -> None:
    add = {"kind": "add", "add": "carol", "from": "2026-01-06T00:00", "to": "2026-01-07T00:00"}
    two = world(schedule(overrides=[add]))
    turns = [resolve_target(target(round_robin={"schedule": "primary"}), two, AT, counter) for counter in range(3)]
    assert [people(turn) for turn in turns] == [["ana"], ["carol"], ["ana"]]


def test_when_everybody_in_the_round_is_absent_each_of_them_is_named() -> None:
    away = tuple(absence(name, "2026-01-01T00:00", "2026-02-01T00:00") for name in ("ana", "borja"))
    found = resolve_target(target(round_robin=["ana", "borja"]), world(absences=away), AT, counter=1)
    assert (people(found), [skip.person_id for skip in found.skipped]) == ([], ["borja", "ana"])


def test_pagerduty_is_a_service_and_no_person() -> None:
    assert resolve_target(target(pagerduty="default"), world(), AT) == Resolution(pagerduty=("default",))


def test_whoever_a_step_names_twice_is_paged_once() -> None:
    found = resolve_targets(
        [target(schedule="primary"), target(team="backup"), target(pagerduty="default")], world(), AT
    )
    assert people(found) == ["ana", "borja", "carol"]
    assert found.skipped == (NotPaged("ana", "duplicate_in_step", "team", "backup"),)
    assert found.pagerduty == ("default",)


def test_a_shadow_is_told_and_never_paged() -> None:
    plan = schedule("weekly", {"rotation": "second", "mode": "shadow"})
    known = world(plan, rotations=(rotation(), rotation(id="second", participants=["borja"])))
    assert people(resolve_target(target(schedule="primary"), known, AT)) == ["ana"]
    assert [one.person_id for one in who_shadows(plan, known, AT)] == ["borja"]


def test_all_schedules_can_be_asked_at_once() -> None:
    known = world(schedule(), schedule("archived", id="empty"))
    on = everybody_on_call(known, AT)
    assert {name: [one.person_id for one in found] for name, found in on.items()} == {"primary": ["ana"], "empty": []}


def test_an_absence_is_read_on_the_clock_of_the_person() -> None:
    known = world(absences=(absence("ana", "2026-01-06T00:00", "2026-01-07T00:00"),))
    abroad = {**known.people, "ana": person("ana", timezone="America/Santiago")}
    moved = type(known)(**{name: getattr(known, name) for name in known.__dataclass_fields__} | {"people": abroad})
    still_monday_in_santiago = local("2026-01-06T02:00")
    assert people(resolve_target(target(schedule="primary"), known, still_monday_in_santiago)) == ["borja"]
    assert people(resolve_target(target(schedule="primary"), moved, still_monday_in_santiago)) == ["ana"]


@pytest.mark.parametrize(
    "wrong", [{}, {"person": "ana", "team": "backup"}, {"round_robin": []}, {"round_robin": "ana"}, {"persons": "ana"}]
)
def test_a_target_is_exactly_one_of_the_five_forms(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        target(**wrong)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words_in_every_language(language: str) -> None:
    span = (utc("2026-01-05T08:00"), utc("2026-01-12T08:00"))
    for kind in ("rotation", "override", "temporary", "absence-fill", "person", "team"):
        text = describe(Reason(kind, "xmas", *span, "carol", "primary", True), language, {"carol": "Carol Smith"})
        assert "Carol Smith" in text
        assert "2026-01-05 09:00" in text
        assert "{" not in text
    for why in ("nobody_on_call", "absent", "duplicate_in_step"):
        assert "primary" in describe_skip(NotPaged(None, why, "schedule", "primary"), language, {})


def test_the_spanish_reason_reads_as_a_sentence_for_staff() -> None:
    reason = Reason("override", "xmas", utc("2026-12-24T14:00"), utc("2026-12-26T08:00"), "carol", "primary")
    assert describe(reason, "es", {"carol": "Carol Smith"}) == (
        "sustitución xmas, del 2026-12-24 15:00 al 2026-12-26 09:00, en lugar de Carol Smith, guardia primary"
    )


def test_a_reason_in_the_log_says_only_what_there_is_to_say() -> None:
    assert reason_data(Reason("person", "clara")) == {"kind": "person", "id": "clara"}
    assert reason_data(Reason("rotation", "weekly", AT, AT, schedule="primary"))["from"] == "2026-01-06T11:00:00Z"


SCRIPT = """
from tests.domain.oncall.builders import rotation, schedule, utc
from oncall.resolve import who_is_on_call
for at in ("2026-03-29T00:59:59", "2026-03-30T06:59:59", "2026-03-30T07:00:00", "2026-10-26T08:00:00"):
    print(who_is_on_call(schedule(), {"weekly": rotation()}, (), utc(at)))
"""


def test_who_is_on_call_does_not_depend_on_the_timezone_of_the_process() -> None:
    answers = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT], env=os.environ | {"TZ": zone}, capture_output=True, text=True, check=True
        ).stdout
        for zone in ("UTC", "Asia/Tokyo", "America/Bogota")
    }
    here = [who_is_on_call(schedule(), {"weekly": rotation()}, (), utc("2026-03-30T07:00:00"))]
    assert len(answers) == 1
    assert str(here[0]) in answers.pop()
