"""Who has access: for staff of every customer, for a customer's owner of their own organisation. The same page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from alerting.invitations import queries, service
from alerting.runtime import Runtime
from alerting.web.forms import text
from alerting.web.language import gettext, marked
from alerting.web.visitor import needs, signed_in, visitor
from alerting.work import Work
from core.accounts import managed
from core.accounts.managed import NotManaged, Refusal
from core.accounts.permissions import Permission, Role, RolesMismatch, Visibility, can_be_limited, may_give
from core.accounts.service import ConfiguredUser

OURS = "-"  # in the address, for the provider's own people
NOT_AN_ADDRESS = marked("Write one e-mail address, such as ana@itsafer.example.")
NO_ROLE = marked("Choose at least one role.")
REFUSED = {
    Refusal.NOT_YOURS: marked("You cannot give or change this access. If the address is right, ask the provider."),
    Refusal.EXISTS: marked("This address has access already; below you can change it or send a new link."),
    Refusal.FILE_OWNED: marked("This access stands in the provider's configuration file and is changed there."),
    Refusal.ONESELF: marked("Your own access is changed by somebody else who may."),
    Refusal.TOO_SOON: marked("A link was sent less than a minute ago. Wait a little before sending another."),
    Refusal.TOO_MANY: marked("Too many invitations today. Go on tomorrow, or call the provider."),
}


@dataclass(frozen=True)
class Asked:
    """What was typed into the form, shown again when it is refused."""

    email: str = ""
    roles: tuple[str, ...] = ()


def register(room: Blueprint, runtime: Runtime, side: str) -> None:
    database = runtime.database

    def shown(whose: str | None, asked: Asked, problem: str | None = None) -> str:
        who, config = signed_in(), visitor().config
        customers = sorted(config.customers.values(), key=lambda one: one.name.casefold())
        customer = config.customer(whose) if whose else None
        with database.reading() as session:
            found = queries.accounts(session, whose, visitor().now)
            return render_template(
                "web/people.html",
                room=room.name,
                accounts=[(one, managed.manages(who, one.user), _name(one)) for one in found],
                roles=[role for role in Role if role in may_give(who, whose)],
                customer=customer,
                whose=whose or OURS,
                choices=[(one.id, one.name) for one in customers] if who.is_staff else [],
                ours=OURS if may_give(who, None) else None,
                me=who.user_id,
                visibilities=tuple(Visibility),
                limitable=can_be_limited,
                asked=asked,
                problem=problem,
            )

    def done(command: Callable[[Work], str]) -> Any:
        """One transaction with the command in it, which says what is then told; back to the list in any case."""
        whose = _whose()
        try:
            with runtime.work() as work:
                told = command(work)
        except NotManaged as refused:
            flash(gettext(REFUSED[refused.why]), "problem")
        except RolesMismatch:
            flash(gettext(NO_ROLE), "problem")
        else:
            flash(told, "done")
        return redirect(url_for(f"{room.name}.people", customer=_in_address(whose)), 303)

    @room.get("/people", endpoint="people")
    @needs(Permission.MANAGE_PEOPLE, side=side)
    def people() -> str:
        return shown(_whose(), Asked())

    @room.post("/people", endpoint="invite")
    @needs(Permission.MANAGE_PEOPLE, side=side)
    def invite() -> Any:
        whose = _whose()
        asked = Asked(request.form.get("email", "")[:254].strip(), tuple(request.form.getlist("roles")[:10]))
        try:
            wanted = ConfiguredUser(asked.email, asked.roles, customer=whose)
        except RolesMismatch:
            return shown(whose, asked, gettext(NO_ROLE)), 422
        except ValueError:
            return shown(whose, asked, gettext(NOT_AN_ADDRESS)), 422
        try:
            with runtime.work() as work:
                service.invite(work, signed_in(), wanted)
        except NotManaged as refused:
            return shown(whose, asked, gettext(REFUSED[refused.why])), 422
        flash(gettext("Invited. %(email)s has three days to choose a password.", email=wanted.email), "done")
        return redirect(url_for(f"{room.name}.people", customer=_in_address(whose)), 303)

    @room.post("/people/<user>/invitation", endpoint="invite_again")
    @needs(Permission.MANAGE_PEOPLE, side=side)
    def invite_again(user: str) -> Any:
        def send(work: Work) -> str:
            email = service.send_again(work, signed_in(), user)
            return gettext("A new link is on its way to %(email)s. Earlier ones no longer work.", email=email)

        return done(send)

    @room.post("/people/<user>/roles", endpoint="change_roles")
    @needs(Permission.MANAGE_PEOPLE, side=side)
    def change_roles(user: str) -> Any:
        def change(work: Work) -> str:
            whom = managed.managed(work.session, signed_in(), user)
            managed.change_roles(work.session, signed_in(), whom, request.form.getlist("roles")[:10], work.now)
            return gettext("Saved. It counts from now on.")

        return done(change)

    @room.post("/people/<user>/visibility", endpoint="change_visibility")
    @needs(Permission.MANAGE_PEOPLE, side=side)
    def change_visibility(user: str) -> Any:
        wanted = request.form.get("visibility", "")
        department = text(request.form.get("department", ""), 100) or None
        if wanted not in tuple(Visibility):
            abort(400)

        def change(work: Work) -> str:
            whom = managed.managed(work.session, signed_in(), user)
            managed.limit(work.session, signed_in(), whom, Visibility(wanted), department, work.now)
            return gettext("Saved. It counts from now on.")

        return done(change)

    @room.post("/people/<user>/end", endpoint="end_access")
    @needs(Permission.MANAGE_PEOPLE, side=side)
    def end_access(user: str) -> Any:
        def end(work: Work) -> str:
            whom = managed.managed(work.session, signed_in(), user)
            managed.end_access(work.session, signed_in(), whom, work.now)
            return gettext("%(email)s has no access any more.", email=whom.email)

        return done(end)


def _whose() -> str | None:
    """The customer that the page is about: one's own, or for staff the one that the address names; None for the
    provider's own people. 404 for what is not the visitor's to manage."""
    who, config = signed_in(), visitor().config
    if not who.is_staff:
        return who.customer_id if who.customer_id in config.customers else abort(404)
    named = request.args.get("customer")
    if named is None:
        first = min(config.customers.values(), key=lambda one: one.name.casefold(), default=None)
        return first.id if first else None
    whose = None if named == OURS else named
    if (whose is not None and whose not in config.customers) or not may_give(who, whose):
        abort(404)
    return whose


def _in_address(whose: str | None) -> str | None:
    return (whose or OURS) if signed_in().is_staff else None


def _name(one: queries.Account) -> str | None:
    config = visitor().config
    if one.user.person_id:
        return config.person_name(one.user.person_id)
    customer = config.customer(one.user.customer_id) if one.user.customer_id else None
    contact = service.contact_at(customer, one.user.email)
    return contact.name if contact else None
