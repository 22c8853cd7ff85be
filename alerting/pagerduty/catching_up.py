"""Webhooks that PagerDuty has stopped sending: turned on again, and what was missed meanwhile asked for."""

from __future__ import annotations

import json
import logging
from typing import cast

from sqlalchemy import select

from alerting.notifications.carriers.base import DeliveryError
from alerting.pagerduty import decisions, service
from alerting.pagerduty.decisions import ACKNOWLEDGED, TRIGGERED, State
from alerting.pagerduty.models import PagerDutyIncidentRow
from alerting.runtime import Runtime

log = logging.getLogger(__name__)

PATH = "/webhooks/pagerduty"
AT_ONCE = 50


def look(runtime: Runtime) -> int:
    """How many events were missed and are in the inbox now. Nothing where PagerDuty cannot be asked, or has no
    webhook of ours to turn off."""
    settings, client = runtime.settings, runtime.pagerduty
    if not client.reads or not settings.pagerduty_webhook_secrets:
        return 0
    with runtime.database.reading() as session:
        config = runtime.configurations.current(session)
    found = 0
    for region in sorted({one.region for one in config.pagerduty.values() if one.configured}):
        try:
            _turn_on(runtime, region)
            found += _catch_up(runtime, region)
        except DeliveryError as error:
            log.warning("PagerDuty cannot be asked what was missed: %s", error)
    return found


def _turn_on(runtime: Runtime, region: str) -> None:
    for id_ in runtime.pagerduty.lost_subscriptions(runtime.settings.public_origin + PATH, region):
        try:
            runtime.pagerduty.enable_subscription(id_, region)
        except DeliveryError as error:
            log.error(
                "PagerDuty has turned off webhook subscription %s, and does not let us turn it on: %s", id_, error
            )
        else:
            log.error("PagerDuty had turned off webhook subscription %s: on again", id_)


def _catch_up(runtime: Runtime, region: str) -> int:
    """Of the incidents that may still be answered there."""
    with runtime.database.reading() as session:
        config = runtime.configurations.current(session)
        rows = session.scalars(
            select(PagerDutyIncidentRow)
            .where(
                PagerDutyIncidentRow.held.in_((TRIGGERED, ACKNOWLEDGED)),
                (PagerDutyIncidentRow.wanted != "resolved") | PagerDutyIncidentRow.attempt_id.is_not(None),
            )
            .order_by(PagerDutyIncidentRow.id.desc())
            .limit(AT_ONCE)
        ).all()
    found = 0
    for row in rows:
        of_row = config.pagerduty.get(row.service_id)
        if of_row is None or of_row.region != region:
            continue
        there = runtime.pagerduty.incident(row.dedup_key, region)
        body = decisions.missed(there, cast(State, row.held)) if there else None
        if body is not None:
            with runtime.database.transaction() as session:
                found += service.receive(session, body, json.dumps(body).encode(), runtime.now(session))
    return found
