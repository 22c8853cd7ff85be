"""What one object cannot know about itself: the rules between the objects of a configuration. Pure; one function for
each rule, and every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

import phonenumbers

from alerting.catalog.schema import METRICS, Customer, Metric, SlaTarget
from alerting.catalog.terms import SupportTerms
from alerting.escalation.schema import EscalationPolicy
from alerting.monitoring.schema import Heartbeat, Integration
from alerting.pagerduty.methods import CHANNEL, service_of
from oncall.schema import Defaults, NotificationRules, Person
from service.configuration.configuration import Configuration
from service.configuration.document import Path
from service.configuration.objects import Item
from service.configuration.problems import Problem, did_you_mean, in_order
from service.configuration.reach import PHONE_CHANNELS, channels_of, people_of
from service.configuration.references import references_to_nothing
from service.configuration.schema import Provider

CHANNELS = ("sms", "voice", "email", "pagerduty")


def problems_of(configuration: Configuration) -> tuple[Problem, ...]:
    """Everything for which the configuration is refused."""
    return in_order(problem for rule in RULES for problem in rule(configuration))


def last_resorts_that_ring_no_phone(configuration: Configuration) -> Iterator[Problem]:
    for item, policy in configuration.of("escalation_policies", EscalationPolicy):
        targets = policy.last_resort.notify
        channels = channels_of(targets, policy.urgency, configuration)
        if channels & PHONE_CHANNELS or not people_of(targets, configuration).complete:
            continue
        by = f"only by {', '.join(sorted(channels))}" if channels else "by nothing"
        message = f"the last resort is reached {by}: no verified phone could answer it"
        remedy = "name somebody whose rules ring a verified sms or voice contact method"
        yield item.problem(("last_resort", "notify"), message, remedy)


def steps_that_reach_nobody(configuration: Configuration) -> Iterator[Problem]:
    for item, policy in configuration.of("escalation_policies", EscalationPolicy):
        for index, step in enumerate(policy.steps):
            named = people_of(step.notify, configuration)
            if channels_of(step.notify, policy.urgency, configuration) or not named.complete:
                continue
            who = ", ".join(sorted(named.people))
            why = f"no verified contact method of {who} is used" if who else "nobody is ever on call there"
            remedy = "verify a contact method, put somebody on the schedule, or name somebody else"
            yield item.problem(("steps", index, "notify"), f"step {index + 1} can never reach anybody: {why}", remedy)


def impossible_phone_numbers(configuration: Configuration) -> Iterator[Problem]:
    for item, path, number in _phone_numbers(configuration):
        if not _is_possible(number):
            message = f"{number!r} is not a possible telephone number"
            remedy = "write it in E.164 with its country code, like +34600000001"
            yield item.problem(path, message, remedy)


def _phone_numbers(configuration: Configuration) -> Iterator[tuple[Item, Path, str]]:
    for item, provider in configuration.of("provider", Provider):
        if provider.emergency_phone is not None:
            yield item, ("emergency_phone",), provider.emergency_phone
    for item, person in configuration.of("people", Person):
        for index, method in enumerate(person.contact_methods):
            if method.channel in PHONE_CHANNELS:
                yield item, ("contact_methods", index, "address"), method.address
    for item, customer in configuration.of("customers", Customer):
        for index, contact in enumerate(customer.contacts):
            if contact.phone is not None:
                yield item, ("contacts", index, "phone"), contact.phone


def _is_possible(number: str) -> bool:
    """Right country code and right length. Whether it is assigned only the carrier knows; new ranges appear sooner in
    the network than in any list."""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False


def slas_worse_than_the_base(configuration: Configuration) -> Iterator[Problem]:
    """Support terms, clause 4.1: a contract's SLA can never be worse. Here the cells that can be compared by their
    minutes alone."""
    base = {target.cell: target for _, target in configuration.of("sla", SlaTarget)}
    for item, customer in configuration.of("customers", Customer):
        for index, target in enumerate(customer.contract.sla):
            for metric, own, least in _worse(target, base.get(target.cell)):
                path = ("contract", "sla", index, f"{metric}_minutes")
                cell = f"{target.component}/{target.priority}/{metric}"
                message = f"{cell}: {own} minutes is worse than the {least} that every customer has"
                yield item.problem(path, message, f"write {least} or less, or leave it out")


def _worse(target: SlaTarget, base: SlaTarget | None) -> Iterator[tuple[Metric, int, int]]:
    for metric in METRICS if base is not None else ():
        own, least = target.minutes(metric), base.minutes(metric) if base is not None else None
        if own is not None and least is not None and own > least:
            yield metric, own, least


def ids_used_twice(configuration: Configuration) -> Iterator[Problem]:
    for item, customer in configuration.of("customers", Customer):
        emails = [contact.email.lower() if contact.email else None for contact in customer.contacts]
        yield from _twice(item, "contacts", "id", [contact.id for contact in customer.contacts])
        yield from _twice(item, "contacts", "email", emails)
        yield from _twice(item, "plans", "id", [plan.id for plan in customer.plans])
        yield from _twice(item, "contract.sla", "component", [target.cell for target in customer.contract.sla])


def _twice(item: Item, where: str, key: str, values: Sequence[object]) -> Iterator[Problem]:
    seen: set[object] = set()
    for index, value in enumerate(values):
        if value is not None and value in seen:
            shown = "/".join(value) if isinstance(value, tuple) else value
            message = f"the {key} {shown!r} stands here twice"
            yield item.problem((*where.split("."), index, key), message, "remove one of the two, or change it")
        seen.add(value)


def terms_that_begin_on_one_day(configuration: Configuration) -> Iterator[Problem]:
    """Of two versions that begin together nobody could say which is in force."""
    first: dict[date, str] = {}
    for item, terms in configuration.of("terms", SupportTerms):
        if (other := first.setdefault(terms.from_, terms.id)) != terms.id:
            message = f"the terms {other} begin on {terms.from_} as well"
            yield item.problem(("from",), message, "give each version a day of its own")


def emails_used_twice(configuration: Configuration) -> Iterator[Problem]:
    """Of two people with one address nobody could say whose answer a mail is."""
    first: dict[str, str] = {}
    for item, person in configuration.of("people", Person):
        if person.email is None:
            continue
        owner = first.setdefault(person.email.lower(), person.id)
        if owner != person.id:
            yield item.problem(("email",), f"the e-mail {person.email!r} is already {owner}'s", "write another one")


def rules_that_lead_nowhere(configuration: Configuration) -> Iterator[Problem]:
    for item, person in configuration.of("people", Person):
        own = [method.id for method in person.contact_methods]
        yield from _vias(item, person.notification_rules, (*own, *CHANNELS))
    for item, defaults in configuration.of("defaults", Defaults):
        yield from _vias(item, defaults.notification_rules, CHANNELS)


def pagerduty_methods_of_no_service(configuration: Configuration) -> Iterator[Problem]:
    known = configuration.ids("pagerduty")
    for item, person in configuration.of("people", Person):
        for index, method in enumerate(person.contact_methods):
            if method.channel != CHANNEL or service_of(method.address) in known or "pagerduty" in configuration.unsure:
                continue
            message = f"there is no PagerDuty service {method.address!r}"
            remedy = f"{did_you_mean(method.address, known)}, or write the id of a user there such as PABC123"
            yield item.problem(("contact_methods", index, "address"), message, remedy)


def _vias(item: Item, rules: NotificationRules | None, allowed: tuple[str, ...]) -> Iterator[Problem]:
    for urgency in ("critical", "normal") if rules is not None else ():
        for index, rule in enumerate(getattr(rules, urgency) or ()):
            if rule.via not in allowed:
                path = ("notification_rules", urgency, index, "via")
                message = f"{rule.via!r} is neither a contact method of this object nor a channel"
                yield item.problem(path, message, did_you_mean(rule.via, allowed))


def business_hours_without_a_calendar(configuration: Configuration) -> Iterator[Problem]:
    for item, customer in configuration.of("customers", Customer):
        contract = customer.contract
        if contract.calendar is None and "business" in contract.coverage.values():
            message = "the contract covers business hours, but has no calendar that says when they are"
            yield item.problem(("contract", "calendar"), message, "add calendar with the id of one of calendars")


def plans_without_a_contact_deadline(configuration: Configuration) -> Iterator[Problem]:
    """Support terms, clause 2: an activation ends in contact, so the policy has to watch for it."""
    for item, customer in configuration.of("customers", Customer):
        used: list[tuple[Path, str | None]] = [
            (("contract", "default_escalation_policy"), customer.contract.default_escalation_policy)
        ]
        used.extend(
            (("plans", n, "escalation_policy"), plan.escalation_policy) for n, plan in enumerate(customer.plans)
        )
        for path, policy_id in used:
            policy = configuration.value("escalation_policies", policy_id, EscalationPolicy) if policy_id else None
            if policy is not None and policy.contact_within is None:
                message = f"the policy {policy_id!r} has no contact_within, which a contingency plan needs"
                yield item.problem(
                    path, message, "set contact_within in the policy, such as 10m, or use another policy"
                )


def suggested_plans_of_others(configuration: Configuration) -> Iterator[Problem]:
    sources: list[tuple[Item, str, str | None, Path]] = []
    for item, integration in configuration.of("integrations", Integration):
        sources.append((item, integration.customer, integration.on_event.suggest_plan, ("on_event", "suggest_plan")))
    for item, heartbeat in configuration.of("heartbeats", Heartbeat):
        sources.append((item, heartbeat.customer, heartbeat.on_late.suggest_plan, ("on_late", "suggest_plan")))
    for item, customer_id, plan_id, path in sources:
        customer = configuration.value("customers", customer_id, Customer)
        if customer is not None and plan_id is not None and customer.plan(plan_id) is None:
            message = f"{customer_id} has no plan {plan_id!r}"
            yield item.problem(path, message, did_you_mean(plan_id, [plan.id for plan in customer.plans]))


Rule = Callable[[Configuration], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    references_to_nothing,
    last_resorts_that_ring_no_phone,
    steps_that_reach_nobody,
    impossible_phone_numbers,
    slas_worse_than_the_base,
    ids_used_twice,
    terms_that_begin_on_one_day,
    emails_used_twice,
    rules_that_lead_nowhere,
    pagerduty_methods_of_no_service,
    business_hours_without_a_calendar,
    plans_without_a_contact_deadline,
    suggested_plans_of_others,
)
