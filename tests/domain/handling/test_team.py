"""Whose a ticket is while nobody has it."""

import pytest

from alerting.catalog.schema import Customer
from alerting.escalation.schema import EscalationPolicy
from alerting.handling.team import team_of
from tests.domain.oncall.builders import rotation, schedule, world


def policy(id_, *steps):
    return EscalationPolicy.model_validate(
        {
            "id": id_,
            "urgency": "normal",
            "steps": [{"notify": [target], "wait": "5m"} for target in steps],
            "rounds": 1,
            "contact_within": "30m",
            "last_resort": {"notify": [{"person": "clara"}], "every": "5m"},
        }
    )


POLICIES = {
    one.id: one
    for one in (
        policy("by-shift", {"schedule": "primary"}, {"person": "clara"}),
        policy("in-turn", {"round_robin": ["clara"]}),
        policy("by-name", {"person": "clara"}),
    )
}
TEAM = ["ana", "borja", "carol"]


def customer(default=None, **plans):
    contract = {"status": "active", "coverage": {"backup": "24x7"}, "default_escalation_policy": default}
    made = [
        {"id": f"{component}-plan", "name": "Plan", "component": component, "priority": "P2", "escalation_policy": name}
        for component, name in plans.items()
    ]
    return Customer.model_validate({"id": "hotel-sol", "name": "Hotel Sol", "contract": contract, "plans": made})


@pytest.mark.parametrize(
    ("whose", "component", "team"),
    [
        (customer(backup="by-shift"), "backup", TEAM),
        (customer(backup="by-shift", cloud="in-turn"), "cloud", ["clara"]),
        (customer(backup="by-shift", cloud="in-turn"), None, [*TEAM[:2], "carol", "clara"]),
        (customer("by-shift", cloud="in-turn"), "backup", TEAM),
        (customer(backup="by-name"), "backup", TEAM),  # only a person for when all else fails: then all engineers
        (customer(), "backup", TEAM),
        (None, None, TEAM),
    ],
)
def test_a_ticket_that_nobody_has_is_the_teams_whose_plan_it_would_be(whose, component, team):
    people = world(schedule(), rotations=(rotation(participants=["ana", None]),))
    for name in TEAM:
        people.people[name] = people.people[name].model_copy(update={"roles": ("engineer",)})
    assert team_of(people, POLICIES, whose, component) == team
