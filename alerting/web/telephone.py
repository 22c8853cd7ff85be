"""One's own PIN for calls to us: chosen here, typed on the telephone. The same page for customers and engineers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from alerting.catalog.service import contact_of
from alerting.runtime import Runtime
from alerting.web.language import gettext, marked
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts import pins, service
from core.accounts.permissions import Actor, Permission
from core.accounts.pins import WeakPin
from core.accounts.service import Throttled

# What `core.accounts.pins` says of a PIN, noted for the catalogue.
REFUSALS = (marked("A PIN has 6 to 8 digits."), marked("This PIN is one that is tried first: choose another."))
LENGTHS = {"minimum": pins.MIN_LENGTH, "maximum": pins.MAX_LENGTH}


def register(room: Blueprint, runtime: Runtime, permission: Permission, side: str) -> None:
    database, key = runtime.database, runtime.settings.signing_key()

    def shown(problem: str | None = None, field: str = "pin") -> str:
        who = signed_in()
        with database.reading() as session:
            since = pins.set_at(session, who.user_id)
            user = service.find_user(session, who.email)
        return render_template(
            "web/telephone.html",
            room=room.name,
            since=since,
            numbers=_numbers(who),
            ours=runtime.settings.voice_from,
            asks_password=user is not None and user.password_hash is not None,
            problem=problem,
            field=field,
            **LENGTHS,
        )

    @room.get("/telephone", endpoint="telephone")
    @needs(permission, side=side)
    def page() -> str:
        return shown()

    @room.post("/telephone", endpoint="choose_pin")
    @needs(permission, side=side)
    def choose() -> Any:
        """Whoever finds a browser left open must not get a way in that outlasts it: the password is asked for."""
        who, pin = signed_in(), request.form.get("pin", "")[:40].strip()
        try:
            pins.check_strength(pin, _numbers(who))
        except WeakPin as weak:
            return shown(gettext(str(weak))), 422
        if request.form.get("again", "")[:40].strip() != pin:
            return shown(gettext("The two are not the same."), "again"), 422
        refused = _password_refused(runtime, who, request.form.get("password", "")[:1000])
        if refused:
            return shown(refused, "password"), 422
        with database.transaction() as session:
            user = service.find_user(session, who.email)
            if user is not None:
                pins.set_pin(session, key, user, pin, runtime.now(session), by=who.as_logged)
        flash(gettext("Your PIN is set. It counts from now on."), "done")
        return redirect(url_for(f"{room.name}.telephone"), 303)

    @room.post("/telephone/removal", endpoint="remove_pin")
    @needs(permission, side=side)
    def remove() -> Any:
        who = signed_in()
        with database.transaction() as session:
            pins.remove_pin(session, who.user_id, runtime.now(session), by=who.as_logged)
        flash(gettext("Removed."), "done")
        return redirect(url_for(f"{room.name}.telephone"), 303)


def _numbers(who: Actor) -> list[str]:
    """The telephones from which the user's calls are known as theirs."""
    config = visitor().config
    person = config.oncall.people.get(who.person_id or "")
    if person is not None:
        methods = [one for one in person.contact_methods if one.verified and one.channel in ("sms", "voice")]
        return list(dict.fromkeys(method.address for method in methods))
    customer = config.customers.get(who.customer_id or "")
    contact = contact_of(customer, who.email) if customer else None
    return [contact.phone] if contact and contact.phone else []


def _password_refused(runtime: Runtime, who: Actor, password: str) -> str | None:
    """Why not; None when it is the user's, or the user has none."""
    with runtime.database.transaction() as session:
        user = service.find_user(session, who.email)
        if user is None or user.password_hash is None:
            return None
        attempt = service.admit(session, who.email, runtime.now(session))
    if isinstance(attempt, Throttled):
        return gettext("Too many tries. Wait a few minutes.")
    if not attempt.verify(password):
        return gettext("That is not your password.")
    with runtime.database.transaction() as session:
        service.take_back(session, attempt)
    return None
