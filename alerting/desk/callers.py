"""Who is on the telephone: customers and their contacts by what the caller says or the display shows. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from alerting.catalog.schema import Contact, Customer

FEWEST_DIGITS = 4
LONGEST_NATIONAL = 9
"""A longer number that begins with 00 is an international one, written the way it is dialled."""
MAY_OPEN = frozenset({"owner", "activator", "reporter"})
"""Roles whose calls open tickets (support terms, clause 5)."""


class Found(NamedTuple):
    """`contacts` are those who fit what was looked for; all of them when the customer itself fits."""

    customer: Customer
    contacts: tuple[Contact, ...]


def matching(customers: Iterable[Customer], wanted: str) -> list[Found]:
    """By name, mail address, id, or four digits of a telephone number; capitals, accents and spaces in numbers do not
    count. By name; nothing looked for: everybody."""
    words, digits = _plain(wanted), _digits(wanted)
    found = []
    for customer in sorted(customers, key=lambda one: _plain(one.name)):
        if words in _plain(customer.name) or words == customer.id:
            found.append(Found(customer, customer.contacts))
            continue
        contacts = tuple(one for one in customer.contacts if _fits(one, words, digits))
        if contacts:
            found.append(Found(customer, contacts))
    return found


def may_open(contact: Contact) -> bool:
    return not MAY_OPEN.isdisjoint(contact.roles)


def _fits(contact: Contact, words: str, digits: str) -> bool:
    by_number = len(digits) >= FEWEST_DIGITS and digits in (contact.phone or "")
    return by_number or words in _plain(contact.name) or words in (contact.email or "").lower()


def _digits(text: str) -> str:
    """Of what is a number and nothing else; empty for words."""
    bare = "".join(c for c in text if c not in " +-.()/")
    if not bare.isdecimal():
        return ""
    return bare.removeprefix("00") if len(bare) > LONGEST_NATIONAL else bare


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))
