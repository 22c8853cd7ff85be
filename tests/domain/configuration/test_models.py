"""The typed world: every key of the example is kept, and accounts accept whatever the section `users` accepts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.accounts.service import ConfiguredUser
from service.configuration.document import SourceFile, parse
from service.configuration.schema import CUSTOMER_ROLES, SECTIONS, STAFF_ROLES, User, World, world_of
from tests.domain.configuration.worlds import EXAMPLES, WORLD, in_force, planned


def test_every_key_of_the_example_world_is_kept() -> None:
    raw = parse(SourceFile("world.yaml", WORLD)).data
    assert isinstance(raw, dict)
    stored: dict[str, list[object]] = {}
    for document in in_force(WORLD):
        stored.setdefault(document.section, []).append(document.body)

    for section, content in raw.items():
        items = content["services"] if section == "pagerduty" else content if isinstance(content, list) else [content]
        assert keys(stored[section]) == keys(items), section


def keys(value: object) -> object:
    """The shape of a value: its keys without their values."""
    if isinstance(value, dict):
        return {key: keys(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [keys(inner) for inner in value]
    return None


def test_the_world_in_force_is_typed() -> None:
    world = world_of(in_force(WORLD))

    assert world.customers is not None
    assert world.escalation_policies is not None
    assert world.pagerduty is not None
    hotel, contingency = world.customers[0], world.escalation_policies[0]
    plan = hotel.plan("erp-restore")
    assert plan is not None
    assert plan.rto == timedelta(hours=4)
    assert [contact.id for contact in hotel.contacts] == ["marta", "luis"]
    assert contingency.last_resort.every == timedelta(minutes=5)
    assert world.pagerduty.services[0].region == "us"


def test_a_section_that_is_not_configured_is_none() -> None:
    assert world_of(in_force("provider: {name: Itsafer}\n")).people is None


def test_the_demo_world_is_sound_and_quick() -> None:
    text = (EXAMPLES / "demo.yaml").read_text(encoding="utf-8")

    assert planned(text).warnings == ()
    policies = world_of(in_force(text)).escalation_policies or ()
    assert all(step.wait <= timedelta(seconds=6) for policy in policies for step in policy.steps)


@given(
    roles=st.lists(st.sampled_from(sorted(CUSTOMER_ROLES | STAFF_ROLES)), max_size=3),
    customer=st.sampled_from([None, "hotel-sol"]),
)
def test_a_user_that_the_file_may_name_is_one_that_accounts_accept(roles: list[str], customer: str | None) -> None:
    body = {"email": "Ana@itsafer.example", "roles": roles, "customer": customer}
    try:
        User.model_validate(body)
    except ValidationError:
        with pytest.raises(ValueError, match=r"role|customer|staff"):
            ConfiguredUser.of(body)
    else:
        assert ConfiguredUser.of(body).email == "ana@itsafer.example"


def test_every_section_of_the_world_has_a_model_for_its_objects() -> None:
    assert tuple(World.model_fields) == tuple(SECTIONS)
