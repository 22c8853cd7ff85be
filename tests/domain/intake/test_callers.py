"""Who is calling: by what is said or what the display shows."""

import pytest

from alerting.catalog.schema import Contact, Contract, Customer
from alerting.desk.callers import matching, may_open

SOL = Customer(
    id="hotel-sol",
    name="Hotel Sol",
    contract=Contract(status="active"),
    contacts=(
        Contact(id="marta", name="Marta Ruiz", email="marta@hotelsol.example", phone="+34611000001", roles=("owner",)),
        Contact(id="luis", name="Luis Pérez", email="luis@hotelsol.example", phone="+34611000002", roles=("viewer",)),
    ),
)
NORTE = Customer(
    id="banco-norte",
    name="Banco Norte",
    contract=Contract(status="active"),
    contacts=(Contact(id="jon", name="Jon Ibarra", phone="+34611000003", roles=("activator",)),),
)


@pytest.mark.parametrize(
    ("wanted", "who"),
    [
        ("", {"marta", "luis", "jon"}),
        ("hotel", {"marta", "luis"}),
        ("HOTEL-SOL", {"marta", "luis"}),
        ("perez", {"luis"}),
        ("marta@hotelsol.example", {"marta"}),
        ("611 000 003", {"jon"}),
        ("0034 611-00-00-01", {"marta"}),
        ("+34611000002", {"luis"}),
        ("0003", {"jon"}),
        ("003", set()),
        ("nobody", set()),
    ],
)
def test_a_caller_is_found_by_name_number_mail_or_customer(wanted, who):
    assert {contact.id for one in matching([SOL, NORTE], wanted) for contact in one.contacts} == who


def test_customers_are_shown_by_name():
    assert [one.customer.id for one in matching([SOL, NORTE], "")] == ["banco-norte", "hotel-sol"]


def test_a_viewers_call_opens_nothing_by_right():
    """S-5.1"""
    assert [may_open(contact) for contact in SOL.contacts] == [True, False]
