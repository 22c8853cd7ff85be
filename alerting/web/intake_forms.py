"""The form of a new ticket, groups A to D of the support terms: what customers fill in, and staff for whoever calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from alerting.intake.completeness import WANTED
from alerting.intake.schema import LONGEST_OUTPUT, Told
from alerting.web.forms import text
from alerting.web.language import gettext

KEY_LENGTH = 22
KINDS = ("incident", "request", "complaint")
TYPES = ("backup_not_run", "backup_failed", "restore_not_run", "restore_failed", "other")
TEXTS = (
    *("symptoms", "steps_to_reproduce", "desired_outcome", "business_impact", "product_build", "occurred_before"),
    *("preceding_events", "recent_changes", "os", "environment", "platform_login", "tried_steps", "impact", "urgency"),
)
CONTACT = {
    "contact_name": "name",
    "contact_phone": "phone",
    "contact_email": "email",
    "preferred_channel": "preferred_channel",
    "best_time": "best_time",
}
"""The form's fields by those of the contact for the follow-up."""
IN_GROUP = {"machines": "A", "users": "A", "kb_articles": "D"} | dict.fromkeys(CONTACT, "C")
IN_GROUP |= {name: group for group, names in WANTED.items() for name in names if name != "symptoms"}


def typed(posted: Mapping[str, str]) -> dict[str, str]:
    """Every field as it can be stored."""
    return {name: text(value, LONGEST_OUTPUT) for name, value in posted.items()}


def told(form: Mapping[str, str]) -> tuple[Told | None, dict[str, str]]:
    """What the form says; or None, and by field what is wrong with it in the reader's words."""
    said: dict[str, Any] = {name: form[name] for name in TEXTS if form.get(name)}
    said["symptoms"] = form.get("symptoms", "")
    if form.get("error_output"):
        said["error_output"] = form["error_output"]
    affected = [{"kind": kind, "name": line} for kind, box in (("machine", "machines"), ("user", "users"))
                for line in _lines(form.get(box, ""))]  # fmt: skip
    contact = {name: form[field] for field, name in CONTACT.items() if form.get(field)}
    said |= {
        "affected": affected,
        "affected_users": form.get("affected_users") or None,
        "affected_machines": form.get("affected_machines") or None,
        "strategic_users": {"yes": True, "no": False}.get(form.get("strategic_users", "")),
        "critical_situation": form.get("critical_situation") == "yes",
        "kb_articles": _lines(form.get("kb_articles", "")),
        "contact": contact or None,
    }
    try:
        return Told.model_validate(said), {}
    except ValidationError as error:
        return None, {_field(one["loc"]): _problem(_field(one["loc"])) for one in error.errors()}


def kind_and_type(form: Mapping[str, str]) -> dict[str, Any]:
    """`kind` and `incident_type`; what is none of the choices counts as not said."""
    kind = form.get("kind") if form.get("kind") in KINDS else "incident"
    type_ = form.get("type") if kind == "incident" and form.get("type") in TYPES else None
    return {"kind": kind, "incident_type": type_}


def opened_groups(problems: Mapping[str, str]) -> dict[str, bool]:
    """The groups that are shown unfolded: those in which something is wrong."""
    wrong = {IN_GROUP.get(field, "") for field in problems}
    return {group: group in wrong for group in WANTED}


def _field(location: tuple[int | str, ...]) -> str:
    if location[0] == "contact":
        return next((field for field, name in CONTACT.items() if name == location[-1]), "contact_name")
    return "machines" if location[0] == "affected" else str(location[0])


def _problem(field: str) -> str:
    if field == "symptoms":
        return gettext("Write what you see: one sentence is enough, 20,000 characters are the most.")
    if field == "contact_phone":
        return gettext("This is no telephone number that can be called: write it like +34 611 000 001.")
    if field == "contact_email":
        return gettext("This is no mail address: write it like marta@hotelsol.example.")
    if field in ("affected_users", "affected_machines"):
        return gettext("Write a whole number, 0 or more.")
    return gettext("This is too long or none of the choices.")


def _lines(text_: str) -> list[str]:
    return [line.strip()[:200] for line in text_.splitlines() if line.strip()][:50]
