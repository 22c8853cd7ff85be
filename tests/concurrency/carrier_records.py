"""What the carrier was asked for, counted: the truth about how often somebody was disturbed."""

from __future__ import annotations

from collections import Counter

from tests.support.telephones import NUMBERS, Telephones

NAMES = {number: name for name, number in NUMBERS.items()}


def messages(phones: Telephones, name: str) -> Counter[str]:
    """Bodies of the messages created for that telephone, each with how often."""
    return Counter(form["Body"][0] for form in _created(phones, "Messages", name))


def calls(phones: Telephones, name: str) -> int:
    """Calls placed to that telephone."""
    return len(_created(phones, "Calls", name))


def duplicates(phones: Telephones) -> list[str]:
    """Messages that were created more than once."""
    return [body for name in NUMBERS for body, count in messages(phones, name).items() if count > 1]


def _created(phones: Telephones, resource: str, name: str) -> list[dict[str, list[str]]]:
    requests = phones.events("request", method="POST")
    forms = [event["form"] for event in requests if event["path"].endswith(f"/{resource}.json")]
    return [form for form in forms if form["To"] == [NUMBERS[name]]]
