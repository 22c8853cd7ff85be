"""What each role may do. The table is the rule; what it does not name is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from core.audit.chain import LogActor


class Role(StrEnum):
    OWNER = "owner"
    ACTIVATOR = "activator"
    REPORTER = "reporter"
    VIEWER = "viewer"
    ENGINEER = "engineer"
    MANAGER = "manager"
    ADMIN = "admin"
    INTEGRATION = "integration"


class Permission(StrEnum):
    VIEW_CATALOG = "view_catalog"
    ACTIVATE = "activate"
    OPEN_TICKET = "open_ticket"
    VIEW_TICKET = "view_ticket"
    UPDATE_TICKET = "update_ticket"
    REOPEN = "reopen"
    RATE = "rate"
    SUGGEST = "suggest"
    ACCEPT_TERMS = "accept_terms"
    CONFIRM_CONTACT = "confirm_contact"
    STAND_DOWN = "stand_down"

    VIEW_STAFF = "view_staff"
    ACKNOWLEDGE = "acknowledge"
    RECORD_CONTACT = "record_contact"
    CLOSE = "close"
    WORK_TICKET = "work_ticket"
    VIEW_SCHEDULES = "view_schedules"
    SWAP_OWN_SHIFT = "swap_own_shift"
    MANAGE_OWN_METHODS = "manage_own_methods"
    SIMULATE = "simulate"
    ASSIGN = "assign"
    VIEW_ESCALATIONS = "view_escalations"

    EXPORT_EVIDENCE = "export_evidence"
    MANAGE_SCHEDULES = "manage_schedules"
    MANAGE_POLICIES = "manage_policies"
    SCHEDULE_DRILL = "schedule_drill"
    PLAN_DRILL = "plan_drill"
    SIGN_DRILL = "sign_drill"

    ANSWER_SUGGESTIONS = "answer_suggestions"
    MANAGE_SURVEYS = "manage_surveys"
    VIEW_REPORTS = "view_reports"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_PRODUCTS = "manage_products"

    ADMINISTER = "administer"


STAFF = frozenset({Role.ENGINEER, Role.MANAGER, Role.ADMIN})
CUSTOMER = frozenset({Role.OWNER, Role.ACTIVATOR, Role.REPORTER, Role.VIEWER})

_MANAGERS = frozenset({Role.MANAGER, Role.ADMIN})
_REPORTERS = frozenset({Role.OWNER, Role.ACTIVATOR, Role.REPORTER})

ALLOWED: dict[Permission, frozenset[Role]] = {
    # Both sides; a customer only for itself (`sees`).
    Permission.VIEW_CATALOG: CUSTOMER | STAFF | {Role.INTEGRATION},
    Permission.ACTIVATE: STAFF | {Role.ACTIVATOR},
    Permission.OPEN_TICKET: STAFF | _REPORTERS | {Role.INTEGRATION},
    Permission.VIEW_TICKET: CUSTOMER | STAFF | {Role.INTEGRATION},
    Permission.UPDATE_TICKET: STAFF | _REPORTERS | {Role.INTEGRATION},
    Permission.REOPEN: STAFF | _REPORTERS,
    Permission.RATE: _REPORTERS,
    Permission.SUGGEST: CUSTOMER,
    Permission.ACCEPT_TERMS: frozenset({Role.OWNER}),
    Permission.CONFIRM_CONTACT: _REPORTERS,
    Permission.STAND_DOWN: _MANAGERS | {Role.ACTIVATOR},
    Permission.SIGN_DRILL: _MANAGERS | {Role.OWNER},
    Permission.MANAGE_PEOPLE: _MANAGERS | {Role.OWNER},
    # Staff.
    Permission.VIEW_STAFF: STAFF,
    Permission.ACKNOWLEDGE: STAFF,
    Permission.RECORD_CONTACT: STAFF,
    Permission.CLOSE: STAFF,
    Permission.WORK_TICKET: STAFF,
    Permission.VIEW_SCHEDULES: STAFF,
    Permission.SWAP_OWN_SHIFT: STAFF,
    Permission.MANAGE_OWN_METHODS: STAFF,
    Permission.SIMULATE: STAFF,
    Permission.ASSIGN: STAFF,
    Permission.VIEW_ESCALATIONS: STAFF,
    Permission.PLAN_DRILL: STAFF,  # in open hours; at other hours SCHEDULE_DRILL
    # Managers.
    Permission.EXPORT_EVIDENCE: _MANAGERS,
    Permission.MANAGE_SCHEDULES: _MANAGERS,
    Permission.MANAGE_POLICIES: _MANAGERS,
    Permission.SCHEDULE_DRILL: _MANAGERS,
    Permission.ANSWER_SUGGESTIONS: _MANAGERS,
    Permission.MANAGE_SURVEYS: _MANAGERS,
    Permission.VIEW_REPORTS: _MANAGERS,
    Permission.MANAGE_PRODUCTS: _MANAGERS,
    Permission.ADMINISTER: frozenset({Role.ADMIN}),
}


class Visibility(StrEnum):
    """Which tickets of their own customer somebody sees: those they opened or are named in, those of their department
    as well, or all."""

    OWN = "own"
    DEPARTMENT = "department"
    ORGANISATION = "organisation"


_LIMITED = frozenset({Role.REPORTER, Role.VIEWER})

Via = Literal["session", "token", "link", "sms", "voice", "email", "pagerduty", "cli"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking, and by which way they proved it. `person_id` is the engineer or manager that a user is;
    `customer_id` the only customer whose things they may see, and of its tickets those that `visibility` says."""

    user_id: str
    email: str
    person_id: str | None
    customer_id: str | None
    roles: frozenset[str]
    via: Via = "session"
    visibility: str = Visibility.ORGANISATION
    department: str | None = None

    @property
    def is_staff(self) -> bool:
        """Staff of the provider. A user that belongs to a customer never is, whatever roles were given to it."""
        return self.customer_id is None and not STAFF.isdisjoint(self.roles)

    @property
    def as_logged(self) -> LogActor:
        """How the log names them: the person if there is one, so that a shift and a click show as the same one."""
        return LogActor("person", self.person_id) if self.person_id else LogActor("user", self.user_id)


class RolesMismatch(ValueError):
    """Roles that one user cannot have together."""


def can(actor: Actor | None, permission: Permission) -> bool:
    """Whether the roles allow it at all; whose ticket it is, is the question of `sees`."""
    return actor is not None and not ALLOWED[permission].isdisjoint(effective_roles(actor))


def sees(actor: Actor, customer_id: str) -> bool:
    """Whether this customer's things exist for the actor; if not, they answer as an unknown id does."""
    return actor.is_staff or (actor.customer_id is not None and actor.customer_id == customer_id)


def can_be_limited(roles: Iterable[str]) -> bool:
    """Whether a user with these roles may be shown less than the whole organisation's tickets (S-5.1)."""
    return bool(held := set(roles)) and held <= _LIMITED


def visibility_of(actor: Actor) -> Visibility:
    """As it counts: whoever owns or activates answers for the whole, and programs work for it. A value that
    nobody knows is read as the narrowest."""
    if not effective_roles(actor) <= _LIMITED:
        return Visibility.ORGANISATION
    return Visibility(actor.visibility) if actor.visibility in tuple(Visibility) else Visibility.OWN


def may_give(actor: Actor, customer_id: str | None) -> frozenset[Role]:
    """The roles that the actor may give to people of this customer, None for the provider's own, and whose holders'
    access they manage (support terms, 2: accounts are issued, nobody registers). An owner counts for their own
    organisation alone; staff's accounts are an administrator's."""
    if not can(actor, Permission.MANAGE_PEOPLE):
        return frozenset()
    if customer_id is None:
        return STAFF if can(actor, Permission.ADMINISTER) else frozenset()
    return CUSTOMER if sees(actor, customer_id) else frozenset()


def effective_roles(actor: Actor) -> frozenset[Role]:
    """The roles that count on the actor's side of the house: customers' roles need a customer, staff's need none."""
    side = STAFF if actor.customer_id is None else CUSTOMER | {Role.INTEGRATION}
    return frozenset(role for role in side if role in actor.roles)


def checked_roles(roles: Iterable[str], customer_id: str | None) -> tuple[str, ...]:
    """`roles` in a stable order; RolesMismatch when one is unknown or belongs to the other side of the house."""
    given = set(roles)
    if unknown := given - set(Role):
        raise RolesMismatch(f"unknown role {', '.join(sorted(unknown))}; roles are {', '.join(Role)}")
    if not given:
        raise RolesMismatch(f"a user needs at least one role of {', '.join(Role)}")
    if customer_id and (wrong := given & STAFF):
        raise RolesMismatch(f"{', '.join(sorted(wrong))} is for staff, and this user belongs to {customer_id}")
    if not customer_id and (wrong := given - STAFF):
        raise RolesMismatch(f"{', '.join(sorted(wrong))} needs a customer: name it")
    return tuple(role.value for role in Role if role in given)
