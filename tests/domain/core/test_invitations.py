"""Who may give access to whom, and how an invitation stands (S-2.2)."""

from datetime import UTC, datetime, timedelta

import pytest

from alerting.invitations.standing import Latest, Standing, standing
from core.accounts.permissions import CUSTOMER, STAFF, Actor, may_give

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def actor(*roles: str, customer: str | None = None) -> Actor:
    return Actor("01U", "somebody@example.com", None, customer, frozenset(roles))


@pytest.mark.parametrize(
    ("who", "customer", "roles"),
    [
        (actor("owner", customer="hotel-sol"), "hotel-sol", CUSTOMER),
        (actor("owner", customer="hotel-sol"), "banco-norte", frozenset()),
        (actor("owner", customer="hotel-sol"), None, frozenset()),
        (actor("activator", "reporter", customer="hotel-sol"), "hotel-sol", frozenset()),
        (actor("owner", "manager", customer="hotel-sol"), "banco-norte", frozenset()),
        (actor("engineer"), "hotel-sol", frozenset()),
        (actor("manager"), "hotel-sol", CUSTOMER),
        (actor("manager"), None, frozenset()),
        (actor("admin"), "banco-norte", CUSTOMER),
        (actor("admin"), None, STAFF),
    ],
)
def test_owners_give_access_to_their_own_managers_to_every_customer_and_administrators_to_us(who, customer, roles):
    """S-2.2"""
    assert may_give(who, customer) == roles


@pytest.mark.parametrize(
    ("password", "latest", "expected"),
    [
        (True, None, Standing.ACTIVE),
        (True, Latest(NOON + timedelta(1), closed=False, delivered=True), Standing.ACTIVE),
        (False, None, Standing.NEVER_INVITED),
        (False, Latest(NOON + timedelta(1), closed=False, delivered=True), Standing.INVITED),
        (False, Latest(NOON + timedelta(1), closed=False, delivered=False), Standing.UNDELIVERED),
        (False, Latest(NOON, closed=False, delivered=True), Standing.EXPIRED),
        (False, Latest(NOON + timedelta(1), closed=True, delivered=True), Standing.EXPIRED),
    ],
)
def test_the_list_says_whether_somebody_can_come_in(password, latest, expected):
    assert standing(password, latest, NOON) == expected
