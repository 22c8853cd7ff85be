"""People who are called through PagerDuty by a contact method of their own: real client, simulated PagerDuty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from alerting.configuration import Configurations
from alerting.console.readiness import Readiness, readiness
from alerting.duty import service as duty
from alerting.escalation import queries as escalations
from alerting.methods import service as methods
from alerting.notifications.models import AttemptRow
from alerting.pagerduty import catching_up, watch
from alerting.pagerduty.jobs import sweep
from alerting.runtime import Runtime
from core import periodic
from core.db import Database
from core.documents import store
from core.time import now
from service import wiring
from service.configuration.apply import apply
from service.configuration.plan import Plan
from tests.support import databases
from tests.support.desk import Desk
from tests.support.pagerduty import PagerDutyDesk, valid_event
from tests.support.time import SteppedClock

KEY = "R" * 32
NOWHERE = "http://127.0.0.1:9"  # nobody listens there
PD = {"id": "pd", "channel": "pagerduty", "address": "default", "verified": True}
SMS = {"id": "sms", "channel": "sms", "address": "+34600000001", "verified": True}
VOICE = {"id": "voice", "channel": "voice", "address": "+34600000001", "verified": True}
PAGERDUTY_FIRST = [{"via": "pd"}, {"via": "sms", "after": "5m"}]
STEPS = [{"notify": [{"person": "ana"}], "wait": "10m"}, {"notify": [{"person": "borja"}], "wait": "3m"}]


@pytest.fixture
def pagerduty(network: str) -> Iterator[PagerDutyDesk]:
    desk = PagerDutyDesk(network)
    desk.reset()
    yield desk
    desk.close()


@pytest.fixture
def make(sqlite_database: Database, world_plan: Plan, tmp_path: Path, network: str) -> Callable[..., Desk]:
    """Ana is called first, by these methods and rules."""

    def desk(
        *, ways: Any = (PD, SMS, VOICE), rules: Any = PAGERDUTY_FIRST, at: datetime | None = None, **settings: Any
    ) -> Desk:
        with sqlite_database.transaction() as session:
            apply(session, world_plan, now(session))
            change(session, ways, rules)
        given = {"twilio_api_url": network, "public_url": network, "pagerduty_events_url": network,
                 "pagerduty_api_url": network, "pagerduty_routing_key": KEY, "pagerduty_webhook_secret": "secret",
                 "pagerduty_api_key": "simulated-pagerduty-key"}  # fmt: skip
        made = databases.settings_for(sqlite_database, tmp_path, **(given | settings))
        clock = SteppedClock(at or datetime.now(UTC) - timedelta(minutes=1))  # PagerDuty's clock is the wall's
        return Desk(Runtime(made, sqlite_database, Configurations(made), wiring.carrier(made), now=clock), clock)

    return desk


def change(session: Any, ways: Any, rules: Any) -> None:
    documents = {(one.section, one.id): one.body for one in store.load(session)}
    ana = documents["people", "ana"] | {"contact_methods": list(ways), "notification_rules": {"critical": rules}}
    policy = documents["escalation_policies", "contingency"] | {"steps": STEPS, "rounds": 1}
    changed = (("people", "ana", ana), ("escalation_policies", "contingency", policy))
    store.save(session, [store.Change("update", *one, 0, "console") for one in changed], now(session))


def answers(desk: Desk, pagerduty: PagerDutyDesk, user: str, action: str = "acknowledge") -> None:
    """A user does it in PagerDuty, and we come to know."""
    desk.clock.at = max(desk.clock.at, datetime.now(UTC))
    pagerduty.act(pagerduty.incidents()[-1]["id"], action, user)
    catching_up.look(desk.runtime)
    desk.run_due()


def of_ana(desk: Desk, reference: str, **which: Any) -> list[tuple[str | None, str, str | None]]:
    return [(a.channel, a.state, a.why) for a in desk.attempts(reference, person_id="ana", purpose="page", **which)]


def proofs_of(desk: Desk) -> list[AttemptRow]:
    with desk.runtime.database.reading() as session:
        query = select(AttemptRow).where(AttemptRow.channel == "pagerduty", AttemptRow.purpose != "page")
        return list(session.scalars(query))


def test_a_person_is_paged_through_their_own_service(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make()
    reference = desk.activate().reference
    incident = pagerduty.incident()
    assert incident["title"] == f"{reference} P1 Hotel Sol: Restauración del ERP"
    (attempt,) = desk.attempts(reference, channel="pagerduty")
    assert (attempt.person_id, attempt.method_id, attempt.state) == ("ana", "pd", "accepted")
    assert attempt.carrier_sid == incident["dedup_key"]
    valid_event(pagerduty.events("pagerduty_event")[-1]["json"])
    assert "step.skipped" not in desk.kinds(reference)


def test_their_acknowledgement_there_takes_the_ticket_and_stops_what_was_to_come(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make()
    reference = desk.activate().reference
    answers(desk, pagerduty, "PABC123")
    ticket = desk.ticket(reference)
    assert (ticket.acknowledged_by, ticket.acknowledged_via) == ("ana", "pagerduty")
    assert of_ana(desk, reference) == [
        ("pagerduty", "confirmed", None), ("sms", "cancelled", "already_acknowledged")
    ]  # fmt: skip


def test_a_page_that_pagerduty_refuses_moves_the_next_method_forward(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make()
    pagerduty.order("400")
    reference = desk.activate().reference
    assert of_ana(desk, reference)[0][:2] == ("pagerduty", "failed")
    assert of_ana(desk, reference)[1][:2] != ("sms", "pending"), "it did not wait its five minutes"


def test_without_a_key_the_method_is_skipped_and_the_rest_rings(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make(pagerduty_routing_key="")
    reference = desk.activate().reference
    assert of_ana(desk, reference)[0] == ("pagerduty", "skipped", "pagerduty_not_configured")
    assert [one[0] for one in of_ana(desk, reference)[1:]] == ["sms"]


def test_somebody_who_has_nothing_else_in_their_rules_is_called_on_their_telephone(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make(pagerduty_routing_key="", rules=[{"via": "pd"}])
    reference = desk.activate().reference
    assert {one[0] for one in of_ana(desk, reference)} == {"pagerduty", "sms", "voice"}


def test_a_drill_never_reaches_pagerduty(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make(at=datetime(2026, 3, 10, 10, 0, tzinfo=UTC))  # in office hours
    reference = desk.activate(mode="drill").reference
    assert of_ana(desk, reference)[0] == ("pagerduty", "skipped", "drill_excluded")
    assert pagerduty.incidents() == []


def test_a_users_id_is_called_by_the_default_service_and_says_who_they_are(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make(ways=(PD | {"address": "PBOR456"}, SMS))
    with desk.runtime.work() as work:
        ana = work.config.oncall.people["ana"]
    assert ana.contact_methods[0].address == "default"
    assert ana.pagerduty_user == "PABC123", "what the file says of her counts more"


def test_the_simulation_says_the_same(make: Callable[..., Desk]) -> None:
    desk = make()
    with desk.runtime.work() as work:
        policy = work.config.policies["contingency"]
        found = escalations.simulated(work.session, work.config, policy, work.now).reached[0]
    assert (found.person, found.channel, found.address, found.not_used) == ("ana", "pagerduty", "default", None)


def test_a_page_for_later_through_pagerduty_does_not_keep_the_last_resort_away(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    """Our carrier is gone, and PagerDuty's turn has not come."""
    desk = make(rules=[{"via": "sms"}, {"via": "pd", "after": "30m"}], twilio_api_url=NOWHERE)
    reference = desk.activate().reference
    desk.clock.advance(seconds=61)
    assert watch.look(desk.runtime) == 1
    assert "last_resort.paged" in desk.kinds(reference)


# --- proof and test


def proof(desk: Desk) -> None:
    with desk.runtime.work() as work:
        methods.send_proof(work, work.config.oncall.people["ana"], "default")
    desk.run_due()


def channels(desk: Desk) -> list[tuple[str, bool]]:
    with desk.runtime.work() as work:
        return [(one.channel, one.verified) for one in work.config.oncall.people["ana"].contact_methods]


def test_acknowledging_the_test_in_pagerduty_verifies_the_method(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make(ways=(SMS,), rules=[{"via": "sms"}])
    proof(desk)
    assert pagerduty.incident()["title"].startswith("PRUEBA Itsafer para Ana García")
    valid_event(pagerduty.events("pagerduty_event")[-1]["json"])
    answers(desk, pagerduty, "PABC123")
    assert channels(desk) == [("sms", True), ("pagerduty", True)]
    assert pagerduty.incident()["status"] == "resolved", "it rings nobody any more"


def test_a_test_that_somebody_else_answers_verifies_nothing(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make(ways=(PD | {"verified": False}, SMS), rules=[{"via": "sms"}])
    proof(desk)
    answers(desk, pagerduty, "PBOR456")
    assert channels(desk) == [("pagerduty", False), ("sms", True)]
    assert [(a.state, a.error_code) for a in proofs_of(desk)] == [("failed", "other_person")]


def test_a_test_that_nobody_answers_is_closed_there(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make()
    with desk.runtime.work() as work:
        methods.test(work, work.config.oncall.people["ana"], "pd")
    desk.run_due()
    desk.clock.at += timedelta(minutes=16)
    with desk.runtime.database.transaction() as session:
        periodic.register(session, ["pagerduty"], desk.clock.at)
    sweep("pagerduty", 1)
    assert pagerduty.incident()["status"] == "resolved"
    assert [a.state for a in proofs_of(desk)] == ["accepted"]


def test_a_second_test_within_a_minute_is_too_soon(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make()
    with desk.runtime.work() as work:
        methods.test(work, work.config.oncall.people["ana"], "pd")
    with pytest.raises(methods.TooSoon), desk.runtime.work() as work:
        methods.test(work, work.config.oncall.people["ana"], "pd")


ANA_BEGINS = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)  # by backup-primary, at 09:00 in Madrid


def test_whoever_has_no_telephone_is_tested_through_pagerduty_before_a_shift(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make(ways=(PD,), rules=[{"via": "pd"}], at=ANA_BEGINS - timedelta(hours=1))
    with desk.runtime.work() as work:
        duty.plan_ahead(work)
        for row in duty.due(work):
            duty.act(work, desk.runtime.settings, row)
    desk.run_due()
    assert pagerduty.incident()["title"].startswith("PRUEBA Itsafer para Ana García")
    assert line_of(desk).state == "called"
    assert not line_of(desk).is_red, "the readiness page counts PagerDuty as something that rings"
    with desk.runtime.database.transaction() as session:
        session.execute(update(AttemptRow).values(state="confirmed"))
    assert line_of(desk).state == "confirmed"


def test_a_service_that_has_no_key_proves_nobody_reachable(make: Callable[..., Desk]) -> None:
    desk = make(ways=(PD,), rules=[{"via": "pd"}], at=ANA_BEGINS - timedelta(hours=1), pagerduty_routing_key="")
    with desk.runtime.work() as work:
        duty.plan_ahead(work)
        for row in duty.due(work):
            duty.act(work, desk.runtime.settings, row)
    assert (line_of(desk).state, line_of(desk).is_red) == ("unreachable", True)


def line_of(desk: Desk) -> Readiness:
    """Of Ana, on the managers' page."""
    with desk.runtime.work() as work:
        lines = readiness(work.session, work.config, work.now)
    return next(one for one in lines if one.watch.starts_at == ANA_BEGINS)
