"""What each role may do."""

import pytest

from core.accounts.permissions import (
    ALLOWED,
    CUSTOMER,
    STAFF,
    Actor,
    Permission,
    Role,
    RolesMismatch,
    can,
    checked_roles,
    sees,
)

EVERYBODY = CUSTOMER | STAFF | {Role.INTEGRATION}
REPORTERS = {"owner", "activator", "reporter"}
MANAGERS = {"manager", "admin"}

TABLE = {
    "view_catalog": set(EVERYBODY),
    "activate": STAFF | {"activator"},
    "open_ticket": STAFF | REPORTERS | {"integration"},
    "view_ticket": set(EVERYBODY),
    "update_ticket": STAFF | REPORTERS | {"integration"},
    "reopen": STAFF | REPORTERS,
    "rate": REPORTERS,
    "suggest": set(CUSTOMER),
    "accept_terms": {"owner"},
    "confirm_contact": REPORTERS,
    "stand_down": MANAGERS | {"activator"},
    "view_staff": set(STAFF),
    "acknowledge": set(STAFF),
    "record_contact": set(STAFF),
    "close": set(STAFF),
    "work_ticket": set(STAFF),
    "view_schedules": set(STAFF),
    "swap_own_shift": set(STAFF),
    "manage_own_methods": set(STAFF),
    "simulate": set(STAFF),
    "assign": set(STAFF),
    "view_escalations": set(STAFF),
    "export_evidence": MANAGERS,
    "manage_schedules": MANAGERS,
    "manage_policies": MANAGERS,
    "schedule_drill": MANAGERS,
    "plan_drill": set(STAFF),
    "sign_drill": MANAGERS | {"owner"},
    "answer_suggestions": MANAGERS,
    "manage_surveys": MANAGERS,
    "view_reports": MANAGERS,
    "manage_people": MANAGERS | {"owner"},
    "manage_products": MANAGERS,
    "administer": {"admin"},
}


def actor(*roles, customer=None):
    return Actor("01U", "somebody@example.com", None, customer, frozenset(roles))


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_the_table_says_and_nothing_else(role, permission):
    customer = None if role in STAFF else "hotel-sol"
    assert can(actor(role, customer=customer), permission) == (role in TABLE[permission])


def test_every_permission_says_who_has_it():
    assert set(ALLOWED) == set(Permission)


@pytest.mark.parametrize("permission", Permission)
def test_nobody_and_somebody_without_a_role_may_do_nothing(permission):
    assert not can(None, permission)
    assert not can(actor(), permission)
    assert not can(actor("owner"), permission), "a customer's role without a customer"


@pytest.mark.parametrize("role", STAFF)
def test_a_customer_is_never_staff_whatever_role_it_was_given(role):
    marta = actor(role, customer="hotel-sol")
    assert not marta.is_staff
    assert not any(can(marta, permission) for permission in Permission)
    assert not sees(marta, "banco-norte")


def test_a_customer_sees_its_own_things_and_staff_see_everybodys():
    marta = actor("owner", customer="hotel-sol")
    assert sees(marta, "hotel-sol")
    assert not sees(marta, "banco-norte")
    assert sees(actor("engineer"), "banco-norte")
    assert not sees(actor("integration"), "hotel-sol"), "a token of nobody's sees nobody's things"


def test_the_log_names_the_person_if_the_user_is_one():
    clara = Actor("01U", "clara@itsafer.example", "clara", None, frozenset({"manager"}))
    assert clara.as_logged.as_json() == {"type": "person", "id": "clara"}
    assert actor("owner", customer="hotel-sol").as_logged.as_json() == {"type": "user", "id": "01U"}


@pytest.mark.parametrize(
    ("roles", "customer", "said"),
    [
        (["boss"], None, "unknown role boss"),
        ([], None, "at least one role"),
        (["engineer"], "hotel-sol", "is for staff"),
        (["owner", "engineer"], None, "needs a customer"),
    ],
)
def test_roles_of_both_sides_of_the_house_do_not_mix(roles, customer, said):
    with pytest.raises(RolesMismatch, match=said):
        checked_roles(roles, customer)


def test_roles_come_in_one_order():
    assert checked_roles(["reporter", "owner", "owner"], "hotel-sol") == ("owner", "reporter")
