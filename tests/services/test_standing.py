"""Overrides and absences entered beside the configuration file; on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from alerting.rota import standing
from alerting.rota.standing import NotEnded
from alerting.runtime import Runtime
from oncall import rota
from oncall.pieces import Span
from oncall.schema import Absence, StandingOverride
from service.configuration.document import SourceFile
from service.configuration.plan import Plan, plan_apply
from tests.conftest import WORLD
from tests.support.time import TUESDAY_AT_THREE, SteppedClock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MADRID = "Europe/Madrid"


def replacing(id_: str, remove: str, add: str, from_at: datetime, to_at: datetime) -> StandingOverride:
    keys: dict[str, Any] = {"id": id_, "schedule": "backup-primary", "kind": "replace", "remove": remove, "add": add}
    return StandingOverride.model_validate(keys | {"from": from_at, "to": to_at, "by": "clara"})


def away(id_: str, person: str, from_at: datetime, to_at: datetime) -> Absence:
    return Absence.model_validate({"id": id_, "person": person, "from": from_at, "to": to_at})


def enter(runtime: Runtime, *entries: standing.Entry) -> None:
    with runtime.database.transaction() as session:
        standing.enter(session, entries, runtime.settings, runtime.now(session))


def end(runtime: Runtime, kind: type[standing.Entry], id_: str) -> None:
    with runtime.database.transaction() as session:
        standing.end(session, kind, id_, MADRID, runtime.settings, runtime.now(session))


def on_from(runtime: Runtime, at: datetime, hours: int) -> list[str]:
    """Who is on call by backup-primary, one after the other."""
    with runtime.database.reading() as session:
        world = runtime.configurations.current(session).oncall
    return [one.person for one in rota.shifts(world.schedules["backup-primary"], world, Span(at, at + hours * HOUR))]


def test_a_later_entry_acts_on_what_the_earlier_ones_left(runtime: Runtime) -> None:
    at = TUESDAY_AT_THREE + DAY
    enter(runtime, replacing("z", "ana", "borja", at, at + 2 * HOUR))
    enter(runtime, replacing("a", "borja", "carol", at + HOUR, at + 2 * HOUR))
    assert on_from(runtime, at, 3) == ["borja", "carol", "ana"]


def test_an_absence_takes_a_person_out_and_no_apply_takes_it_back(runtime: Runtime) -> None:
    at = TUESDAY_AT_THREE + DAY
    enter(runtime, away("dentist", "ana", at, at + HOUR))
    assert on_from(runtime, at, 2) == ["borja", "ana"]
    with runtime.database.reading() as session:
        kept = standing.of_console(session, Absence)
        file = SourceFile("world.yaml", WORLD.read_text(encoding="utf-8"))
        plan = plan_apply([file], standing.store.load(session))
    assert [one.id for one in kept] == ["dentist"]
    assert isinstance(plan, Plan)
    assert (plan.changes, plan.kept_console_objects) == ((), (("absences", "dentist"),))


def test_what_has_not_begun_is_taken_back_whole_and_what_has_ends_now(runtime: Runtime, clock: SteppedClock) -> None:
    at = TUESDAY_AT_THREE
    enter(
        runtime,
        replacing("now", "ana", "borja", at - HOUR, at + 5 * HOUR),
        away("later", "ana", at + DAY, at + 2 * DAY),
    )
    clock.advance(hours=1)
    end(runtime, StandingOverride, "now")
    end(runtime, Absence, "later")
    assert on_from(runtime, at, 3) == ["borja", "ana"]
    assert on_from(runtime, at + DAY, 1) == ["ana"]


@pytest.mark.parametrize(
    ("kind", "id_", "why"),
    [
        (StandingOverride, "nothing", "unknown"),
        (StandingOverride, "taken-back", "unknown"),
        (Absence, "borja-summer", "of_file"),
        (StandingOverride, "over", "over"),
    ],
)
def test_what_is_not_there_or_a_files_or_over_cannot_be_ended(
    runtime: Runtime, kind: type[standing.Entry], id_: str, why: str
) -> None:
    at = TUESDAY_AT_THREE
    enter(runtime, replacing("over", "ana", "borja", at - 2 * HOUR, at - HOUR))
    enter(runtime, replacing("taken-back", "ana", "borja", at + HOUR, at + 2 * HOUR))
    end(runtime, StandingOverride, "taken-back")
    with pytest.raises(NotEnded) as refused:
        end(runtime, kind, id_)
    assert refused.value.why == why
