"""What pages about plans and drills share, whoever reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import request

from alerting.catalog.plan_versions import PlanVersion
from alerting.catalog.schema import Customer
from alerting.web import formats, language
from alerting.web.language import gettext
from alerting.web.visitor import visitor

PURPOSE_LENGTH = 1000
ACTION_LENGTH = 1000
OWNER_LENGTH = 100


def chosen(customer: Customer | None, plan_id: str, versions: Sequence[PlanVersion]) -> dict[str, Any] | None:
    """The version that the address asks for, else the newest, with the others. A plan of which no version is recorded
    yet is shown as it is configured. None: there is no such plan or version."""
    asked = request.args.get("version")
    if asked is not None:
        found = next((one for one in versions if str(one.number) == asked), None)
    else:
        found = versions[0] if versions else None
    current = customer.plan(plan_id) if customer else None
    if found is None and (asked is not None or current is None):
        return None
    newest = versions[0].number if versions else None
    return {
        "plan": found.plan if found else current,
        "version": found,
        "versions": versions,
        "outdated": found is not None and found.number != newest,
        "withdrawn": current is None,
    }


def refusal(sentence: str, opens_at: datetime | None) -> str:
    """With the next opening where there is one."""
    if opens_at is None:
        return sentence
    zone = visitor().config.provider.zone
    opening = formats.weekday_clock(opens_at, zone, language.current())
    next_one = gettext("It opens next on %(at)s.", at=opening)
    return f"{sentence} {next_one}"
