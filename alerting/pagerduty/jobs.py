"""RQ entry points of PagerDuty's two directions."""

from __future__ import annotations

import logging
from datetime import timedelta

from alerting.notifications.carriers.base import DeliveryError, TransientDeliveryError
from alerting.pagerduty import catching_up, following, sending, service, watch
from alerting.pagerduty.decisions import Heard
from alerting.runtime import Runtime, installed
from core import periodic

log = logging.getLogger(__name__)

AT_ONCE = 20


def follow(incident_row_id: str) -> None:
    """Tell PagerDuty what one incident has become."""
    sending.follow(installed(), incident_row_id)


def take(event_row_id: str) -> None:
    """Carry out one event of the inbox."""
    runtime = installed()
    with runtime.work() as work:
        heard = service.claim(work, event_row_id)
    if heard is None:
        return
    try:
        _take(runtime, event_row_id, heard)
    except TransientDeliveryError as error:
        log.warning("PagerDuty cannot be asked about an event, again later: %s", error)
        with runtime.work() as work:
            service.later(work, event_row_id)


def sweep(task: str, every_seconds: int) -> None:
    """What a lost nudge or a failure has left: each in a transaction of its own, so that none holds up another."""
    runtime = installed()
    with runtime.work() as work:
        if not periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            return
        service.forget_old(work.session, work.now)
        events = service.due(work.session, work.now, AT_ONCE)
        waiting = sending.due(work.session, work.now, AT_ONCE)
    for event_row_id in events:
        try:
            take(event_row_id)
        except Exception:
            log.exception("event %s of PagerDuty failed; it stays due", event_row_id)
            with runtime.work() as work:
                service.later(work, event_row_id)
    for incident_row_id in waiting:
        try:
            follow(incident_row_id)
        except Exception:
            log.exception("incident %s of PagerDuty failed; it stays due", incident_row_id)
    watch.look(runtime)


def catch_up(task: str, every_seconds: int) -> None:
    """Webhooks that have stopped coming are noticed by asking."""
    runtime = installed()
    with runtime.work() as work:
        if not periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            return
    if missed := catching_up.look(runtime):
        log.warning("%d events of PagerDuty had not come by webhook", missed)


def follow_rotas(task: str, every_seconds: int) -> None:
    """Read who is on call in PagerDuty, where a rotation follows it."""
    runtime = installed()
    with runtime.work() as work:
        if not periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            return
    following.look(runtime)


def _take(runtime: Runtime, event_row_id: str, heard: Heard) -> None:
    """PagerDuty is asked before the transaction that carries the event out, and only about what we cannot know."""
    with runtime.database.reading() as session:
        config = runtime.configurations.current(session)
        row = service.incident_of(session, heard)
    region = "us"
    if row is None and heard.incident_id is not None and runtime.pagerduty.reads:
        for region in sorted({one.region for one in config.pagerduty.values()}, reverse=True):
            keys = runtime.pagerduty.alert_keys(heard.incident_id, region)
            with runtime.database.reading() as session:
                row = service.incident_of(session, heard, keys)
            if row is not None:
                break
    if row is None:
        with runtime.work() as work:
            service.done(work, event_row_id, "unknown_incident")
        return
    service_of_it = config.pagerduty.get(row.service_id)
    region = service_of_it.region if service_of_it else region
    who = service.person_of(config, heard, lambda user: _mail(runtime, user, region))
    with runtime.work() as work:
        outcome = service.carry_out(work, event_row_id, row.id, heard, who)
    log.info("event of PagerDuty %s: %s", heard.kind, outcome)


def _mail(runtime: Runtime, user: str, region: str) -> str | None:
    """A yes is not kept waiting for a name: without an answer the person counts as PagerDuty's own."""
    if not runtime.pagerduty.reads:
        return None
    try:
        return runtime.pagerduty.user_mail(user, region)
    except DeliveryError as error:
        log.warning("PagerDuty does not tell who user %s is: %s", user, error)
        return None
