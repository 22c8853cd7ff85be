"""The second click: reads the form and runs the activation, for customers and for staff who act for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy.exc import IntegrityError

from alerting.catalog import idempotency
from alerting.catalog.idempotency import Kept, KeyReused
from alerting.catalog.phone import BadPhone, callable_number
from alerting.catalog.schema import Customer
from alerting.catalog.service import Activated, Activation, contact_of, request_activation
from alerting.runtime import Runtime
from alerting.web.forms import text
from alerting.web.language import marked
from core.accounts.permissions import Actor, Role
from core.ids import opaque_token

NO_PLAN = "-"  # in an address, for an activation that names no plan
SYMPTOMS_LENGTH = 4000
REASON_LENGTH = 500
PHONE_LENGTH = 40
KEY_LENGTH = 64
BAD_PHONE = marked("We cannot call this number. Write a fixed or mobile one, such as 611 000 001 or +34 611 000 001.")


@dataclass(frozen=True)
class ActivationForm:
    """What the page asks. `key` makes two presses of the button one request."""

    key: str
    mode: Literal["real", "drill"] = "real"
    callback_phone: str = ""
    symptoms: str = ""
    critical: bool = False
    reason: str = ""

    @classmethod
    def blank(cls, callback_phone: str | None, symptoms: str = "") -> ActivationForm:
        return cls(key=opaque_token(), callback_phone=callback_phone or "", symptoms=text(symptoms, SYMPTOMS_LENGTH))

    @classmethod
    def of(cls, posted: Mapping[str, str]) -> ActivationForm:
        """What does not fit is cut, never refused: somebody in trouble is pressing a button."""
        return cls(
            key=text(posted.get("key", ""), KEY_LENGTH) or opaque_token(),
            mode="drill" if posted.get("mode") == "drill" else "real",
            callback_phone=text(posted.get("callback_phone", ""), PHONE_LENGTH),
            symptoms=text(posted.get("symptoms", ""), SYMPTOMS_LENGTH),
            critical=posted.get("critical") == "yes",
            reason=text(posted.get("reason", ""), REASON_LENGTH),
        )

    def problems(self) -> dict[str, str]:
        """By field; empty when the form can be sent."""
        try:
            if self.callback_phone:
                callable_number(self.callback_phone)
        except BadPhone:
            return {"callback_phone": BAD_PHONE}
        return {}


def callback_number(customer: Customer, email: str | None) -> str | None:
    """What the page proposes: the number of whoever asks, else that of the first contact who has one."""
    own = contact_of(customer, email) if email else None
    numbers = [contact.phone for contact in ((own,) if own else ()) + tuple(customer.contacts)]
    return next((number for number in numbers if number), None)


def activate(
    runtime: Runtime,
    actor: Actor,
    customer_id: str,
    plan_id: str | None,
    form: ActivationForm,
    caller_email: str | None = None,
) -> Activated:
    """The command, run once more when another request of the same moment was first. Raises what
    `request_activation` raises. `caller_email`: for whom staff act, if it is a contact of the customer."""
    try:
        return _once(runtime, actor, customer_id, plan_id, form, caller_email)
    except IntegrityError:
        return _once(runtime, actor, customer_id, plan_id, form, caller_email)


def _once(
    runtime: Runtime,
    actor: Actor,
    customer_id: str,
    plan_id: str | None,
    form: ActivationForm,
    caller_email: str | None,
) -> Activated:
    key = f"page:{form.key}"
    digest = idempotency.digest(asdict(form) | {"customer": customer_id, "plan": plan_id})
    with runtime.work() as work:
        try:
            kept = idempotency.kept(work.session, actor.user_id, key, digest, work.now)
        except KeyReused:
            # Back, something else written, sent again: that is a new request, and never a refusal.
            key, kept = f"page:{opaque_token()}", None
        if kept is not None:
            return Activated(**kept.answer, queued_until=None)
        done = request_activation(work, _wanted(actor, customer_id, plan_id, form, caller_email))
        answer = {key: value for key, value in asdict(done).items() if key != "queued_until"}
        idempotency.keep(work.session, actor.user_id, key, digest, Kept(303, answer), work.now)
    return done


def _wanted(
    actor: Actor, customer_id: str, plan_id: str | None, form: ActivationForm, caller_email: str | None
) -> Activation:
    return Activation(
        customer_id=customer_id,
        mode=form.mode,
        requester_email=actor.email,
        channel="portal",
        plan_id=plan_id,
        callback_phone=callable_number(form.callback_phone) if form.callback_phone else None,
        symptoms=form.symptoms or None,
        critical=form.critical,
        reason=form.reason or None,
        on_behalf=actor.is_staff,
        caller_email=caller_email,
        by_manager=actor.is_staff and not {Role.MANAGER, Role.ADMIN}.isdisjoint(actor.roles),
        actor=actor.as_logged,
    )
