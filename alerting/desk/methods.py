"""One's own contact methods: how they stand, proving new ones by a code, testing them, and which rings when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for

from alerting.desk import vcard
from alerting.methods import queries, service
from alerting.methods.addresses import CHANNELS, BadAddress, checked_address
from alerting.methods.service import (
    LONGEST_AFTER,
    MOST_RULES,
    CannotCall,
    HaveAlready,
    Refused,
    TooMany,
    TooSoon,
    WouldSilence,
)
from alerting.notifications.carriers.base import DeliveryError
from alerting.notifications.carriers.pagerduty import PagerDuty
from alerting.runtime import Runtime
from alerting.web import language
from alerting.web.formats import short_clock
from alerting.web.forms import text
from alerting.web.language import gettext, marked
from alerting.web.visitor import needs, signed_in, visitor
from alerting.work import Work
from core.accounts.permissions import Permission
from oncall.contact_plan import rules_of
from oncall.methods import service as methods
from oncall.methods.codes import MOST_WRONG, Entered
from oncall.methods.own import NOTHING, Own
from oncall.schema import NotificationRule, Person, Urgency

URGENCIES: tuple[Urgency, ...] = ("critical", "normal")
BLANK_RULES = 2  # offered besides the ones that are there
PAGE = "desk.methods"

BAD_ADDRESS: Mapping[str, str] = {
    "phone": marked("That is no fixed line or mobile number. Write it with its country code, like +34600111222."),
    "landline": marked("No SMS reaches a landline: choose the call, and the code is read to you."),
    "email": marked("That is no e-mail address. Write it like ana@example.com."),
}
ENTERED: Mapping[Entered, str] = {
    Entered.RIGHT: marked("Verified: it is in use from now on."),
    Entered.WRONG: marked("That is not the code. Look again, or have a new one sent."),
    Entered.EXPIRED: marked("That code has expired. Have a new one sent."),
    Entered.CLOSED: marked("Too many wrong codes: this one counts no more. Have a new one sent."),
    Entered.USED: marked("That code has been used already: the method is verified."),
}


def register(desk: Blueprint, runtime: Runtime) -> None:
    key = runtime.settings.signing_key()

    @desk.get("/methods", endpoint="methods")
    @needs(Permission.MANAGE_OWN_METHODS, side="staff")
    def page() -> str:
        person, own, config = _me(), _own(), visitor().config
        with runtime.database.reading() as session:
            return render_template(
                "desk/methods.html",
                states=queries.method_states(session, config, person),
                codes=methods.open_codes(session, person.id, visitor().now),
                channels=CHANNELS,
                services=[one.id for one in config.pagerduty.values() if one.configured],
                is_heard=bool(runtime.settings.pagerduty_webhook_secrets and runtime.pagerduty.reads),
                rules={urgency: rules_of(person, urgency, config.oncall.defaults) for urgency in URGENCIES},
                own=own,
                blank_rules=BLANK_RULES,
                vias=_vias(person),
                most_wrong=MOST_WRONG,
                sms_from=runtime.settings.sms_from,
            )

    @desk.post("/methods")
    @needs(Permission.MANAGE_OWN_METHODS, side="staff")
    def add() -> Any:
        channel, typed = request.form.get("channel", ""), text(request.form.get("address", ""), 300)
        chosen = next((one for one in CHANNELS if one == channel), None)
        if chosen is None:
            abort(400)
        try:
            address = checked_address(chosen, typed)
        except BadAddress as error:
            flash(gettext(BAD_ADDRESS[error.problem]), "problem")
            return _back()
        person = _me()
        with _command(runtime) as work:
            service.send_code(work, key, person, chosen, address)
            flash(gettext("A code is on its way to %(address)s. Enter it here.", address=address), "done")
        return _back("codes")

    @desk.post("/methods/pagerduty")
    @needs(Permission.MANAGE_OWN_METHODS, side="staff")
    def through_pagerduty() -> Any:
        person, chosen = _me(), request.form.get("service", "")
        service_there = visitor().config.pagerduty.get(chosen)
        if service_there is None:
            abort(400)
        if not _is_user(runtime.pagerduty, person, service_there.region):
            unknown = gettext(
                "PagerDuty knows no user with your id or mail address: ask a manager to correct your entry."
            )
            flash(unknown, "problem")
            return _back("pagerduty")
        with _command(runtime) as work:
            service.send_proof(work, person, chosen)
            flash(
                gettext("An incident is on its way to PagerDuty. Acknowledge it there, and the method is in use."),
                "done",
            )
        return _back()

    @desk.post("/methods/codes/<code>")
    @needs(Permission.MANAGE_OWN_METHODS, side="staff")
    def enter_code(code: str) -> Any:
        person, typed = _me(), request.form.get("code", "")[:40]
        with _command(runtime) as work:
            outcome = service.enter_code(work, key, person, code, typed).outcome
            right = outcome in (Entered.RIGHT, Entered.USED)
            flash(gettext(ENTERED[outcome]), "done" if right else "problem")
        return _back()

    @desk.post("/methods/<method>/code")
    @needs(Permission.MANAGE_OWN_METHODS, side="staff")
    def prove(method: str) -> Any:
        person = _me()
        found = next((one for one in person.contact_methods if one.id == method), None)
        channel = next((one for one in CHANNELS if found is not None and one == found.channel), None)
        if found is None or channel is None:
            abort(404)
        with _command(runtime) as work:
            service.send_code(work, key, person, channel, found.address)
            flash(gettext("A code is on its way to %(address)s. Enter it here.", address=found.address), "done")
        return _back("codes")

    @desk.post("/methods/<method>/test")
    @needs(Permission.MANAGE_OWN_METHODS, side="staff")
    def test(method: str) -> Any:
        person = _me()
        with _command(runtime) as work:
            service.test(work, person, method)
            flash(gettext("The test is on its way. It is no incident; the result is shown here."), "done")
        return _back()

    @desk.post("/methods/<method>/removal")
    @needs(Permission.MANAGE_OWN_METHODS, side="staff")
    def remove(method: str) -> Any:
        person = _me()
        with _command(runtime) as work:
            service.remove(work, person.id, method)
            flash(gettext("Removed."), "done")
        return _back()

    @desk.post("/methods/rules/<urgency>")
    @needs(Permission.MANAGE_OWN_METHODS, side="staff")
    def rules(urgency: str) -> Any:
        person, chosen = _me(), next((one for one in URGENCIES if one == urgency), None)
        if chosen is None:
            abort(404)
        wanted = None if "reset" in request.form else _written_rules(person)
        with _command(runtime) as work:
            service.set_rules(work, person.id, chosen, wanted)
            flash(gettext("Saved: it counts from the next page on."), "done")
        return _back("rules")

    @desk.post("/methods/handoff")
    @needs(Permission.MANAGE_OWN_METHODS, side="staff")
    def handoff() -> Any:
        person, wanted = _me(), "sms" in request.form
        with _command(runtime) as work:
            service.set_handoff_sms(work, person.id, wanted)
            flash(gettext("Saved."), "done")
        return _back("handoff")

    @desk.get("/methods/guardia.vcf")
    @needs(Permission.MANAGE_OWN_METHODS, side="staff")
    def numbers() -> Response:
        settings, provider = runtime.settings, visitor().config.provider
        ours = [number for one in settings.carrier_accounts for number in (one.voice_from, one.sms_from)]
        card = vcard.card(provider.name, ours, settings.mail_from)
        answer = Response(card, mimetype="text/vcard")
        answer.headers["Content-Disposition"] = 'attachment; filename="guardia.vcf"'
        return answer


def _is_user(client: PagerDuty, person: Person, region: str) -> bool:
    """True also when PagerDuty cannot be asked: the yes that comes from there will tell."""
    try:
        return not client.reads or client.knows(person.pagerduty_user, person.email, region)
    except DeliveryError:
        return True


def _me() -> Person:
    """The person that the user is; 403 for a user who is nobody to page."""
    person = visitor().config.oncall.people.get(signed_in().person_id or "")
    if person is None:
        abort(403)
    return person


def _own() -> Own:
    return visitor().config.own.get(signed_in().person_id or "", NOTHING)


@contextmanager
def _command(runtime: Runtime) -> Iterator[Work]:
    """One transaction; a refused command changes nothing and says why on the next page."""
    try:
        with runtime.work() as work:
            yield work
    except Refused as refused:
        flash(_refusal(refused), "problem")


def _refusal(refused: Refused) -> str:
    match refused:
        case HaveAlready():
            return gettext("You have that one already, and it is verified.")
        case TooMany():
            return gettext("You have as many as there can be: remove one first.")
        case TooSoon(at):
            zone = visitor().config.provider.zone
            return gettext("Too soon after the last one: possible again at %(at)s.",
                           at=short_clock(at, zone, visitor().now, language.current()))  # fmt: skip
        case CannotCall():
            return gettext("Not sent: that PagerDuty service has no key, so it calls nobody. Tell a manager.")
        case WouldSilence("critical"):
            return gettext("Not changed: urgent pages would ring no telephone of yours any more.")
        case WouldSilence():
            return gettext("Not changed: normal pages would ring no telephone of yours any more.")
    return gettext("Not changed: that method is not yours to change here.")


def _vias(person: Person) -> list[tuple[str, str, str]]:
    """(value, channel, address) of what a rule may name: every channel, then each verified method."""
    named = {method.channel for method in person.contact_methods if method.verified}
    ids = {method.id for method in person.contact_methods}  # an id comes before the channel of the same name
    channels = (*CHANNELS, "pagerduty")
    by_channel = [(channel, channel, "") for channel in channels if channel in named and channel not in ids]
    return by_channel + [(one.id, one.channel, one.address) for one in person.contact_methods if one.verified]


def _written_rules(person: Person) -> list[NotificationRule]:
    """The rows of the form that name something, by their minutes; 400 for what the form cannot send."""
    allowed = {value for value, _, _ in _vias(person)}
    rules: list[NotificationRule] = []
    for via, minutes in zip(request.form.getlist("via"), request.form.getlist("after"), strict=False):
        if not via:
            continue
        after = timedelta(minutes=float(minutes)) if _is_minutes(minutes) else None
        if via not in allowed or after is None or len(rules) >= MOST_RULES:
            abort(400)
        rules.append(NotificationRule(via=via, after=after))
    return sorted(rules, key=lambda rule: rule.after)


def _is_minutes(typed: str) -> bool:
    try:
        minutes = float(typed or "nan")
    except ValueError:
        return False
    return 0 <= minutes <= LONGEST_AFTER.total_seconds() / 60


def _back(anchor: str | None = None) -> Any:
    return redirect(url_for(PAGE, _anchor=anchor), 303)
