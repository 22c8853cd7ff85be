"""What a person has set up for themselves, laid over what the configuration file says of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from oncall.contact_plan import PHONES, plan
from oncall.schema import ContactMethod, Defaults, NotificationRule, NotificationRules, Person, Urgency, Value

SECTION = "own"
"""Section of the documents, one for each person, that no configuration file names: no apply touches them."""
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # any instant: only who is reached matters, not when
PREFIX = "own-"  # of the ids of own methods, so that they seldom meet an id of the file


class Own(Value):
    """`methods` have all been verified: one that the file has too, unverified, is verified by being here.
    `notification_rules` come before those of the file, each urgency for itself. Hand-off notices go by mail, and with
    `handoff_sms` by text message too."""

    methods: tuple[ContactMethod, ...] = ()
    notification_rules: NotificationRules | None = None
    handoff_sms: bool = False


NOTHING = Own()


def with_own(person: Person, own: Own) -> Person:
    """The person as they are reached. Of two methods with the same channel and address the file's counts."""
    proven = {(method.channel, method.address) for method in own.methods}
    of_file = tuple(_proven(method, proven) for method in person.contact_methods)
    there = {(method.channel, method.address) for method in of_file}
    ids = {method.id for method in of_file}
    added = tuple(one for one in own.methods if (one.channel, one.address) not in there and one.id not in ids)
    rules = _rules(person.notification_rules, own.notification_rules)
    return person.model_copy(update={"contact_methods": (*of_file, *added), "notification_rules": rules})


def with_own_methods(person: Person, own: Own) -> Person:
    """The same without the person's own rules: for checks of what a file says."""
    return with_own(person, own.model_copy(update={"notification_rules": None}))


def without_method(own: Own, method_id: str) -> Own:
    """Neither the method nor the rules that name it."""
    rules = own.notification_rules
    if rules is not None:
        rules = NotificationRules(
            critical=_without(rules.critical, method_id), normal=_without(rules.normal, method_id)
        )
    kept = tuple(method for method in own.methods if method.id != method_id)
    return own.model_copy(update={"methods": kept, "notification_rules": rules})


@dataclass(frozen=True)
class Reach:
    """Whether the rules of each urgency ring a phone that works, and whether there is such a phone at all."""

    by_rule: Mapping[Urgency, bool]
    has_phone: bool


def reach(person: Person, defaults: Defaults, disabled: frozenset[str], opted_out: frozenset[str]) -> Reach:
    found: dict[Urgency, bool] = {}
    urgencies: tuple[Urgency, ...] = ("critical", "normal")
    for urgency in urgencies:
        contacts = plan(person, urgency, defaults, EPOCH, disabled, opted_out)
        found[urgency] = not contacts.fallback and any(one.channel in PHONES for one in contacts.contacts)
    usable = any(
        method.verified
        and method.channel in PHONES
        and method.id not in disabled
        and not (method.channel == "sms" and method.address in opted_out)
        for method in person.contact_methods
    )
    return Reach(found, usable)


def named_by_rules(person: Person, defaults: Defaults) -> frozenset[str]:
    """Ids of the methods that some rule leads to, of whatever urgency."""
    urgencies: tuple[Urgency, ...] = ("critical", "normal")
    plans = [plan(person, urgency, defaults, EPOCH) for urgency in urgencies]
    return frozenset(one.method_id for found in plans if not found.fallback for one in found.contacts)


def emptied(before: Reach, after: Reach, chosen: Urgency | None = None) -> Urgency | None:
    """The urgency that a change would leave without a phone that rings; None when it takes nothing away. The rules of
    the `chosen` urgency are being written, so they must ring one if there is one; somebody who had none before is not
    kept from a change that may help."""
    for urgency, rings in after.by_rule.items():
        if not rings and (before.by_rule[urgency] or (urgency == chosen and after.has_phone)):
            return urgency
    return None


def _proven(method: ContactMethod, proven: Collection[tuple[str, str]]) -> ContactMethod:
    if method.verified or (method.channel, method.address) not in proven:
        return method
    return method.model_copy(update={"verified": True})


def _rules(of_file: NotificationRules | None, own: NotificationRules | None) -> NotificationRules | None:
    if own is None:
        return of_file
    below = of_file or NotificationRules()
    critical = below.critical if own.critical is None else own.critical
    normal = below.normal if own.normal is None else own.normal
    return NotificationRules(critical=critical, normal=normal)


def _without(rules: tuple[NotificationRule, ...] | None, method_id: str) -> tuple[NotificationRule, ...] | None:
    return None if rules is None else tuple(rule for rule in rules if rule.via != method_id)
