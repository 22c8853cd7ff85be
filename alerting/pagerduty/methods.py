"""People who are called through PagerDuty: by the service whose escalation policy there rings them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from alerting.pagerduty.schema import DEFAULT, Service
from oncall.contact_plan import SkipReason
from oncall.schema import ContactMethod, Person

CHANNEL = "pagerduty"
_USER = re.compile(r"[A-Z][A-Z0-9]{5,19}")


def is_user(address: str) -> bool:
    """Whether the address of a method is the id of a user there (`PABC123`) and not that of a service, which is written
    in small letters."""
    return _USER.fullmatch(address) is not None


def service_of(address: str) -> str:
    """The service by which the method rings: its own, else for a user's id the default one."""
    return DEFAULT if is_user(address) else address


def in_force(person: Person) -> Person:
    """The person with services as the addresses of their methods; a user's id that one of these was is who they are
    there, unless the person says that themselves."""
    users = [one.address for one in person.contact_methods if one.channel == CHANNEL and is_user(one.address)]
    if not users:
        return person
    found = tuple(_by_service(one) for one in person.contact_methods)
    return person.model_copy(update={"contact_methods": found, "pagerduty_user": person.pagerduty_user or users[0]})


def stopped(person: Person, services: Mapping[str, Service], *, drill: bool) -> dict[str, SkipReason]:
    """By id, the methods that call nobody now: a drill wakes nobody through PagerDuty, and a service without a key
    cannot be called."""
    found: dict[str, SkipReason] = {}
    for method in person.contact_methods:
        if method.channel == CHANNEL:
            if drill:
                found[method.id] = "drill_excluded"
            elif not is_configured(method.address, services):
                found[method.id] = "pagerduty_not_configured"
    return found


def is_configured(service: str, services: Mapping[str, Service]) -> bool:
    return service in services and services[service].configured


def _by_service(method: ContactMethod) -> ContactMethod:
    if method.channel != CHANNEL:
        return method
    return method.model_copy(update={"address": service_of(method.address)})
