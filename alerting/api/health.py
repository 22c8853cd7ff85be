"""Is the process up, can the service page, and its figures: for balancers, alarms and Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from alerting.api.access import Answer
from alerting.carrier_watch import queries as carriers
from alerting.carrier_watch import service as carrier_watch
from alerting.carrier_watch.rules import Canary, Health, health
from alerting.configuration import Configuration
from alerting.escalation.models import EscalationRow
from alerting.mailbox import queries as mailbox
from alerting.notifications import alarms, senders
from alerting.notifications.carriers.choice import State
from alerting.notifications.carriers.numbers import WARNINGS, Fault
from alerting.notifications.kept_answers import spool_of
from alerting.notifications.models import AttemptRow
from alerting.pagerduty.models import PagerDutyIncidentRow
from alerting.runtime import Runtime
from alerting.tickets.models import TicketRow
from core import heartbeat, queue
from core.settings import Settings

CLOCK = "clock"
CLOCK_STOPPED = timedelta(seconds=5)
PAGERDUTY_TRIES = 4
MAIL_STUCK = timedelta(minutes=10)
OPEN_ATTEMPTS = ("pending", "unknown", "sending")
OPEN_ESCALATIONS = ("scheduled", "running", "acknowledged", "contacted", "exhausted")


@dataclass(frozen=True)
class Check:
    """`vital`: without it nobody is paged in time. The queue is not: the clock pages without it."""

    name: str
    ok: bool
    detail: str
    vital: bool = True


MoreFigures = Callable[[Session], Iterator[Metric]]


def blueprint(runtime: Runtime, more: Sequence[MoreFigures] = ()) -> APIBlueprint:
    """Outside /api/v1 and open to everybody: nothing here names a customer or holds a secret. `more` figures are those
    of rooms that this one does not know."""
    api = APIBlueprint("health", __name__)
    redis = queue.connect(runtime.settings.redis)
    registry = CollectorRegistry()
    registry.register(Figures(runtime, more))
    api.get("/healthz", doc_ui=False)(_named("healthz", lambda: {"status": "ok"}))
    api.get("/readyz", doc_ui=False)(_named("readyz", lambda: _ready(runtime, redis)))
    api.get("/metrics", doc_ui=False)(
        _named("metrics", lambda: Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST))
    )
    return api


def checks(runtime: Runtime, redis: Redis) -> list[Check]:
    """What paging needs, one by one."""
    try:
        with runtime.database.reading() as session:
            now = runtime.now(session)
            of_rows = [
                Check("database", True, "answers"),
                _clock(session, now),
                _mail(session, now),
                _mail_in(session, now),
                *_carriers(session, runtime.settings, now),
            ]
            of_rows += _refusals(session, now)
            of_rows += _circuits(runtime, session, now)
            if pagerduty := _pagerduty(session, runtime.configurations.current(session)):
                of_rows.append(pagerduty)
    except SQLAlchemyError as error:
        of_rows = [Check("database", False, f"out of reach ({type(error).__name__})")]
    return [*of_rows, _queue(redis), _carrier(runtime.settings)]


def _ready(runtime: Runtime, redis: Redis) -> Answer:
    found = checks(runtime, redis)
    can_page = all(check.ok for check in found if check.vital)
    status = "ready" if all(check.ok for check in found) else "degraded" if can_page else "cannot page"
    named = {check.name: {"ok": check.ok, "detail": check.detail} for check in found}
    return {"status": status, "checks": named}, 200 if can_page else 503


def _clock(session: Session, now: datetime) -> Check:
    beaten_at = heartbeat.last(session, CLOCK)
    if beaten_at is None:
        return Check("clock", False, "no clock has ever run: start `guardia clock`")
    silent = now - beaten_at
    return Check("clock", silent <= CLOCK_STOPPED, f"last heard of {max(silent.total_seconds(), 0):.1f} s ago")


def _mail(session: Session, now: datetime) -> Check:
    oldest = session.execute(
        select(func.min(AttemptRow.created_at)).where(
            AttemptRow.channel == "email", AttemptRow.state.in_(OPEN_ATTEMPTS)
        )
    ).scalar_one_or_none()
    waiting = now - oldest if oldest else timedelta(0)
    return Check("mail", waiting <= MAIL_STUCK, f"oldest waits for {waiting.total_seconds():.0f} s", vital=False)


def _mail_in(session: Session, now: datetime) -> Check:
    oldest = mailbox.oldest_unhandled(session)
    waiting = now - oldest if oldest else timedelta(0)
    return Check("mail_in", waiting <= MAIL_STUCK, f"oldest waits for {waiting.total_seconds():.0f} s", vital=False)


def _refusals(session: Session, now: datetime) -> list[Check]:
    """None while the carrier takes what we send. Vital when neither calls nor messages get through."""
    standing = [alarm for alarm in alarms.recent(session, now) if alarm.standing]
    nothing_leaves = {alarm.channel for alarm in standing} == set(alarms.CHANNELS)
    if not standing:
        return []
    named = ", ".join(f"{alarm.channel} with code {alarm.code}" for alarm in standing)
    return [Check("carrier_refusals", False, f"the carrier refuses {named}", vital=nothing_leaves)]


def _circuits(runtime: Runtime, session: Session, now: datetime) -> list[Check]:
    """Of several accounts those that are left alone because they fail. Vital when that is so of all of them, both for
    calls and for messages."""
    names = {carrier.name for carrier in runtime.carriers}
    failing = {
        way: circuit.state(now)
        for way, circuit in senders.circuits(session).items()
        if way[0] in names and circuit.state(now) is not State.CLOSED
    }
    nothing_leaves = len(failing) == len(names) * len(senders.TELEPHONY)
    return [
        Check(f"circuit_{name}_{channel}", False, f"{state}: others send in its place", vital=nothing_leaves)
        for (name, channel), state in sorted(failing.items())
    ]


def _pagerduty(session: Session, config: Configuration) -> Check | None:
    """None where it is not used. What it should be told and is not: the first tries may be in vain, the fourth is a
    minute later."""
    if not any(service.configured for service in config.pagerduty.values()):
        return None
    waiting = session.execute(
        select(func.count())
        .select_from(PagerDutyIncidentRow)
        .where(PagerDutyIncidentRow.due_at.is_not(None), PagerDutyIncidentRow.tries >= PAGERDUTY_TRIES)
    ).scalar_one()
    detail = f"{waiting} incidents could not be told what has become of them" if waiting else "configured"
    return Check("pagerduty", waiting == 0, detail, vital=False)


def _queue(redis: Redis) -> Check:
    try:
        redis.ping()
    except RedisError as error:
        return Check("queue", False, f"out of reach ({type(error).__name__}); the clock pages instead", vital=False)
    return Check("queue", True, "answers", vital=False)


def _carriers(session: Session, settings: Settings, now: datetime) -> Iterator[Check]:
    """What was seen of the carriers themselves: our accounts there, and canary pages. Vital when nothing of ours can
    leave: an account refuses us or is suspended, or of each way that is watched two canaries in a row were lost."""
    for account in carriers.accounts(session):
        faults = [one["fault"] for one in account.findings if one["fault"] not in WARNINGS]
        refused = carrier_watch.REFUSED in account.told or Fault.SUSPENDED in faults
        said = account.error or ", ".join(faults) or "in order"
        balance = f", balance {account.balance} {account.currency}" if account.balance else ""
        well = not refused and not faults
        yield Check(f"carrier_account_{account.carrier}", well, f"{said}{balance}", vital=refused)
    ways = carriers.ways(session, now, carrier_watch.every(settings))
    healths = {way: found for way, latest in ways.items() if (found := health(latest)) is not None}
    nothing_leaves = bool(healths) and set(healths.values()) == {Health.FAILS}
    for (carrier, channel), found in healths.items():
        detail = f"{found.value}; {_last_heard(ways[carrier, channel], now)}"
        vital = nothing_leaves and found is Health.FAILS
        yield Check(f"canary_{carrier}_{channel}", found is Health.WORKS, detail, vital=vital)


def _last_heard(latest: Sequence[Canary], now: datetime) -> str:
    heard = next((one for one in latest if one.heard_at is not None), None)
    if heard is None or heard.heard_at is None:
        return "none has come through"
    took = (heard.heard_at - heard.sent_at).total_seconds()
    return f"one came through {(now - heard.heard_at).total_seconds():.0f} s ago, within {took:.0f} s"


def _carrier(settings: Settings) -> Check:
    needed = {
        "GUARDIA_TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "GUARDIA_TWILIO_AUTH_TOKEN": settings.twilio_auth_tokens,
        "GUARDIA_SMS_FROM": settings.sms_from,
        "GUARDIA_VOICE_FROM": settings.voice_from,
    }
    if missing := [name for name, value in needed.items() if not value]:
        return Check("carrier", False, f"not configured: set {', '.join(missing)}")
    return Check("carrier", True, "simulated" if settings.uses_simulated_telephony else "configured")


class Figures:
    """Read from the rows at each scrape, so that every process tells the same and a restart loses nothing."""

    def __init__(self, runtime: Runtime, more: Sequence[MoreFigures] = ()) -> None:
        self._runtime, self._more = runtime, more

    def describe(self) -> list[Metric]:
        """Nothing to say before a scrape: the registry must not ask the database when it is set up."""
        return []

    def collect(self) -> Iterator[Metric]:
        try:
            with self._runtime.database.reading() as session:
                now = self._runtime.now(session)
                families = [*_families(session, now), *_carrier_families(session, self._runtime.settings, now)]
                families.append(_circuit_family(session, now))
                families += [family for figures in self._more for family in figures(session)]
        except SQLAlchemyError:
            families = []
        yield GaugeMetricFamily("guardia_database_up", "1 when the database answers.", value=1 if families else 0)
        yield from families
        yield GaugeMetricFamily(
            "guardia_kept_answers",
            "Answers by telephone kept on this machine that are still to be taken up.",
            value=spool_of(self._runtime.settings.data_dir).waiting_lines(),
        )


def _families(session: Session, now: datetime) -> Iterator[Metric]:
    tickets = GaugeMetricFamily(
        "guardia_open_tickets", "Tickets not closed, by state and mode.", labels=["state", "mode"]
    )
    open_tickets = select(TicketRow.state, TicketRow.mode, func.count()).where(TicketRow.state != "closed")
    for state, mode, count in session.execute(open_tickets.group_by(TicketRow.state, TicketRow.mode)):
        tickets.add_metric([state, mode], count)
    yield tickets
    escalations = GaugeMetricFamily("guardia_open_escalations", "Escalations not ended, by state.", labels=["state"])
    counted = select(EscalationRow.state, func.count()).where(EscalationRow.state.in_(OPEN_ESCALATIONS))
    for state, count in session.execute(counted.group_by(EscalationRow.state)):
        escalations.add_metric([state], count)
    yield escalations
    attempts = GaugeMetricFamily(
        "guardia_attempts", "Delivery attempts ever planned, by channel, purpose and state.",
        labels=["channel", "purpose", "state"],
    )  # fmt: skip
    by = (AttemptRow.channel, AttemptRow.purpose, AttemptRow.state)
    for channel, purpose, state, count in session.execute(select(*by, func.count()).group_by(*by)):
        attempts.add_metric([channel or "none", purpose, state], count)
    yield attempts
    overdue = GaugeMetricFamily(
        "guardia_oldest_overdue_seconds", "How long the row most overdue has been due; 0 when none is.", labels=["what"]
    )
    overdue.add_metric(["escalation"], _overdue(now, session.scalar(select(func.min(EscalationRow.due_at)))))
    pending = select(func.min(AttemptRow.due_at)).where(AttemptRow.state == "pending")
    overdue.add_metric(["attempt"], _overdue(now, session.scalar(pending)))
    yield overdue
    beaten_at = heartbeat.last(session, CLOCK)
    silent = (now - beaten_at).total_seconds() if beaten_at else float("inf")
    yield GaugeMetricFamily("guardia_clock_silent_seconds", "Since the clock was last heard of.", value=silent)


def _carrier_families(session: Session, settings: Settings, now: datetime) -> Iterator[Metric]:
    by_way = ["carrier", "channel"]
    up = GaugeMetricFamily("guardia_canary_up", "1 when the last canary page came through.", labels=by_way)
    took = GaugeMetricFamily("guardia_canary_seconds", "How long the last one that did took.", labels=by_way)
    age = GaugeMetricFamily("guardia_canary_heard_age_seconds", "Since one came through.", labels=by_way)
    for way, latest in carriers.ways(session, now, carrier_watch.every(settings)).items():
        if (found := health(latest)) is not None:
            up.add_metric(way, float(found is Health.WORKS))
        if (heard := next((one for one in latest if one.heard_at is not None), None)) and heard.heard_at:
            took.add_metric(way, (heard.heard_at - heard.sent_at).total_seconds())
            age.add_metric(way, (now - heard.heard_at).total_seconds())
    account_up = GaugeMetricFamily(
        "guardia_carrier_account_up", "1 when the carrier knows us and nothing is wrong there.", labels=["carrier"]
    )
    balance = GaugeMetricFamily(
        "guardia_carrier_balance", "Credit of our account at the carrier.", labels=["carrier", "currency"]
    )
    for account in carriers.accounts(session):
        faults = [one for one in account.findings if one["fault"] not in WARNINGS]
        account_up.add_metric([account.carrier], float(account.error is None and not faults))
        if account.balance:
            balance.add_metric([account.carrier, account.currency or ""], float(account.balance))
    yield from (up, took, age, account_up, balance)


def _circuit_family(session: Session, now: datetime) -> Metric:
    states = GaugeMetricFamily(
        "guardia_carrier_circuit",
        "Whether an account that has failed is used: 1 closed, 0.5 half open, 0 open.",
        labels=["carrier", "channel"],
    )
    values = {State.CLOSED: 1.0, State.HALF_OPEN: 0.5, State.OPEN: 0.0}
    for (name, channel), circuit in sorted(senders.circuits(session).items()):
        states.add_metric([name, channel], values[circuit.state(now)])
    return states


def _overdue(now: datetime, due_at: datetime | None) -> float:
    return max((now - due_at).total_seconds(), 0.0) if due_at else 0.0


def _named(name: str, view: Callable[[], Answer]) -> Callable[[], Answer]:
    view.__name__ = name
    return view
