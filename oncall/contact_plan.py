"""When and how one person is reached: their rules for the urgency, on their verified methods only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from oncall.schema import Channel, ContactMethod, Defaults, NotificationRule, NotificationRules, Person, Urgency

SkipReason = Literal[
    "no_verified_method",
    "method_disabled",
    "opted_out",
    "duplicate_in_step",
    "pagerduty_not_configured",
    "drill_excluded",
]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
PHONES: frozenset[Channel] = frozenset({"sms", "voice"})
NOTHING: Mapping[str, SkipReason] = {}


@dataclass(frozen=True, slots=True)
class PlannedContact:
    """`rule_index` counts from 0 in the rules that apply; None: no rule, but the fallback. `language` None: the
    provider's."""

    method_id: str
    channel: Channel
    address: str
    due_at: datetime
    language: str | None
    rule_index: int | None


@dataclass(frozen=True, slots=True)
class SkippedContact:
    """What a rule named and is not used. `via` is the rule's own word; `method_id` None: it names no method at all.
    `rule_index` None: the person has no rule and no method that could be used."""

    why: SkipReason
    via: str | None
    method_id: str | None
    channel: Channel | None
    rule_index: int | None


@dataclass(frozen=True, slots=True)
class ContactPlan:
    """`contacts` in the order they are due. `fallback`: the rules reached nothing, so every verified phone method (for
    want of one, every verified method) is used at once rather than silence."""

    contacts: tuple[PlannedContact, ...]
    skipped: tuple[SkippedContact, ...]
    fallback: bool = False


def plan(
    person: Person,
    urgency: Urgency,
    defaults: Defaults,
    started_at: datetime,
    disabled_methods: Iterable[str] = (),
    opted_out: Iterable[str] = (),
    stopped: Mapping[str, SkipReason] = NOTHING,
) -> ContactPlan:
    """`disabled_methods` are ids of the person's methods; `opted_out` are the addresses that answered STOP, which the
    carrier then blocks for SMS alone; `stopped` says by a method's id why it is no way to page at this time."""
    methods = _Methods(person, frozenset(disabled_methods), frozenset(opted_out), stopped)
    contacts: list[PlannedContact] = []
    skipped: list[SkippedContact] = []
    for index, rule in enumerate(rules_of(person, urgency, defaults)):
        for found in _by_rule(methods, rule, index, started_at):
            if isinstance(found, SkippedContact):
                skipped.append(found)
            elif any(_same(found, earlier) for earlier in contacts):
                skipped.append(SkippedContact("duplicate_in_step", rule.via, found.method_id, found.channel, index))
            else:
                contacts.append(found)
    if contacts:
        return ContactPlan(tuple(sorted(contacts, key=lambda contact: contact.due_at)), tuple(skipped))
    at_once = tuple(_planned(methods, method, started_at, None) for method in methods.of_last_hope())
    if not at_once and not skipped:
        skipped.append(SkippedContact("no_verified_method", None, None, None, None))
    return ContactPlan(at_once, tuple(skipped), fallback=bool(at_once))


def rules_of(person: Person, urgency: Urgency, defaults: Defaults) -> tuple[NotificationRule, ...]:
    """The person's own for this urgency, else the defaults."""
    for rules in (person.notification_rules or NotificationRules(), defaults.notification_rules):
        chosen = rules.critical if urgency == "critical" else rules.normal
        if chosen is not None:
            return chosen
    return ()


@dataclass(frozen=True, slots=True)
class _Methods:
    """A person's methods with what stops them."""

    person: Person
    disabled: frozenset[str]
    opted_out: frozenset[str]
    stopped: Mapping[str, SkipReason]

    def named(self, via: str) -> Sequence[ContactMethod]:
        """The method of that id, verified or not; else every verified method of that channel."""
        by_id = [method for method in self.person.contact_methods if method.id == via]
        return by_id or [one for one in self.person.contact_methods if one.channel == via and one.verified]

    def obstacle(self, method: ContactMethod) -> SkipReason | None:
        if not method.verified:
            return "no_verified_method"
        if method.id in self.disabled:
            return "method_disabled"
        if method.channel == "sms" and method.address in self.opted_out:
            return "opted_out"
        return self.stopped.get(method.id)

    def of_last_hope(self) -> Sequence[ContactMethod]:
        usable = [method for method in self.person.contact_methods if self.obstacle(method) is None]
        return [method for method in usable if method.channel in PHONES] or usable


def _by_rule(
    methods: _Methods, rule: NotificationRule, index: int, started_at: datetime
) -> Iterator[PlannedContact | SkippedContact]:
    named = methods.named(rule.via)
    if not named:
        channel = next((one for one in CHANNELS if one == rule.via), None)
        yield SkippedContact("no_verified_method", rule.via, None, channel, index)
    for method in named:
        why = methods.obstacle(method)
        if why is None:
            yield _planned(methods, method, started_at + rule.after, index)
        else:
            yield SkippedContact(why, rule.via, method.id, method.channel, index)


def _planned(methods: _Methods, method: ContactMethod, due_at: datetime, index: int | None) -> PlannedContact:
    return PlannedContact(method.id, method.channel, method.address, due_at, methods.person.language, index)


def _same(one: PlannedContact, other: PlannedContact) -> bool:
    return replace(one, rule_index=None) == replace(other, rule_index=None)
