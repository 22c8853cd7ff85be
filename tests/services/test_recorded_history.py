"""The past is what was, whatever is edited today; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from alerting import configuration
from alerting.rota import jobs
from alerting.runtime import Runtime, install
from core import periodic
from core.documents import store
from oncall import history
from oncall.models import RecordedScheduleRow
from oncall.pieces import Shift, Span
from oncall.resolve import resolve_targets
from oncall.schema import ScheduleTarget
from tests.support.time import TUESDAY_AT_THREE, SteppedClock

WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)
LATER = TUESDAY_AT_THREE + timedelta(hours=7, minutes=11, seconds=13)
Edit = Callable[..., None]


@pytest.fixture
def edit(runtime: Runtime, clock: SteppedClock) -> Edit:
    """Change one object of the configuration, now."""

    def change(section: str, object_id: str, how: str = "update", **keys: Any) -> None:
        with runtime.database.transaction() as session:
            found = {(one.section, one.id): one for one in store.load(session)}
            before = found.get((section, object_id))
            body = (before.body if before else {"id": object_id}) | keys
            changed = store.Change(how, section, object_id, body, before.position if before else 99)  # type: ignore[arg-type]
            configuration.change(session, [changed], runtime.settings, clock.at)

    return change


def shown(runtime: Runtime, schedule_id: str, window: Span) -> tuple[Shift, ...]:
    with runtime.database.reading() as session:
        config = runtime.configurations.current(session)
        schedule = config.schedule(schedule_id)
        assert schedule is not None
        return history.shifts(session, config.oncall, schedule, window)


def people_at(runtime: Runtime, schedule_id: str, *instants: Any) -> list[list[str]]:
    with runtime.database.reading() as session:
        config = runtime.configurations.current(session)
        schedule = config.schedule(schedule_id)
        assert schedule is not None
        return [[one.person_id for one in history.on_call(session, config.oncall, schedule, at)] for at in instants]


SICK = {"person": "ana", "from": "2026-10-20T00:00", "to": "2026-10-30T00:00"}
INSTEAD = {"kind": "replace", "remove": "ana", "add": "carol", "from": "2026-10-26T10:00", "to": "2026-10-28T10:00"}
EDITS: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "a rotation gets other participants": ("rotations", "backup-weekly", "update", {"participants": ["carol"]}),
    "a rotation moves to another hour": ("rotations", "backup-weekly", "update", {"anchor": "2026-01-05T03:00"}),
    "an absence is entered afterwards": ("absences", "ana-sick", "create", SICK),
    "an override is entered afterwards": ("schedules", "backup-primary", "update", {"overrides": [INSTEAD]}),
    "the layers are taken away": ("schedules", "backup-primary", "update", {"layers": []}),
    "the schedule is archived": ("schedules", "backup-primary", "archive", {}),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_was_before_an_edit_stays_to_the_second(
    runtime: Runtime, clock: SteppedClock, edit: Edit, name: str
) -> None:
    clock.at = LATER
    past = Span(LATER - 3 * WEEK, LATER)
    before = shown(runtime, "backup-primary", past)
    section, object_id, how, keys = EDITS[name]

    edit(section, object_id, how, **keys)

    clock.advance(days=1)
    assert shown(runtime, "backup-primary", past) == before
    assert people_at(runtime, "backup-primary", LATER - SECOND) == [["ana"]]


def test_from_the_edit_on_the_new_configuration_counts_to_the_second(runtime: Runtime, edit: Edit) -> None:
    at = TUESDAY_AT_THREE
    edit("rotations", "backup-weekly", participants=["borja"])
    assert people_at(runtime, "backup-primary", at - timedelta.resolution, at) == [["ana"], ["borja"]]
    around = shown(runtime, "backup-primary", Span(at - SECOND, at + SECOND))
    assert [(one.from_at, one.to_at, one.person) for one in around] == [
        (at - SECOND, at, "ana"),
        (at, at + SECOND, "borja"),
    ]


def test_an_edit_that_changes_nothing_for_a_shift_does_not_cut_it(runtime: Runtime, edit: Edit) -> None:
    around = Span(TUESDAY_AT_THREE - SECOND, TUESDAY_AT_THREE + SECOND)
    edit("rotations", "by-weekday", handoff="10:00")
    (whole,) = shown(runtime, "backup-primary", around)
    assert (whole.from_at, whole.to_at, whole.source) == (*around, "rotation:backup-weekly")


def test_each_of_several_edits_leaves_its_own_past(runtime: Runtime, clock: SteppedClock, edit: Edit) -> None:
    instants = []
    for person in ("borja", "carol", "ana"):
        edit("rotations", "backup-weekly", participants=[person])
        instants.append(clock.at)
        clock.advance(hours=1)
    assert people_at(runtime, "backup-primary", *instants) == [["borja"], ["carol"], ["ana"]]


def test_while_a_schedule_was_archived_nobody_was_on_call(runtime: Runtime, clock: SteppedClock, edit: Edit) -> None:
    edit("schedules", "backup-primary", "archive")
    clock.advance(hours=1)
    assert people_at(runtime, "backup-primary", TUESDAY_AT_THREE - SECOND, clock.at) == [["ana"], []]
    edit("schedules", "backup-primary", "restore")
    clock.advance(hours=1)
    edit("rotations", "backup-weekly", participants=["carol"])
    assert people_at(
        runtime, "backup-primary", *(TUESDAY_AT_THREE + timedelta(minutes=n) for n in (-1, 30, 90, 150))
    ) == [["ana"], [], ["ana"], ["carol"]]


def test_recording_every_day_and_twice_at_once_changes_nothing_of_what_is_shown(
    runtime: Runtime, clock: SteppedClock
) -> None:
    whole = Span(TUESDAY_AT_THREE - WEEK, TUESDAY_AT_THREE + 3 * WEEK)
    before = {name: shown(runtime, name, whole) for name in ("backup-primary", "backup-complete")}
    for _ in range(15):
        for _ in range(2):
            with runtime.database.transaction() as session:
                configuration.record_history(session, runtime.settings, clock.at)
        clock.advance(days=1, minutes=7)
    assert {name: shown(runtime, name, whole) for name in before} == before


def test_the_reason_is_the_one_that_counted_then(runtime: Runtime, clock: SteppedClock, edit: Edit) -> None:
    edit("schedules", "backup-primary", overrides=[INSTEAD | {"id": "trip"}])
    clock.advance(hours=2)
    edit("schedules", "backup-primary", overrides=[])
    with runtime.database.reading() as session:
        config = runtime.configurations.current(session)
        (one,) = history.on_call(
            session, config.oncall, config.oncall.schedules["backup-primary"], TUESDAY_AT_THREE + SECOND
        )
    assert (one.person_id, one.reason.kind, one.reason.id, one.reason.instead_of) == (
        "carol",
        "override",
        "trip",
        "ana",
    )


def test_who_shadowed_is_kept_too(runtime: Runtime, clock: SteppedClock, edit: Edit) -> None:
    def shadows() -> list[str]:
        with runtime.database.reading() as session:
            config = runtime.configurations.current(session)
            schedule = config.oncall.schedules["backup-complete"]
            found = history.shadowing(session, config.oncall, schedule, TUESDAY_AT_THREE)
            return [one.person_id for one in found]

    before = shadows()
    clock.advance(hours=1)
    edit("rotations", "by-weekday", days={"mon": "carol", "tue": "carol"})
    assert shadows() == before == ["ana"]


def test_an_override_beside_its_schedule_counts_from_the_instant_it_is_made_and_is_who_a_page_goes_to(
    runtime: Runtime, clock: SteppedClock, edit: Edit
) -> None:
    keys = {"schedule": "backup-primary", "kind": "replace", "remove": "ana", "add": "carol"}
    edit("overrides", "swap", "create", **keys, **{"from": "2026-10-26T10:00", "to": "2026-10-28T10:00"})
    assert people_at(runtime, "backup-primary", clock.at - SECOND, clock.at) == [["ana"], ["carol"]]
    with runtime.database.reading() as session:
        world = runtime.configurations.current(session).oncall
    target = ScheduleTarget(schedule="backup-primary")
    assert [one.person_id for one in resolve_targets([target], world, clock.at).people] == ["carol"]


def test_the_clock_records_what_has_passed_once_a_day(runtime: Runtime, clock: SteppedClock) -> None:
    install(runtime)
    with runtime.database.transaction() as session:
        periodic.register(session, ["rota-past"], clock.at)
    for _ in range(2):
        jobs.record_past("rota-past", 86_400)
    with runtime.database.reading() as session:
        kept = {row.schedule_id: row.until_at for row in session.scalars(select(RecordedScheduleRow))}
    assert kept == dict.fromkeys(("backup-primary", "backup-secondary", "backup-complete"), TUESDAY_AT_THREE)
