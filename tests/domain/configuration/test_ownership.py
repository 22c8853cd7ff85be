"""What an apply changes: it owns the sections that its files name, archives rather than deletes, and is idempotent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.escalation.schema import EscalationPolicy
from core.documents.store import SINGLE, Document
from service.configuration.document import SourceFile, parse
from service.configuration.export import exported
from service.configuration.schema import SECTIONS, world_of
from tests.domain.configuration.worlds import (
    FILE,
    WORLD,
    applied,
    in_force,
    line_of,
    made_in_console,
    planned,
    refused,
    the_problem,
    world,
)

PEOPLE = """people:
  - {id: ana, name: Ana, contact_methods: [{id: v, channel: voice, address: "+34600000001", verified: true}]}
  - {id: borja, name: Borja, contact_methods: [{id: v, channel: voice, address: "+34600000002", verified: true}]}
  - {id: clara, name: Clara, contact_methods: [{id: v, channel: voice, address: "+34600000009", verified: true}]}
"""
POLICY = """escalation_policies:
  - {id: contingency, steps: [{notify: [{person: ana}], wait: 3m}], contact_within: 10m,
     last_resort: {notify: [{person: clara}], every: 5m}}
"""
EVA = {"id": "eva", "name": "Eva"}
DAY = {"schedule": "backup-primary", "from": "2026-12-01T09:00", "to": "2026-12-02T09:00"}
SWAP = made_in_console("overrides", "swap-1", {"id": "swap-1", "kind": "add", "add": "carol", **DAY})
HOLIDAY = {"id": "holiday", "person": "carol", "from": "2026-12-01T09:00", "to": "2026-12-02T09:00"}
ORDER = made_in_console(
    "rotation_changes",
    "order",
    {"id": "order", "rotation": "backup-weekly", "from": "2026-12-07T09:00", "participants": ["carol", "ana"]},
)
RATINGS = made_in_console("ratings", SINGLE, {"open_for": "14d"})
TERMS = made_in_console("terms", "2026-01", {"id": "2026-01", "from": "2026-01-01"})
MIGRATION = made_in_console("temporary_schedules", "migration-2", {"id": "migration-2", "gaps": "empty", **DAY})


def without(text: str, words: str) -> str:
    """Without the lines that contain the words."""
    return "".join(line for line in text.splitlines(keepends=True) if words not in line)


def test_applying_the_same_files_again_is_no_difference() -> None:
    assert planned(WORLD, current=in_force(WORLD)).changes == ()


def test_the_same_thing_written_in_other_words_is_no_difference() -> None:
    other = world(
        ("wait: 3m}", "wait: 180s}"),
        ('anchor: "2026-01-05T09:00"', 'anchor: "2026-01-05 09:00:00"'),
        ("{person: clara}, {pagerduty: default}], every: 5m}", "{person: clara}, {pagerduty: default}], every: 300s}"),
    )

    assert planned(other, current=in_force(WORLD)).difference == ()


def test_the_difference_has_one_line_for_each_object_and_names_the_changed_keys() -> None:
    before = in_force(PEOPLE)
    after = (
        without(PEOPLE, "id: borja").replace("name: Ana,", "name: Ana María, language: en,")
        + "  - {id: carol, name: Carol}\nprovider: {name: Itsafer}\n"
    )

    assert planned(after, current=before).difference == (
        "+ provider",
        "~ people ana: name, language",
        "+ people carol",
        "- people borja (archived)",
    )


def test_an_object_missing_in_a_named_section_is_archived_and_keeps_its_body() -> None:
    before = in_force(PEOPLE)

    (change,) = planned(without(PEOPLE, "id: borja"), current=before).changes

    assert (change.kind, change.section, change.id) == ("archive", "people", "borja")
    assert change.body == next(document.body for document in before if document.id == "borja")


def test_an_object_that_comes_back_is_restored() -> None:
    archived = applied(planned(without(PEOPLE, "id: borja"), current=in_force(PEOPLE)), in_force(PEOPLE))

    plan = planned(PEOPLE, current=archived)

    assert plan.difference == ("+ people borja (restored)",)
    assert planned(PEOPLE, current=applied(plan, archived)).changes == ()


def test_sections_that_no_file_names_stay_as_they_are() -> None:
    plan = planned("absences: []\n", current=in_force(WORLD))

    assert plan.difference == ("- absences borja-summer (archived)",)


def test_an_object_made_in_the_console_is_kept_and_listed() -> None:
    current = (*in_force(PEOPLE), made_in_console("people", "eva", EVA))

    plan = planned(PEOPLE, current=current)

    assert plan.changes == ()
    assert plan.kept_console_objects == (("people", "eva"),)


def test_prune_archives_what_was_made_in_the_console_too() -> None:
    current = (*in_force(PEOPLE), made_in_console("people", "eva", EVA))

    plan = planned(PEOPLE, current=current, prune=True)

    assert plan.difference == ("- people eva (archived)",)
    assert plan.kept_console_objects == ()


def test_an_object_of_the_console_that_the_file_names_is_changed_and_remains_the_consoles() -> None:
    current = (*in_force(PEOPLE), made_in_console("people", "eva", EVA))

    plan = planned(PEOPLE + "  - {id: eva, name: Eva Sanz}\n", current=current)

    assert [(change.kind, change.origin) for change in plan.changes] == [("update", "console")]


def test_another_order_is_told_in_one_line_and_kept() -> None:
    before = in_force(PEOPLE)
    lines = PEOPLE.splitlines(keepends=True)
    reversed_people = lines[0] + "".join(reversed(lines[1:]))

    plan = planned(reversed_people, current=before)

    assert plan.difference == ("~ people: order",)
    after = sorted(applied(plan, before), key=lambda document: document.position)
    assert [document.id for document in after] == ["clara", "borja", "ana"]


def test_a_new_object_in_the_middle_takes_its_place() -> None:
    before = in_force(PEOPLE)
    text = PEOPLE.replace("  - {id: clara", "  - {id: eva, name: Eva}\n  - {id: clara")

    plan = planned(text, current=before)

    assert "+ people eva" in plan.difference
    after = sorted(applied(plan, before), key=lambda document: document.position)
    assert [document.id for document in after] == ["ana", "borja", "eva", "clara"]
    assert planned(text, current=applied(plan, before)).changes == ()


@pytest.mark.parametrize("still", ["absences", "rotations"])
def test_archiving_somebody_who_is_still_needed_is_refused_at_the_section_that_dropped_them(still: str) -> None:
    current = in_force(WORLD)
    text = without(PEOPLE.replace("ana", "carol"), "id: borja")

    paths = {problem.path: problem for problem in refused(text, current=current)}

    found = next(problem for path, problem in paths.items() if path.startswith(still))
    assert (found.file, found.line) == (FILE, 1)
    assert found.message in (
        f"the person 'borja' is archived, but {still} in force still needs it",
        f"the person 'ana' is archived, but {still} in force still needs it",
    )


def test_a_reference_to_an_archived_object_is_refused_with_the_way_back() -> None:
    current = tuple(replace(document, archived=document.id == "borja") for document in in_force(PEOPLE))

    problem = the_problem("teams: [{id: all, name: All, members: [ana, borja]}]\n", current=current)

    assert problem.message == "the person 'borja' is archived"
    assert problem.remedy == "put 'borja' back under people, or name another one here"


def test_a_stored_object_that_can_no_longer_be_read_is_told_and_a_file_can_replace_it() -> None:
    current = (*in_force(PEOPLE), made_in_console("teams", "old", {"id": "old", "name": "Old", "size": 3}))

    problem = the_problem("provider: {name: Itsafer}\n", current=current)

    assert (problem.file, problem.path) == ("(in force)", "teams.old")
    assert planned("teams: [{id: old, name: Old, members: [ana]}]\n", current=current).difference == (
        "~ teams old: members, size",
    )


def running(text: str = PEOPLE + POLICY) -> Sequence[EscalationPolicy]:
    """The snapshots of the escalations that the world of the text has in flight."""
    return world_of(in_force(text)).escalation_policies or ()


def test_archiving_the_last_person_a_running_escalation_could_ring_is_refused() -> None:
    current = in_force(PEOPLE + POLICY)
    text = without(PEOPLE, "id: clara") + POLICY.replace("clara", "borja")

    (problem,) = refused(text, current=current, running=running())

    assert (problem.line, problem.path) == (line_of(text, "people:"), "people.clara")
    assert problem.message == (
        "archiving the person 'clara' would leave a running escalation of the policy 'contingency' with nobody "
        "who could answer its last resort"
    )
    assert problem.remedy == "wait until it is acknowledged, or keep the object in this apply"


def test_taking_the_last_verified_phone_from_a_running_escalation_is_refused() -> None:
    text = PEOPLE.replace('"+34600000009", verified: true', '"+34600000009", verified: false')

    (problem,) = refused(text + POLICY.replace("clara", "ana"), current=in_force(PEOPLE + POLICY), running=running())

    assert problem.path == "people.clara"
    assert problem.line == line_of(text, "id: clara")
    assert problem.message.startswith("changing the person 'clara' would leave a running escalation")


def test_changing_a_policy_or_anybody_else_is_free_while_an_escalation_runs() -> None:
    text = without(PEOPLE, "id: borja").replace("name: Ana", "name: Anna") + POLICY.replace("3m", "1m")

    plan = planned(text, current=in_force(PEOPLE + POLICY), running=running())

    assert plan.difference == (
        "~ people ana: name",
        "- people borja (archived)",
        "~ escalation_policies contingency: steps",
    )


def test_export_shows_the_world_in_the_order_of_the_file() -> None:
    text = exported((*in_force(WORLD), SWAP, MIGRATION, ORDER, RATINGS, TERMS))

    data = parse(SourceFile("export.yaml", text)).data
    assert isinstance(data, dict)
    assert tuple(data) == tuple(SECTIONS)
    assert [person["id"] for person in data["people"]] == ["ana", "borja", "carol", "clara"]
    assert list(data["people"][0])[:3] == ["id", "name", "email"]
    assert "- {notify: [{schedule: backup-primary}], wait: 3m}\n" in text
    assert 'handoff: "09:00"\n' in text, "clock times stay text in every YAML reader"


def test_export_then_apply_is_no_difference_with_objects_of_the_console_in_between() -> None:
    current = (
        *in_force(WORLD),
        made_in_console("people", "eva", {"name": 'Eva: "no"', "id": "eva", "email": None}, position=2),
        replace(made_in_console("people", "gone", {"id": "gone", "name": "Gone"}), archived=True),
    )

    plan = planned(exported(current), current=current)

    assert plan.changes == ()
    assert plan.kept_console_objects == ()


def test_a_file_leaves_overrides_of_the_console_alone_and_they_hold_nobody_back() -> None:
    """Carol has left, and with her the swap counts for nobody; without the schedule neither does anything."""
    current = (*in_force(PEOPLE), SWAP, MIGRATION)

    plan = planned(PEOPLE, current=current)

    assert (plan.changes, plan.kept_console_objects) == ((), ())
    assert "overrides:" in exported(current)


def test_absences_of_the_console_stand_beside_those_of_the_file_and_hold_nobody_back() -> None:
    """Carol has left, and nobody can take her absence out of a file that never had it."""
    entered = made_in_console("absences", "holiday", HOLIDAY)

    left = planned(PEOPLE, current=(*in_force(PEOPLE), entered))
    named = planned(PEOPLE, "absences: []\n", current=(*in_force(PEOPLE), entered))

    assert (left.changes, left.kept_console_objects) == ((), ())
    assert (named.changes, named.kept_console_objects) == ((), (("absences", "holiday"),))


def test_an_override_of_the_file_beside_its_schedule_is_checked_like_one_inside() -> None:
    override = (
        "{id: x, schedule: backup-primary, kind: replace, remove: clara, add: borja, "
        "from: '2026-12-01T09:00', to: '2026-12-02T09:00'}"
    )
    plan = planned(WORLD, f"overrides:\n  - {override}\n")
    assert ["'clara' is not on call in that span" in warning.message for warning in plan.warnings] == [True]
    unknown = the_problem(WORLD, f"overrides:\n  - {override.replace('backup-primary', 'backup-primry')}\n")
    assert unknown.message == "there is no schedule 'backup-primry'"
    backward = the_problem(WORLD, f"overrides:\n  - {override.replace('12-02', '11-02')}\n")
    assert "which is not later" in backward.message


def test_what_was_archived_is_not_exported() -> None:
    current = tuple(replace(document, archived=document.section == "absences") for document in in_force(WORLD))

    assert "absences" not in exported(current)


DROPPABLE = tuple(
    name
    for name in SECTIONS
    if name in ("provider", "absences", "sla", "integrations", "heartbeats", "users", "defaults")
)


@given(st.sets(st.sampled_from(DROPPABLE)))
@settings(max_examples=6, deadline=None)
def test_whatever_sections_a_file_leaves_out_stay_and_the_export_of_the_rest_is_the_file(left_out: set[str]) -> None:
    whole = in_force(WORLD)
    kept = [document for document in whole if document.section not in left_out]
    text = exported(kept)

    assert planned(text, current=whole).changes == (), "unnamed sections are not touched"
    assert by_section(in_force(text)) == by_section(kept), "and on an empty database the file makes what it says"


def by_section(documents: Sequence[Document]) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for document in sorted(documents, key=lambda document: (document.section, document.position)):
        found.setdefault(document.section, []).append(document.body)
    return found
