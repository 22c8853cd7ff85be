"""What the preview of a schedule shows at an instant is whom an escalation pages then: one property over many files."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.escalation import planning
from alerting.escalation.schema import EscalationPolicy
from alerting.escalation.simulation import simulate
from oncall.contact_plan import ContactPlan, plan
from oncall.preview import PreviewRequest, preview
from oncall.schema import Absence, Person, Rotation, Schedule
from oncall.walltime import to_local
from oncall.world import OnCallWorld
from tests.domain.oncall.builders import defaults, person
from tests.domain.oncall.test_minute_by_minute import noon, worlds

POLICY = EscalationPolicy.model_validate(
    {
        "id": "contingency",
        "urgency": "critical",
        "steps": [{"notify": [{"schedule": "plan"}], "wait": "3m"}],
        "rounds": 1,
        "contact_within": "10m",
        "last_resort": {"notify": [{"person": "clara"}], "every": "5m"},
    }
)


def people() -> dict[str, Person]:
    dora = person("ana").model_copy(update={"id": "dora", "name": "Dora"})
    return {one.id: one for one in (*(person(name) for name in ("ana", "borja", "carol", "clara")), dora)}


@given(worlds(), st.integers(0, 2 * 24 * 60 - 1))
@settings(max_examples=40, deadline=None)
def test_whoever_the_preview_shows_at_a_minute_is_paged_then_and_nobody_else(
    made: tuple[Schedule, dict[str, Rotation], list[Absence], str], minute: int
) -> None:
    schedule, rotations, absences, day = made
    at = noon(day, -1) + timedelta(minutes=minute)
    window = {"from": to_local(noon(day, -1), "UTC").isoformat() + "Z", "to": noon(day, 1).isoformat()}
    request = {"schedule": schedule, "rotations": list(rotations.values()), "absences": absences, "window": window}
    shown = preview(PreviewRequest.model_validate(request))
    previewed = {(one.person, one.source) for one in shown.shifts if one.from_ <= at < one.to}
    world = OnCallWorld(
        people=people(),
        schedules={schedule.id: schedule},
        rotations=rotations,
        absences=tuple(absences),
        defaults=defaults(),
    )
    paged = planning.of_step(POLICY, 1, world, at, 0, lambda one: _contacts(one, at))
    assert {(one.person.id, f"{one.reason['kind']}:{one.reason['id']}") for one in paged.people} == previewed
    simulated = simulate(POLICY, world, at, (), lambda now: lambda one: _contacts(one, now))
    assert {one.person for one in simulated.reached if not one.last_resort and one.person} == {
        name for name, _ in previewed
    }


def _contacts(one: Person, at: datetime) -> ContactPlan:
    return plan(one, "critical", defaults(), at)
