"""The example world with as many customers more as requests are under way at once. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PLAN = "restore"
MANAGER = "clara@itsafer.example"
TEAMS = 10
TIMEZONE = "Europe/Madrid"


@dataclass(frozen=True)
class Customer:
    """A customer with one plan: its requests join nobody else's."""

    id: str
    email: str


def customers(count: int) -> list[Customer]:
    return [Customer(f"hotel-{n:04d}", f"reception@hotel-{n:04d}.example") for n in range(1, count + 1)]


def with_customers(world: Mapping[str, Any], wanted: Sequence[Customer]) -> dict[str, Any]:
    """The configuration `world` with the customers, each a Hotel Sol of its own: covered at all hours, one contact who
    wants every mail and has a telephone, a P1 plan under a policy like the example's. Ten teams share them, or a block
    of requests would all lie open on one telephone, which knows no more than ninety codes."""
    contingency = next(policy for policy in world["escalation_policies"] if policy["id"] == "contingency")
    teams = range(TEAMS)
    added: dict[str, list[dict[str, Any]]] = {
        "people": [_engineer(team) for team in teams],
        "rotations": [_rotation(team) for team in teams],
        "schedules": [_schedule(team) for team in teams],
        "escalation_policies": [_policy(contingency, team) for team in teams],
        "customers": [_customer(number, one) for number, one in enumerate(wanted)],
        "users": [{"email": one.email, "customer": one.id, "roles": ["activator"]} for one in wanted],
    }
    return dict(world) | {section: [*world[section], *objects] for section, objects in added.items()}


def _engineer(team: int) -> dict[str, Any]:
    phone = f"+346130000{team:02d}"
    methods = [{"id": channel, "channel": channel, "address": phone, "verified": True} for channel in ("sms", "voice")]
    return {"id": f"engineer-{team}", "name": f"Ana {team}", "roles": ["engineer"], "contact_methods": methods}


def _rotation(team: int) -> dict[str, Any]:
    """Weekly turns of three; the teams begin with different people, so each week every team has somebody else."""
    turns = [f"engineer-{(team + turn) % TEAMS}" for turn in range(3)]
    return {
        "id": f"team-{team}",
        "kind": "weekly",
        "anchor": "2026-01-05T09:00",
        "timezone": TIMEZONE,
        "participants": turns,
    }


def _schedule(team: int) -> dict[str, Any]:
    return {"id": f"team-{team}", "timezone": TIMEZONE, "layers": [{"rotation": f"team-{team}"}]}


def _policy(like: Mapping[str, Any], team: int) -> dict[str, Any]:
    first, *others = like["steps"]
    steps = [dict(first) | {"notify": [{"schedule": f"team-{team}"}]}, *others]
    return dict(like) | {"id": f"contingency-{team}", "steps": steps}


def _customer(number: int, one: Customer) -> dict[str, Any]:
    contact = {
        "id": "reception",
        "name": "Marta Ruiz",
        "email": one.email,
        "phone": f"+34612{number:06d}",
        "roles": ["activator"],
        "language": "es",
        "mail": "all",
    }
    plan = {
        "id": PLAN,
        "name": "Restauración del ERP",
        "component": "backup",
        "priority": "P1",
        "escalation_policy": f"contingency-{number % TEAMS}",
    }
    contract = {"status": "active", "calendar": "madrid", "coverage": {"backup": "24x7"}}
    return {
        "id": one.id,
        "name": f"Hotel Sol {number}",
        "language": "es",
        "contract": contract,
        "contacts": [contact],
        "plans": [plan],
    }
