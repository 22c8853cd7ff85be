"""PagerDuty as step, as mirror and as last resort: real client, simulated PagerDuty, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from alerting.configuration import Configurations
from alerting.notifications.carriers.base import ConfigurationDeliveryError, TransientDeliveryError
from alerting.notifications.carriers.pagerduty import LONGEST_SEND_SECONDS, PagerDuty
from alerting.pagerduty import watch
from alerting.pagerduty.jobs import sweep
from alerting.pagerduty.models import PagerDutyIncidentRow
from alerting.runtime import Runtime
from core import periodic
from core.db import Database
from core.documents import store
from core.settings import Settings
from core.time import now
from service import wiring
from service.configuration.apply import apply
from service.configuration.plan import Plan
from tests.support import databases
from tests.support.databases import AT_LENGTH
from tests.support.desk import Desk
from tests.support.pagerduty import PagerDutyDesk, valid_event
from tests.support.time import SteppedClock


@pytest.fixture(params=AT_LENGTH)
def dialect(request: pytest.FixtureRequest) -> str:
    """On PostgreSQL as well when all is run at length."""
    given: str = request.param
    return given


KEY = "R" * 32
NOWHERE = "http://127.0.0.1:9"  # nobody listens there
ANA_THEN_PAGERDUTY = [
    {"notify": [{"person": "ana"}], "wait": "3m"},
    {"notify": [{"pagerduty": "default"}], "wait": "3m"},
]


@pytest.fixture
def pagerduty(network: str) -> Iterator[PagerDutyDesk]:
    desk = PagerDutyDesk(network)
    desk.reset()
    yield desk
    desk.close()


@pytest.fixture
def make(sqlite_database: Database, world_plan: Plan, tmp_path: Path, network: str) -> Callable[..., Desk]:
    """A desk whose policy `contingency` has these steps; what PagerDuty does to rows is the same on both databases."""

    def desk(steps: Any = None, *, key: str = KEY, mirror: bool = False, **settings: Any) -> Desk:
        with sqlite_database.transaction() as session:
            apply(session, world_plan, now(session))
            change(session, steps, mirror)
        given = {"twilio_api_url": network, "public_url": network, "pagerduty_events_url": network,
                 "pagerduty_api_url": network, "pagerduty_routing_key": key,
                 "pagerduty_api_key": "simulated-pagerduty-key"}  # fmt: skip
        made: Settings = databases.settings_for(sqlite_database, tmp_path, **(given | settings))
        clock = SteppedClock()
        configurations = Configurations(made)
        return Desk(Runtime(made, sqlite_database, configurations, wiring.carrier(made), now=clock), clock)

    return desk


def change(session: Any, steps: Any, mirror: bool) -> None:
    documents = {(one.section, one.id): one.body for one in store.load(session)}
    changes = []
    if steps is not None:
        body = documents["escalation_policies", "contingency"] | {"steps": steps, "rounds": 1}
        changes.append(store.Change("update", "escalation_policies", "contingency", body, 0, "console"))
    if mirror:
        body = documents["pagerduty", "default"] | {"mirror": True}
        changes.append(store.Change("update", "pagerduty", "default", body, 0, "console"))
    if changes:
        store.save(session, changes, now(session))


def sent(pagerduty: PagerDutyDesk) -> list[str]:
    return [event["json"]["event_action"] for event in pagerduty.events("pagerduty_event")]


def run_sweep(desk: Desk) -> None:
    """The periodic task, whenever it is asked."""
    with desk.runtime.database.transaction() as session:
        periodic.register(session, ["pagerduty"], desk.clock.at)
    sweep("pagerduty", 1)


def held(desk: Desk) -> list[tuple[str, str | None]]:
    with desk.runtime.database.reading() as session:
        rows = session.scalars(select(PagerDutyIncidentRow).order_by(PagerDutyIncidentRow.id)).all()
    return [(row.wanted, row.held) for row in rows]


def test_a_step_that_names_pagerduty_opens_an_incident_there(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make(ANA_THEN_PAGERDUTY)
    reference = desk.activate().reference
    assert pagerduty.incidents() == [], "Ana is asked first"
    desk.advance(minutes=3)
    incident = pagerduty.incident()
    assert incident["title"] == f"{reference} P1 Hotel Sol: Restauración del ERP"
    assert incident["routing_key"] == KEY
    assert incident["payload"]["custom_details"]["contact_phone"] == "+34611000001"
    (attempt,) = desk.attempts(reference, channel="pagerduty", step=2)
    assert (attempt.state, attempt.carrier, attempt.address) == ("accepted", "pagerduty", "default")
    assert attempt.carrier_sid == incident["dedup_key"]
    assert attempt.message == incident["title"]
    assert "pagerduty.triggered" in desk.kinds(reference)


def test_what_we_send_is_what_pagerduty_documents(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make([{"notify": [{"pagerduty": "default"}], "wait": "3m"}])
    reference = desk.activate().reference
    desk.acknowledge(reference, "ana")
    desk.close(reference)
    assert sent(pagerduty)[-3:] == ["trigger", "acknowledge", "resolve"]
    for event in pagerduty.events("pagerduty_event")[-3:]:
        valid_event(event["json"])


def test_a_step_of_pagerduty_alone_is_waited_for(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make([{"notify": [{"pagerduty": "default"}], "wait": "3m"}])
    reference = desk.activate().reference
    assert desk.escalation(reference).state == "running"
    assert "step.skipped" not in desk.kinds(reference)
    desk.advance(minutes=3)
    assert desk.escalation(reference).state == "exhausted"
    pagerduty.incident()


def test_without_a_key_the_page_is_skipped_with_its_reason(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make([{"notify": [{"pagerduty": "default"}], "wait": "3m"}], key="")
    reference = desk.activate().reference
    assert {a.why for a in desk.attempts(reference, channel="pagerduty")} == {"pagerduty_not_configured"}
    assert "step.skipped" in desk.kinds(reference), "the next step is not kept waiting"
    assert pagerduty.incidents() == []


def test_the_last_resort_calls_pagerduty_and_says_for_how_long_nobody_answered(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make([{"notify": [{"person": "ana"}], "wait": "3m"}])
    reference = desk.activate().reference
    desk.advance(minutes=3)
    assert pagerduty.incident()["title"].endswith("(sin respuesta desde hace 3 min)")
    desk.advance(minutes=5)
    assert pagerduty.incident()["alerts"] == 2, "the second call joins the incident that is open"
    assert {a.state for a in desk.attempts(reference, channel="pagerduty")} == {"accepted"}


def test_a_drill_never_reaches_pagerduty(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make(ANA_THEN_PAGERDUTY, mirror=True)
    desk.clock.advance(hours=10)  # a drill needs office hours
    reference = desk.activate(mode="drill").reference
    desk.advance(minutes=10)
    assert {a.why for a in desk.attempts(reference, channel="pagerduty")} == {"drill_excluded"}
    assert pagerduty.incidents() == []


def test_our_states_are_followed(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make([{"notify": [{"pagerduty": "default"}], "wait": "3m"}])
    reference = desk.activate().reference
    desk.acknowledge(reference, "ana")
    assert pagerduty.incident()["status"] == "acknowledged"
    desk.contact(reference, "ana", "reached")
    desk.close(reference)
    assert pagerduty.incident()["status"] == "resolved"
    kinds = [kind for kind in desk.kinds(reference) if kind.startswith("pagerduty.")]
    assert kinds == ["pagerduty.triggered", "pagerduty.acknowledged", "pagerduty.resolved"]


def test_a_stand_down_resolves(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make([{"notify": [{"pagerduty": "default"}], "wait": "3m"}])
    desk.stand_down(desk.activate().reference)
    assert pagerduty.incident()["status"] == "resolved"


def test_an_incident_that_was_never_opened_is_told_nothing(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make(ANA_THEN_PAGERDUTY)
    before = sent(pagerduty)
    reference = desk.activate().reference
    desk.acknowledge(reference, "ana")
    desk.close(reference)
    assert sent(pagerduty) == before


def test_a_mirror_shows_every_real_ticket_from_the_beginning(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make([{"notify": [{"person": "ana"}], "wait": "3m"}], mirror=True)
    reference = desk.activate().reference
    assert pagerduty.incident()["status"] == "triggered"
    assert desk.attempts(reference, channel="pagerduty") == [], "a mirror is no page"
    desk.acknowledge(reference, "ana")
    assert pagerduty.incident()["status"] == "acknowledged"
    desk.close(reference)
    assert pagerduty.incident()["status"] == "resolved"


def test_a_mirror_that_a_step_calls_is_one_incident(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make(ANA_THEN_PAGERDUTY, mirror=True)
    desk.activate()
    desk.advance(minutes=3)
    assert pagerduty.incident()["alerts"] == 2


def test_a_mirror_rings_again_when_the_contact_is_overdue(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    """An acknowledged incident would stay silent: it is closed, and another opened."""
    desk = make([{"notify": [{"person": "ana"}], "wait": "3m"}], mirror=True)
    reference = desk.activate().reference
    desk.acknowledge(reference, "ana")
    desk.advance(minutes=10)
    assert desk.escalation(reference).cycle == 2
    assert [one["status"] for one in pagerduty.incidents()] == ["resolved", "triggered"]


def test_a_step_rings_again_after_an_acknowledgement_without_contact(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make([{"notify": [{"pagerduty": "default"}], "wait": "3m"}])
    reference = desk.activate().reference
    desk.acknowledge(reference, "ana")
    desk.advance(minutes=10)
    assert [one["status"] for one in pagerduty.incidents()] == ["resolved", "triggered"]


def test_another_ticket_opens_another_incident(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make([{"notify": [{"pagerduty": "default"}], "wait": "3m"}])
    desk.close(desk.activate().reference)
    desk.activate()
    one, other = pagerduty.incidents()
    assert (one["status"], other["status"]) == ("resolved", "triggered")
    assert one["dedup_key"] != other["dedup_key"]


@pytest.mark.parametrize("kind", ["429", "500", "503", "refuse", "drop"])
def test_a_page_survives_a_fault_and_opens_one_incident(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk, kind: str
) -> None:
    desk = make([{"notify": [{"pagerduty": "default"}], "wait": "3m"}])
    pagerduty.order(kind)
    reference = desk.activate().reference
    desk.advance(seconds=10)
    pagerduty.incident()
    (attempt,) = desk.attempts(reference, channel="pagerduty")
    assert attempt.state == "accepted"


def test_a_refused_event_is_our_fault_and_the_next_step_is_not_kept_waiting(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make([{"notify": [{"pagerduty": "default"}], "wait": "3m"}], key="too-short")
    reference = desk.activate().reference
    (attempt, *_) = desk.attempts(reference, channel="pagerduty")
    assert (attempt.state, attempt.failure, attempt.error_code) == ("failed", "configuration", "400")
    assert desk.escalation(reference).state == "exhausted"


def test_an_acknowledgement_that_was_not_told_is_told_until_it_is_taken(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make([{"notify": [{"pagerduty": "default"}], "wait": "3m"}])
    reference = desk.activate().reference
    pagerduty.order("503", times=3)
    desk.acknowledge(reference, "ana")
    assert pagerduty.incident()["status"] == "triggered"
    for seconds in (6, 16, 61):
        desk.clock.advance(seconds=seconds)
        run_sweep(desk)
    assert pagerduty.incident()["status"] == "acknowledged"
    assert held(desk) == [("acknowledged", "acknowledged")]


def test_a_state_that_pagerduty_holds_is_not_told_again(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make([{"notify": [{"pagerduty": "default"}], "wait": "3m"}])
    reference = desk.activate().reference
    desk.acknowledge(reference, "ana")
    before = sent(pagerduty)
    desk.acknowledge(reference, "borja")
    desk.contact(reference, "ana", "reached")
    run_sweep(desk)
    assert sent(pagerduty) == before


def test_a_key_that_is_taken_away_is_said_in_the_log(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make([{"notify": [{"pagerduty": "default"}], "wait": "3m"}])
    reference = desk.activate().reference
    bare = Desk(
        Runtime(
            databases.settings_for(desk.runtime.database, desk.runtime.settings.data_dir,
                                   twilio_api_url=desk.runtime.settings.twilio_api_url),
            desk.runtime.database, desk.runtime.configurations, desk.runtime.carrier, now=desk.clock,
        ),
        desk.clock,
    )  # fmt: skip
    bare.acknowledge(reference, "ana")
    assert "pagerduty.ignored" in desk.kinds(reference)


# --- the client itself


def test_a_whole_send_stays_below_thirteen_seconds() -> None:
    assert LONGEST_SEND_SECONDS < 13


@pytest.mark.parametrize("kind", ["429", "500", "refuse"])
def test_the_client_asks_once_and_never_sleeps(
    network: str, pagerduty: PagerDutyDesk, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left alone it would answer 429 with sleeps without end."""
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    client = PagerDuty(events_url=network)
    before = len(sent(pagerduty))
    pagerduty.order(kind, seconds=7.0)
    with pytest.raises(TransientDeliveryError) as failed:
        client.send("us", KEY, "acknowledge", "guardia:1", None)
    assert (len(sent(pagerduty)) - before, slept) == (1, [])
    assert failed.value.retry_after == (7.0 if kind == "429" else None)


def test_a_wrong_rest_key_is_an_operators_business(network: str, pagerduty: PagerDutyDesk) -> None:
    with pytest.raises(ConfigurationDeliveryError):
        PagerDuty(api_url=network, api_key="wrong").check()


def test_pagerduty_tells_who_somebody_is(network: str, pagerduty: PagerDutyDesk) -> None:
    client = PagerDuty(api_url=network, api_key="simulated-pagerduty-key")
    client.check()
    assert client.user_mail("PBOR456") == "borja@itsafer.example"
    assert client.user_mail("P/../0") is None
    assert client.alert_keys("Q0") == []


# --- past queue and clock


def test_a_page_that_no_carrier_takes_for_a_minute_goes_to_pagerduty_past_the_queue(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    """The carrier is gone, and so are workers and clock: nothing but the web process looks."""
    desk = make([{"notify": [{"person": "ana"}], "wait": "30m"}], twilio_api_url=NOWHERE)
    reference = desk.activate().reference
    desk.clock.advance(seconds=59)
    assert watch.look(desk.runtime) == 0
    desk.clock.advance(seconds=2)
    assert watch.look(desk.runtime) == 1
    assert "sin respuesta" in pagerduty.incident()["title"]
    (attempt,) = [a for a in desk.attempts(reference, channel="pagerduty") if a.state == "accepted"]
    assert attempt.carrier == "pagerduty"
    assert watch.look(desk.runtime) == 0, "once is enough"
    desk.acknowledge(reference, "ana")
    assert pagerduty.incident()["status"] == "acknowledged"


def test_a_clock_that_stands_still_is_noticed(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make([{"notify": [{"person": "ana"}], "wait": "3m"}])
    reference = desk.activate().reference
    desk.clock.advance(minutes=3, seconds=59)
    assert watch.look(desk.runtime) == 0
    desk.clock.advance(seconds=1)
    assert watch.look(desk.runtime) == 1
    pagerduty.incident()
    assert "last_resort.paged" in desk.kinds(reference)


def test_a_page_that_somebody_heard_is_left_alone(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make([{"notify": [{"person": "ana"}], "wait": "30m"}])
    desk.activate()
    desk.advance(minutes=5)
    assert watch.look(desk.runtime) == 0
    assert pagerduty.incidents() == []


def test_what_is_acknowledged_or_without_pagerduty_is_never_called(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make([{"notify": [{"person": "ana"}], "wait": "30m"}], twilio_api_url=NOWHERE, key="")
    reference = desk.activate().reference
    desk.clock.advance(minutes=2)
    assert watch.look(desk.runtime) == 0
    desk.acknowledge(reference, "ana")
    assert watch.look(desk.runtime) == 0
    assert pagerduty.incidents() == []


def test_pagerduty_that_refuses_is_called_again_a_minute_later(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make([{"notify": [{"person": "ana"}], "wait": "30m"}], twilio_api_url=NOWHERE)
    desk.activate()
    desk.clock.advance(seconds=61)
    pagerduty.order("400")
    assert watch.look(desk.runtime) == 1
    assert watch.look(desk.runtime) == 0
    desk.clock.advance(seconds=61)
    assert watch.look(desk.runtime) == 1
    pagerduty.incident()
