"""What PagerDuty's webhooks do: taken at once, carried out once, never refused when they are signed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import make_server

from alerting.configuration import Configurations
from alerting.pagerduty import catching_up
from alerting.pagerduty.jobs import take
from alerting.pagerduty.models import PagerDutyEventRow
from alerting.runtime import Runtime
from core.audit import log
from core.documents import store
from core.time import now
from service import wiring
from service.app import create_app
from service.configuration.apply import apply
from service.configuration.plan import Plan
from simulator.config import SimulatorConfig
from simulator.hooks import signature
from simulator.server import QuietHandler, running
from tests.support import databases
from tests.support.databases import AT_LENGTH
from tests.support.desk import Desk
from tests.support.pagerduty import PagerDutyDesk
from tests.support.telephones import Telephones
from tests.support.time import SteppedClock
from webhooks.inbound import pagerduty, twilio


@pytest.fixture(params=AT_LENGTH)
def dialect(request: pytest.FixtureRequest) -> str:
    """On PostgreSQL as well when all is run at length."""
    given: str = request.param
    return given


KEY = "R" * 32
SECRET, OLD_SECRET = "the-secret", "the-old-secret"
STEPS = [
    {"notify": [{"person": "borja"}, {"pagerduty": "default"}], "wait": "3m"},
    {"notify": [{"person": "carol"}], "wait": "3m"},
]


class Night:
    """Hotel Sol's emergency: Borja's telephone rings and PagerDuty has an incident, whose webhooks come to us."""

    def __init__(self, desk: Desk, pagerduty: PagerDutyDesk, phones: Telephones, client: Any) -> None:
        self.desk, self.pagerduty, self.phones, self.client = desk, pagerduty, phones, client

    def begins(self) -> str:
        reference = self.desk.activate().reference
        self.settle()
        return reference

    def settle(self) -> None:
        """What PagerDuty says arrives, and is carried out."""
        self.pagerduty.settle()
        self.desk.run_due()

    def acts(self, action: str, user: str | None = None) -> None:
        """Somebody does it in PagerDuty, a moment later."""
        self.desk.clock.at = datetime.now(UTC)
        self.pagerduty.act(self.pagerduty.incidents()[-1]["id"], action, user)
        self.settle()

    def entries(self, reference: str, kind: str) -> list[Any]:
        with self.desk.runtime.database.reading() as session:
            return [entry.link for entry in log.read(session, reference) if entry.link.kind == kind]

    def outcomes(self) -> list[str | None]:
        with self.desk.runtime.database.reading() as session:
            return list(session.scalars(select(PagerDutyEventRow.outcome).order_by(PagerDutyEventRow.id)))

    def texts(self, reference: str, template: str) -> list[str | None]:
        return [a.person_id for a in self.desk.attempts(reference, template=template)]

    def post(self, body: bytes, *secrets: str, **headers: str) -> Any:
        given = {"X-PagerDuty-Signature": signature(secrets, body)} if secrets else {}
        return self.client.post("/webhooks/pagerduty", data=body, headers=given | headers)


@pytest.fixture(scope="module")
def door() -> Iterator[Any]:
    """A server that stands before PagerDuty does; each test puts its own application behind it."""
    server: Any = make_server("127.0.0.1", 0, Flask("not-yet"), threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def outside(door: Any) -> Iterator[str]:
    config = SimulatorConfig(
        pagerduty_webhook_url=f"http://127.0.0.1:{door.server_port}/webhooks/pagerduty",
        pagerduty_webhook_secret=f"{OLD_SECRET},{SECRET}",
        auth_token="simulated-telephony-token",
        network_seconds=0.01,
    )
    with running(config) as url:
        yield url


@pytest.fixture
def make(
    sqlite_template: Path, world_plan: Plan, tmp_path: Path, door: Any, outside: str
) -> Iterator[Callable[..., Night]]:
    opened: list[Callable[[], None]] = []

    def night(mirror: bool = False, *, whole: bool = False, **settings: Any) -> Night:
        database = databases.copy_of(sqlite_template, tmp_path)
        with database.transaction() as session:
            apply(session, world_plan, now(session))
            change(session, mirror)
        ours = f"http://127.0.0.1:{door.server_port}"
        given = {"twilio_api_url": outside, "public_url": ours, "pagerduty_events_url": outside,
                 "pagerduty_api_url": outside, "pagerduty_routing_key": KEY, "pagerduty_webhook_secret": SECRET,
                 "pagerduty_api_key": "simulated-pagerduty-key"}  # fmt: skip
        made = databases.settings_for(database, tmp_path, **(given | settings))
        clock = SteppedClock(datetime.now(UTC) - timedelta(minutes=1))  # PagerDuty's clock is the wall's
        runtime = Runtime(made, database, Configurations(made), wiring.carrier(made), now=clock)
        door.app = create_app(runtime) if whole else bare(runtime)
        incidents, phones = PagerDutyDesk(outside), Telephones(outside)
        phones.reset()
        opened.extend((phones.close, incidents.close, database.dispose))
        return Night(Desk(runtime, clock), incidents, phones, door.app.test_client())

    yield night
    for close in opened:
        close()


def bare(runtime: Runtime) -> Flask:
    """The rooms under test alone: the whole application takes longer to build than most of these tests."""
    app = Flask(__name__)
    app.register_blueprint(twilio.blueprint(runtime))
    app.register_blueprint(pagerduty.blueprint(runtime))
    return app


def change(session: Any, mirror: bool) -> None:
    documents = {(one.section, one.id): one.body for one in store.load(session)}
    policy = documents["escalation_policies", "contingency"] | {"steps": STEPS}
    service = documents["pagerduty", "default"] | {"mirror": mirror}
    changes = [
        store.Change("update", "escalation_policies", "contingency", policy, 0, "console"),
        store.Change("update", "pagerduty", "default", service, 0, "console"),
    ]
    store.save(session, changes, now(session))


# --- what people do there


def test_an_acknowledgement_in_pagerduty_takes_the_ticket_and_silences_the_telephones(
    make: Callable[..., Night],
) -> None:
    night = make(whole=True)
    reference = night.begins()
    assert {a.state for a in night.desk.attempts(reference, channel="pagerduty")} == {"delivered"}
    night.acts("acknowledge", "PABC123")
    ticket = night.desk.ticket(reference)
    assert (ticket.acknowledged_by, ticket.acknowledged_via, ticket.state) == ("ana", "pagerduty", "acknowledged")
    assert {a.state for a in night.desk.attempts(reference, channel="pagerduty")} == {"confirmed"}
    calls = night.desk.attempts(reference, channel="voice", person_id="borja")
    assert {a.state for a in calls} <= {"cancelled"}, "Borja's telephone is hung up"
    assert night.texts(reference, "taken_by_other_sms") == ["borja"]
    assert night.texts(reference, "acknowledged_sms") == ["ana"], "she is told whom to call"
    assert ticket.contact_due_at is not None


def test_our_own_words_do_not_come_back_as_news(make: Callable[..., Night]) -> None:
    night = make()
    reference = night.begins()
    night.desk.acknowledge(reference, "borja", "sms")
    night.settle()
    night.desk.close(reference)
    night.settle()
    assert night.outcomes() == ["opened", "already_so", "already_so"]
    assert night.desk.ticket(reference).acknowledged_by == "borja"
    sent = [event["json"]["event_action"] for event in night.pagerduty.events("pagerduty_event")]
    assert sent == ["trigger", "acknowledge", "resolve"], "nothing was said twice"


def test_a_yes_there_is_not_echoed_to_pagerduty(make: Callable[..., Night]) -> None:
    night = make()
    night.begins()
    night.acts("acknowledge", "PABC123")
    night.settle()
    sent = [event["json"]["event_action"] for event in night.pagerduty.events("pagerduty_event")]
    assert sent == ["trigger"]


def test_a_person_without_an_id_is_known_by_their_mail(make: Callable[..., Night]) -> None:
    night = make()
    reference = night.begins()
    night.acts("acknowledge", "PBOR456")
    assert night.desk.ticket(reference).acknowledged_by == "borja"


def test_a_strangers_yes_counts_and_the_managers_are_told(make: Callable[..., Night]) -> None:
    night = make()
    reference = night.begins()
    night.acts("acknowledge", "PEXT999")
    ticket = night.desk.ticket(reference)
    assert (ticket.acknowledged_by, ticket.state) == ("pagerduty:PEXT999", "acknowledged")
    assert night.texts(reference, "pager_duty_stranger_sms") == ["clara"]
    with night.desk.runtime.work() as work:
        assert work.config.person_name(ticket.owner) == "Itsafer (PagerDuty PEXT999)"
    night.desk.advance(minutes=10)
    assert night.desk.escalation(reference).state == "running", "without contact in time paging begins again"


def test_whoever_is_second_learns_who_was_first(make: Callable[..., Night]) -> None:
    night = make()
    reference = night.begins()
    night.pagerduty.order("503", times=9)  # our own acknowledgement does not get through
    night.desk.acknowledge(reference, "borja", "sms")
    night.acts("acknowledge", "PABC123")
    assert night.desk.ticket(reference).acknowledged_by == "borja"
    assert night.texts(reference, "taken_by_other_sms") == ["ana"]
    assert "page.acknowledged_late" in night.desk.kinds(reference)


def test_an_acknowledgement_that_runs_out_there_pages_the_same_step_again(make: Callable[..., Night]) -> None:
    night = make()
    reference = night.begins()
    night.acts("acknowledge", "PABC123")
    night.acts("unacknowledge")
    escalation = night.desk.escalation(reference)
    assert (escalation.state, escalation.cycle, escalation.step) == ("running", 2, 1)
    assert night.desk.ticket(reference).owner is None
    assert night.desk.attempts(reference, person_id="borja", cycle=2, purpose="page")
    assert len(night.pagerduty.incidents()) == 1, "PagerDuty rings by itself"


def test_it_runs_out_there_without_effect_when_the_yes_was_given_here(make: Callable[..., Night]) -> None:
    night = make()
    reference = night.begins()
    night.desk.acknowledge(reference, "borja", "sms")
    night.settle()
    night.acts("unacknowledge")
    assert night.desk.escalation(reference).state == "acknowledged"
    assert night.outcomes()[-1] == "acknowledged_elsewhere"


def test_a_resolution_there_stops_paging_and_leaves_the_ticket_open(make: Callable[..., Night]) -> None:
    night = make()
    reference = night.begins()
    night.acts("resolve", "PABC123")
    ticket = night.desk.ticket(reference)
    assert (ticket.state, ticket.owner) == ("acknowledged", "ana")
    assert night.texts(reference, "pager_duty_resolved_sms") == ["ana"]
    (entry,) = night.entries(reference, "pagerduty.resolved")
    assert entry.actor["id"] == "ana"
    sent = [event["json"]["event_action"] for event in night.pagerduty.events("pagerduty_event")]
    assert sent == ["trigger"], "what is resolved there needs no word of ours"


def test_a_rule_that_resolves_is_nobodys_yes(make: Callable[..., Night]) -> None:
    night = make()
    reference = night.begins()
    night.acts("resolve")
    assert night.desk.escalation(reference).state == "running"
    assert night.outcomes()[-1] == "no_person"


@pytest.mark.parametrize("action", ["escalate", "reassign", "delegate"])
def test_what_only_moves_there_is_a_line_in_the_log(make: Callable[..., Night], action: str) -> None:
    night = make()
    reference = night.begins()
    night.acts(action, "PABC123")
    (entry,) = night.entries(reference, "pagerduty.ignored")
    assert entry.data["why"] == "for_information"
    assert night.desk.escalation(reference).state == "running"


def test_without_a_rest_key_an_incident_that_names_no_key_is_not_ours(make: Callable[..., Night]) -> None:
    night = make(pagerduty_api_key="")
    reference = night.begins()
    night.acts("acknowledge", "PABC123")
    assert night.desk.ticket(reference).acknowledged_by is None
    assert set(night.outcomes()) == {"unknown_incident"}


def test_pagerduty_that_cannot_be_asked_is_asked_again(make: Callable[..., Night]) -> None:
    night = make()
    night.pagerduty.order("503", api="rest", times=1)
    night.begins()
    assert night.outcomes() == [None]
    with night.desk.runtime.database.reading() as session:
        event_id = session.scalars(select(PagerDutyEventRow.id)).one()
    night.desk.clock.advance(seconds=11)
    take(event_id)
    assert night.outcomes() == ["opened"]


# --- webhooks that do not come


def test_a_yes_whose_webhook_never_came_is_found_by_asking(make: Callable[..., Night], door: Any) -> None:
    night = make()
    reference = night.begins()
    ours, door.app = door.app, Flask("nothing of ours")  # a deployment that went wrong: everything is 404
    night.desk.clock.at = datetime.now(UTC)
    for action in ("reassign", "escalate", "acknowledge"):
        night.pagerduty.act(night.pagerduty.incident()["id"], action, "PABC123")
        night.pagerduty.settle()
    door.app = ours
    assert len(night.pagerduty.events("pagerduty_webhook_dropped")) == 3
    assert [catching_up.look(night.desk.runtime) for _ in range(2)] == [1, 0]
    night.desk.run_due()
    assert (night.desk.ticket(reference).acknowledged_by, night.outcomes()[-1]) == ("ana", "acknowledge")
    night.acts("resolve", "PABC123")
    assert night.outcomes()[-1] == "resolved", "the subscription is on again"


def test_nothing_is_missed_while_webhooks_come(make: Callable[..., Night]) -> None:
    night = make()
    night.begins()
    night.acts("acknowledge", "PABC123")
    assert catching_up.look(night.desk.runtime) == 0


# --- the door


EVENT = {
    "id": "01HOOK",
    "event_type": "incident.acknowledged",
    "resource_type": "incident",
    "occurred_at": "2026-10-27T02:00:00Z",
    "agent": {"id": "PABC123", "type": "user_reference", "summary": "Ana"},
    "data": {"id": "Q0", "type": "incident", "incident_key": "guardia:nothing"},
}
BODY = json.dumps({"event": EVENT}).encode()


def rows(night: Night) -> int:
    with night.desk.runtime.database.reading() as session:
        return session.execute(select(func.count()).select_from(PagerDutyEventRow)).scalar_one()


def test_a_signed_event_is_taken_by_either_secret_while_one_is_rotated(make: Callable[..., Night]) -> None:
    night = make(pagerduty_webhook_secret=f"{SECRET}, {OLD_SECRET}")
    assert night.post(BODY, SECRET).status_code == 202
    assert night.post(BODY.replace(b"01HOOK", b"02HOOK"), OLD_SECRET).status_code == 202
    assert night.post(BODY.replace(b"01HOOK", b"03HOOK"), "another", SECRET).status_code == 202
    assert rows(night) == 3


@pytest.mark.parametrize("secrets", [(), ("another",)])
def test_what_is_not_signed_is_refused_and_not_kept(make: Callable[..., Night], secrets: tuple[str, ...]) -> None:
    night = make()
    assert night.post(BODY, *secrets).status_code == 401
    assert rows(night) == 0


def test_a_tampered_event_is_refused(make: Callable[..., Night]) -> None:
    night = make()
    headers = {"X-PagerDuty-Signature": signature((SECRET,), BODY)}
    forged = BODY.replace(b"PABC123", b"PBOR456")
    assert night.client.post("/webhooks/pagerduty", data=forged, headers=headers).status_code == 401


def test_the_same_event_again_is_taken_once(make: Callable[..., Night]) -> None:
    night = make()
    answers = [night.post(BODY, SECRET, **{"X-Webhook-Id": str(n)}).status_code for n in range(3)]
    assert (answers, rows(night)) == ([202, 202, 202], 1)
    night.desk.run_due()
    assert night.post(BODY, SECRET).status_code == 202
    assert night.outcomes() == ["unknown_incident"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 5000,
        json.dumps({"event": EVENT | {"event_type": "incident.invented_in_2099"}}).encode(),
        json.dumps({"event": EVENT | {"event_type": "pagey.ping", "data": {"message": "Hello"}}}).encode(),
        json.dumps({"event": EVENT | {"id": "x" * 5000}}).encode(),
        json.dumps({"event": EVENT | {"data": {"id": "Q" * 5000, "type": "incident"}}}).encode(),
        json.dumps({"event": EVENT | {"event_type": "y" * 5000}}).encode(),
        json.dumps({"event": EVENT | {"padding": "z" * 250_000}}).encode(),
    ],
    ids=lambda body: f"{len(body)} bytes",
)
def test_a_signed_event_is_never_refused_whatever_it_says(make: Callable[..., Night], body: bytes) -> None:
    night = make()
    assert night.post(body, SECRET).status_code == 202
    night.desk.run_due()
    assert night.outcomes()[0] is not None


def test_what_is_larger_than_pagerduty_ever_sends_is_not_read(make: Callable[..., Night]) -> None:
    night = make()
    assert night.post(b"z" * 600_000, SECRET).status_code == 413


def test_without_a_secret_pagerduty_is_asked_to_keep_it(make: Callable[..., Night]) -> None:
    assert make(pagerduty_webhook_secret="").post(BODY, SECRET).status_code == 503


def test_a_webhook_is_answered_within_milliseconds(make: Callable[..., Night]) -> None:
    night = make()
    night.post(BODY, SECRET)
    began = time.monotonic()
    night.post(BODY.replace(b"01HOOK", b"02HOOK"), SECRET)
    assert time.monotonic() - began < 0.5, "and not after whatever follows from it"


def test_an_event_that_has_been_carried_out_is_forgotten_but_for_its_id(make: Callable[..., Night]) -> None:
    night = make()
    night.post(BODY, SECRET)
    night.desk.run_due()
    with night.desk.runtime.database.reading() as session:
        row = session.scalars(select(PagerDutyEventRow)).one()
    assert (row.event_id, row.body, row.due_at) == ("01HOOK", None, None)
