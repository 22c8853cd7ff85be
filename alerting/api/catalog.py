"""The service catalog and its one request: an intervention by activation of a contingency plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from flask import request

from alerting.api.access import Answer, Command, Look
from alerting.api.fields import Body, CallbackPhone, LongText, Query, ShortText
from alerting.api.problems import NO_SUCH_THING, refuse, refuse_fields
from alerting.catalog import entitlement, idempotency
from alerting.catalog.entitlement import Entitlement, Queued, Refused
from alerting.catalog.idempotency import Kept
from alerting.catalog.schema import Customer, Plan
from alerting.catalog.service import ITEM, TITLES, Activated, Activation, request_activation
from alerting.notifications.wording import Language, Provider, day_and_time
from core.accounts.permissions import Actor, Permission, can
from core.settings import Settings
from core.time import iso_or_none

IDEMPOTENCY_KEY = "Idempotency-Key"
ANSWER_FIELDS = (
    *("reference", "state", "ticket_url", "status_url", "queued_until", "emergency_phone"),
    *("joined", "repaged"),
)


class CatalogQuery(Query):
    """`customer` is for staff; a customer has but its own catalog."""

    customer: ShortText | None = None


class ActivationBody(Body):
    """Without `plan`: the only one there is, else the contract's default policy. `customer` is for staff."""

    plan: ShortText | None = None
    mode: Literal["real", "drill"]
    callback_phone: CallbackPhone | None = None
    symptoms: LongText | None = None
    critical: bool = False
    reason: LongText | None = None
    customer: ShortText | None = None


def catalog(look: Look, query: CatalogQuery) -> Answer:
    """What may be requested, and what a request would meet now"""
    customer_id = query.customer if look.actor.is_staff else look.actor.customer_id
    customer = look.config.customers.get(customer_id or "")
    if query.customer and (query.customer != customer_id or customer is None):
        refuse(404, NO_SUCH_THING)
    return [item_json(look, customer)]


def activate(command: Command, body: ActivationBody) -> Answer:
    """Activate a contingency plan: from here on somebody is paged until the customer has been called"""
    key = idempotency_key()
    session, now = command.work.session, command.work.now
    caller, digest = command.actor.user_id, ""
    if key is not None:
        digest = idempotency.digest(request.get_json())
        kept = idempotency.kept(session, caller, key, digest, now)
        if kept is not None:
            return _answered(kept)
    activated = request_activation(command.work, activation(command, body))
    phone = command.work.config.provider.emergency_phone or None
    answer = Kept(200 if activated.joined else 201, activated_json(activated, command.settings, phone))
    if key is not None:
        idempotency.keep(session, caller, key, digest, answer, now)
    return _answered(answer)


def activated_json(activated: Activated, settings: Settings, emergency_phone: str | None) -> dict[str, Any]:
    """`joined` and `repaged` only when the request joined a ticket that was open."""
    origin, reference = settings.public_origin, activated.reference
    answer: dict[str, Any] = {
        "reference": reference,
        "state": activated.state,
        "ticket_url": f"{origin}/portal/tickets/{reference}",
        "status_url": f"{origin}/api/v1/tickets/{reference}",
        "queued_until": iso_or_none(activated.queued_until),
        "emergency_phone": emergency_phone,
    }
    return answer | ({"joined": True, "repaged": activated.repaged} if activated.joined else {})


def item_json(look: Look, customer: Customer | None) -> dict[str, Any]:
    """The contingency item; staff who name no customer see that it exists."""
    plans = [_plan_json(look, customer, plan) for plan in customer.plans] if customer else []
    reasons = [plan["reason"] for plan in plans]
    return {
        "id": ITEM,
        "name": TITLES[look.language],
        "available": any(plan["available"] for plan in plans),
        "may_activate": can(look.actor, Permission.ACTIVATE),
        "reason": None if None in reasons else next(iter(reasons), None),
        "coverage": dict(customer.contract.coverage) if customer else {},
        "plans": plans,
    }


def _plan_json(look: Look, customer: Customer, plan: Plan) -> dict[str, Any]:
    contract, calendars = customer.contract, look.config.oncall.calendars
    entitled = entitlement.check(contract, plan.component, "real", look.now, calendars)
    return {
        "id": plan.id,
        "name": plan.name,
        "component": plan.component,
        "priority": plan.priority,
        "coverage": contract.coverage.get(plan.component),
        "available": not isinstance(entitled, Refused),
        "reason": _reason(entitled, look.config.provider, look.language),
        "queued_until": iso_or_none(entitled.until) if isinstance(entitled, Queued) else None,
    }


_REASONS: Mapping[str, Mapping[Language, str]] = {
    "queued": {
        "es": "Fuera del horario contratado: se avisará al equipo el {until}.",
        "en": "Outside the contracted hours: the team will be paged on {until}.",
    },
    "trial": {
        "es": "El contrato es de prueba: solo permite simulacros.",
        "en": "The contract is a trial: only drills are possible.",
    },
    "out_of_coverage": {
        "es": "El contrato no cubre este plan a esta hora.",
        "en": "The contract does not cover this plan at this hour.",
    },
    "call": {"es": " En una emergencia, llame al {phone}.", "en": " In an emergency, call {phone}."},
}


def _reason(entitled: Entitlement, provider: Provider, language: Language) -> str | None:
    """Why it would not be paged now, in the reader's words; None when it would."""
    if isinstance(entitled, Queued):
        text = _REASONS["queued"][language].format(until=day_and_time(entitled.until, language, provider))
    elif isinstance(entitled, Refused):
        text = _REASONS[entitled.reason][language]
    else:
        return None
    phone = provider.emergency_phone
    return text + (_REASONS["call"][language].format(phone=phone) if phone else "")


def activation(command: Command, body: ActivationBody) -> Activation:
    """What the body asks for, on whose behalf; fields that name nothing are refused."""
    actor = command.actor
    return Activation(
        customer_id=customer_of(command, body.customer),
        mode=body.mode,
        requester_email=actor.email,
        channel="api",
        plan_id=body.plan,
        callback_phone=body.callback_phone,
        symptoms=body.symptoms or None,
        critical=body.critical,
        reason=body.reason or None,
        on_behalf=actor.is_staff,
        by_manager=can(actor, Permission.SCHEDULE_DRILL),
        actor=actor.as_logged,
    )


def customer_of(command: Command, named: str | None) -> str:
    """Whose request it is. Somebody else's customer and an unknown one get the same 404."""
    actor: Actor = command.actor
    if actor.is_staff and named is None:
        refuse_fields(("customer", "is required of staff: name the customer whose request it is"))
    wanted = named if actor.is_staff else actor.customer_id
    if wanted is None or named not in (None, wanted):
        refuse(404, NO_SUCH_THING)
    if wanted not in command.work.config.customers:
        if named is not None:
            refuse(404, NO_SUCH_THING)
        phone = command.work.config.provider.emergency_phone
        refuse(403, "your organisation has no contract here any more", emergency_phone=phone or None)
    return wanted


def idempotency_key() -> str | None:
    key = request.headers.get(IDEMPOTENCY_KEY) or None
    if key is not None and len(key) > idempotency.MAX_KEY:
        refuse_fields((IDEMPOTENCY_KEY, f"has {len(key)} characters; allowed are {idempotency.MAX_KEY}"))
    return key


def _answered(answer: Kept) -> Answer:
    """In one order of fields: PostgreSQL keeps an answer without its order, and it is to be the same to the letter."""
    body = {name: answer.answer[name] for name in ANSWER_FIELDS if name in answer.answer}
    return body, answer.status, {"Location": body["status_url"]}
