"""What `guardia doctor` asks about PagerDuty: (level, text, remedy) of each finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from alerting.configuration import Configuration
from alerting.notifications.carriers.base import ConfigurationDeliveryError, DeliveryError
from alerting.notifications.carriers.pagerduty import PagerDuty
from alerting.pagerduty import methods
from alerting.pagerduty.following import RotaState
from alerting.pagerduty.schema import Service
from core.settings import Settings
from core.time import iso

KEY_LENGTH = 32  # of a routing key: Events API v2 refuses any other
Found = tuple[Literal["ok", "warning", "problem"], str, str]


def of_settings(settings: Settings) -> Iterator[Found]:
    """Nothing at all while none of its settings is in use."""
    api_key = settings.pagerduty_api_key.get_secret_value()
    in_use = settings.pagerduty_routing_key.get_secret_value() or api_key or settings.pagerduty_webhook_secrets
    if not in_use:
        yield "ok", "not set up: its attempts are skipped, and the log says so", ""
        return
    if urlsplit(settings.pagerduty_events_url).hostname:
        where = f"events go to {settings.pagerduty_events_url}, and call nobody of PagerDuty's"
        yield "warning", where, "remove GUARDIA_PAGERDUTY_EVENTS_URL when real people are to be called"
    if not settings.pagerduty_webhook_secrets:
        text = "what people do in PagerDuty is not heard: an acknowledgement there stops nothing here"
        yield "warning", text, "add a webhook subscription to /webhooks/pagerduty; set GUARDIA_PAGERDUTY_WEBHOOK_SECRET"
    elif not api_key:
        text = "without a REST key, events of an incident that names no key cannot be told apart, and are ignored"
        yield "warning", text, "set GUARDIA_PAGERDUTY_API_KEY (read-only is enough)"


def client(settings: Settings) -> PagerDuty:
    return PagerDuty(api_url=settings.pagerduty_api_url, api_key=settings.pagerduty_api_key.get_secret_value())


def of_services(config: Configuration, settings: Settings) -> Iterator[Found]:
    """Those of the file, with what their keys are worth as far as it can be seen without calling anybody."""
    for service in config.pagerduty.values():
        yield from _of_key(service, settings.named_secret(service.key))
    if settings.pagerduty_webhook_secrets:
        yield from _of_people(config)
    yield from _of_methods(config, settings)


def of_account(config: Configuration, settings: Settings, client: PagerDuty) -> Iterator[Found]:
    """Asks PagerDuty who we are, in each region in use."""
    if not client.reads:
        return
    for region in sorted({one.region for one in config.pagerduty.values() if one.configured}):
        try:
            client.check(region)
        except ConfigurationDeliveryError as error:
            yield "problem", f"PagerDuty refuses GUARDIA_PAGERDUTY_API_KEY ({error})", "set a key of that account"
        except DeliveryError as error:
            remedy = "check the way out: proxy, firewall, DNS, GUARDIA_PAGERDUTY_API_URL"
            yield "problem", f"PagerDuty cannot be asked: {error}", remedy
        else:
            yield "ok", f"PagerDuty knows us (region {region})", ""
            yield from _of_users(config, client, region)


def _of_users(config: Configuration, client: PagerDuty, region: str) -> Iterator[Found]:
    """Whoever is called through a service of that region, or has an id there, should be a user there."""
    for person in config.oncall.people.values():
        called = any(one.address in config.pagerduty and config.pagerduty[one.address].region == region
                     for one in person.contact_methods if one.channel == methods.CHANNEL)  # fmt: skip
        if not called and not person.pagerduty_user:
            continue
        try:
            known = client.knows(person.pagerduty_user, person.email, region)
        except DeliveryError:
            return
        if not known:
            who = person.pagerduty_user or person.email or "no mail address"
            text = f"PagerDuty knows no user for {person.name} ({who}): an acknowledgement there is a stranger's"
            yield "warning", text, "correct pagerduty_user, or the mail address, in the file or there"


def of_rotas(states: Iterable[RotaState], settings: Settings, now: datetime) -> Iterator[Found]:
    """Of rotations that follow a rota there."""
    for one in states:
        about = f"rotation {one.rotation.id}, kept in PagerDuty,"
        if not settings.pagerduty_api_key.get_secret_value():
            remedy = "set GUARDIA_PAGERDUTY_API_KEY (read-only is enough)"
            yield "problem", f"{about} cannot be read without a REST key", remedy
        elif one.read_at is None:
            remedy = "run a clock and a worker; check the key, and the id of what it follows"
            yield "problem", f"{about} was never read{_said(one)}: nobody is on call by it", remedy
        elif one.is_stale(now):
            hours = int((now - one.read_at).total_seconds() // 3600)
            text = f"{about} was last read {hours} h ago{_said(one)}: the last rota known is in force"
            yield "warning", text, "check the way to PagerDuty, and GUARDIA_PAGERDUTY_API_KEY"
        elif one.is_empty:
            remedy = "check that an escalation policy there uses the schedule, and its id in the file"
            yield "problem", f"{about} has nobody on call", remedy
        else:
            yield "ok", f"{about} is current", ""
        for user, name, at in one.strangers:
            text = f"{name} ({user}) is on call in PagerDuty from {iso(at)} and is nobody here: nobody is paged then"
            yield "warning", text, f"add pagerduty_user: {user} to the entry of a person"


def _said(state: RotaState) -> str:
    return f" ({state.error})" if state.error else ""


def _of_key(service: Service, key: str) -> Iterator[Found]:
    name = service.key.removeprefix("env:")
    if not key:
        if service.key and service.id != "default":
            text = f"service {service.id}: {name} is not set, its attempts are skipped"
            yield "warning", text, f"set {name} to the integration key of an Events API v2 integration"
    elif len(key) != KEY_LENGTH:
        text = f"service {service.id}: {name} has {len(key)} characters, a routing key has {KEY_LENGTH}"
        yield "problem", text, "copy the integration key of an Events API v2 integration"
    else:
        yield "ok", f"service {service.id} has a key" + (", every real ticket is mirrored" * service.mirror), ""


def _of_methods(config: Configuration, settings: Settings) -> Iterator[Found]:
    """People who are called through PagerDuty by a contact method of their own."""
    callers: dict[str, list[str]] = {}
    for person in config.oncall.people.values():
        for method in person.contact_methods:
            if method.channel == methods.CHANNEL and method.verified:
                callers.setdefault(method.address, []).append(person.name)
    for service, names in callers.items():
        who = ", ".join(names)
        if not methods.is_configured(service, config.pagerduty):
            text = f"{who} cannot be called through PagerDuty: service {service} has no key"
            yield "warning", text, "set the variable that its routing_key names"
        if len(names) > 1:
            text = f"service {service} is the contact method of {who}: it rings whoever is on call there"
            yield "warning", text, "give each a service whose escalation policy calls that person"
    heard = settings.pagerduty_webhook_secrets and settings.pagerduty_api_key.get_secret_value()
    if callers and not heard:
        text = "people are called through PagerDuty, but what they answer there is not heard"
        yield "warning", text, "set GUARDIA_PAGERDUTY_WEBHOOK_SECRET and GUARDIA_PAGERDUTY_API_KEY"


def _of_people(config: Configuration) -> Iterator[Found]:
    unknown = [one.name for one in config.oncall.people.values() if not one.pagerduty_user and not one.email]
    if unknown:
        text = f"no pagerduty_user and no mail: {', '.join(unknown)}; their acknowledgement there is a stranger's"
        yield "warning", text, "add pagerduty_user to their entries"
