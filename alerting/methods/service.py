"""What people do with their own contact methods: prove, test, remove, and say which rings when."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from alerting.configuration import change_own
from alerting.methods.addresses import Channel
from alerting.notifications import messages, reachability
from alerting.notifications import service as notifications
from alerting.notifications.models import AttemptRow
from alerting.notifications.out_of_use import ENDING
from alerting.notifications.service import Way
from alerting.pagerduty import methods as pagerduty_methods
from alerting.work import Work
from core.documents import store
from oncall import disabled
from oncall.methods import own as owns
from oncall.methods import service as methods
from oncall.methods.codes import Entered
from oncall.methods.own import Own, Reach, with_own
from oncall.methods.service import CodeEntry
from oncall.schema import ContactMethod, NotificationRule, NotificationRules, Person, Urgency

MOST_METHODS = 10
MOST_RULES = 10
LONGEST_AFTER = timedelta(hours=2)
BETWEEN_TESTS = timedelta(minutes=1)
ID_BYTES = 4


class Refused(Exception):
    """What was asked cannot be done, and nothing has changed."""


class HaveAlready(Refused):
    """It is a verified method that works."""


class TooMany(Refused):
    """More than anybody needs."""


@dataclass(eq=False)
class TooSoon(Refused):
    """Possible again at `at`."""

    at: datetime


@dataclass(eq=False)
class WouldSilence(Refused):
    """Pages of that urgency would ring no phone of the person any more."""

    urgency: Urgency


class CannotCall(Refused):
    """The PagerDuty service has no key, so it calls nobody."""


class UnknownMethod(Refused):
    """The person has no such method, or it is the configuration file's."""


def send_code(work: Work, key: bytes, person: Person, channel: Channel, address: str) -> str:
    """Send the code that proves the address; its id."""
    out_of_use = disabled.rows_of(work.session, [address])
    works = not any(row.channel == channel for row in out_of_use)
    there = [one for one in person.contact_methods if (one.channel, one.address) == (channel, address)]
    if works and any(one.verified for one in there):
        raise HaveAlready
    if not there and len(person.contact_methods) >= MOST_METHODS:
        raise TooMany
    at = methods.may_send_at(work.session, person.id, address, work.now)
    if at > work.now:
        raise TooSoon(at)
    return reachability.send_code(work, key, person, Way(channel, None, address))


def enter_code(work: Work, key: bytes, person: Person, code_id: str, typed: str) -> CodeEntry:
    """With the right code the method is the person's, verified, and in use at once; their mail says so, in case that it
    was not them."""
    entry = methods.enter_code(work.session, key, person.id, code_id, typed, work.now)
    if entry.outcome is Entered.RIGHT and entry.row is not None:
        proved(work, person, entry.row.channel, entry.row.address)
    return entry


def proved(work: Work, person: Person, channel: str, address: str) -> None:
    """The person has shown that it reaches them: it is theirs, and their mail says so."""
    id_ = owns.PREFIX + secrets.token_hex(ID_BYTES)
    method = ContactMethod.model_validate({"id": id_, "channel": channel, "address": address, "verified": True})
    change_own(work.session, person.id, lambda own: _with(own, method), work.now)
    disabled.enable(work.session, method.channel, method.address)
    ending = "" if channel == "pagerduty" else address[-ENDING:]
    notifications.inform(work, person, messages.MethodAddedSms(ending=ending), by=("email",))


def send_proof(work: Work, person: Person, service: str) -> str:
    """Open an incident that proves a PagerDuty service to ring the person, when they acknowledge it there; the
    attempt's id."""
    if not pagerduty_methods.is_configured(service, work.config.pagerduty):
        raise CannotCall
    there = [one for one in person.contact_methods if (one.channel, one.address) == ("pagerduty", service)]
    if any(one.verified for one in there):
        raise HaveAlready
    if not there and len(person.contact_methods) >= MOST_METHODS:
        raise TooMany
    _check_pace(work, "pagerduty", service)
    return reachability.send_proof(work, person, Way("pagerduty", None, service))


def remove(work: Work, person_id: str, method_id: str) -> None:
    """An own method; the file's are the file's."""

    def without(own: Own) -> Own:
        if all(method.id != method_id for method in own.methods):
            raise UnknownMethod
        return _checked(work, person_id, own, owns.without_method(own, method_id))

    change_own(work.session, person_id, without, work.now)


def set_rules(work: Work, person_id: str, urgency: Urgency, rules: Sequence[NotificationRule] | None) -> None:
    """None: as the configuration says. UnknownMethod for a rule that names neither a method nor a channel."""

    def with_rules(own: Own) -> Own:
        now = own.notification_rules or NotificationRules()
        changed = now.model_copy(update={urgency: None if rules is None else tuple(rules)})
        return _checked(work, person_id, own, own.model_copy(update={"notification_rules": changed}), urgency)

    change_own(work.session, person_id, with_rules, work.now)


def set_handoff_sms(work: Work, person_id: str, wanted: bool) -> None:
    change_own(work.session, person_id, lambda own: own.model_copy(update={"handoff_sms": wanted}), work.now)


def test(work: Work, person: Person, method_id: str) -> str:
    """Send a test to one verified method; the attempt's id."""
    method = next((one for one in person.contact_methods if one.id == method_id), None)
    if method is None or not method.verified:
        raise UnknownMethod
    if method.id in pagerduty_methods.stopped(person, work.config.pagerduty, drill=False):
        raise CannotCall
    _check_pace(work, method.channel, method.address)
    return reachability.send_test(work, person, Way(method.channel, method.id, method.address))


def _check_pace(work: Work, channel: str, address: str) -> None:
    last = work.session.execute(
        select(func.max(AttemptRow.created_at)).where(
            AttemptRow.address == address,
            AttemptRow.channel == channel,
            AttemptRow.purpose.in_([reachability.TEST] + [reachability.VERIFICATION] * (channel == "pagerduty")),
        )
    ).scalar_one()
    if last is not None and last > work.now - BETWEEN_TESTS:
        raise TooSoon(last + BETWEEN_TESTS)


def _with(own: Own, method: ContactMethod) -> Own:
    known = {(one.channel, one.address) for one in own.methods}
    if (method.channel, method.address) in known:
        return own
    return own.model_copy(update={"methods": (*own.methods, method)})


def _checked(work: Work, person_id: str, before: Own, after: Own, chosen: Urgency | None = None) -> Own:
    """`after`, unless pages would go unheard by it."""
    document = store.find(work.session, "people", person_id)
    if document is None:
        raise UnknownMethod
    of_file = Person.model_validate(document.body)
    urgency = owns.emptied(_reach(work, with_own(of_file, before)), _reach(work, with_own(of_file, after)), chosen)
    if urgency is not None:
        raise WouldSilence(urgency)
    return after


def _reach(work: Work, person: Person) -> Reach:
    out = disabled.methods_of(work.session, person)
    return owns.reach(person, work.config.oncall.defaults, out.method_ids, out.opted_out)
