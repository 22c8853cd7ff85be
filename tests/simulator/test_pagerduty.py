"""PagerDuty beside the telephones: its events, its users, its webhooks, as its documents describe them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask import Flask, Response, request
from werkzeug.serving import make_server

from simulator import SimulatorConfig, running
from simulator.hooks import signature
from simulator.server import QuietHandler
from tests.support.pagerduty import PagerDutyDesk, valid_event, valid_rest_answer

KEY = "R" * 32
SECRETS = "old-secret,new-secret"


class Listener:
    """Answers every webhook with `status`."""

    def __init__(self) -> None:
        self.status = 202
        self.received: list[tuple[dict[str, Any], str, bytes]] = []

    def wsgi(self) -> Flask:
        app = Flask("listener")

        @app.post("/hook")
        def hook() -> Response:
            raw = request.get_data()
            headers = request.headers
            self.received.append((request.get_json()["event"], headers["X-PagerDuty-Signature"], raw))
            return Response(status=self.status)

        return app

    @property
    def words(self) -> list[str]:
        return [event["event_type"] for event, _, _ in self.received]


@pytest.fixture(scope="module")
def listening() -> Iterator[tuple[Listener, str]]:
    listener = Listener()
    server: Any = make_server("127.0.0.1", 0, listener.wsgi(), threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    config = SimulatorConfig(
        pagerduty_webhook_url=f"http://127.0.0.1:{server.server_port}/hook",
        pagerduty_webhook_secret=SECRETS,
        network_seconds=0.005,
    )
    with running(config) as url:
        yield listener, url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def listener(listening: tuple[Listener, str]) -> Listener:
    listening[0].received.clear()
    listening[0].status = 202
    return listening[0]


@pytest.fixture
def pagerduty(listening: tuple[Listener, str]) -> Iterator[PagerDutyDesk]:
    desk = PagerDutyDesk(listening[1])
    desk.reset()
    yield desk
    desk.close()


def send(pagerduty: PagerDutyDesk, action: str, key: str | None = "guardia:1", **more: Any) -> requests.Response:
    event: dict[str, Any] = {"routing_key": KEY, "event_action": action, **more}
    if key:
        event["dedup_key"] = key
    if action == "trigger":
        event.setdefault("payload", {"summary": "Hotel Sol", "source": "guardia", "severity": "critical"})
    return requests.post(f"{pagerduty.base_url}/v2/enqueue", json=event, timeout=5)


def rest(pagerduty: PagerDutyDesk, path: str, key: str = "simulated-pagerduty-key", **query: str) -> requests.Response:
    headers = {"Authorization": f"Token token={key}"}
    return requests.get(pagerduty.base_url + path, headers=headers, params=query, timeout=5)


def test_a_second_trigger_of_the_same_key_joins_the_open_incident(pagerduty: PagerDutyDesk) -> None:
    assert send(pagerduty, "trigger").status_code == 202
    assert send(pagerduty, "trigger").json()["dedup_key"] == "guardia:1"
    assert (pagerduty.incident()["alerts"], pagerduty.incident()["status"]) == (2, "triggered")


def test_a_trigger_after_the_resolution_opens_a_new_incident(pagerduty: PagerDutyDesk) -> None:
    for action in ("trigger", "acknowledge", "resolve", "trigger"):
        send(pagerduty, action)
    assert [one["status"] for one in pagerduty.incidents()] == ["resolved", "triggered"]


def test_an_acknowledgement_of_nothing_is_accepted_and_dropped(pagerduty: PagerDutyDesk) -> None:
    assert send(pagerduty, "acknowledge", "guardia:unknown").status_code == 202
    assert pagerduty.incidents() == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"routing_key": "short"}, "should be 32 characters"),
        ({"payload": {"summary": "x", "source": "y", "severity": "high"}}, "payload.severity"),
        ({"payload": {"source": "y", "severity": "info"}}, "payload.summary"),
        ({"dedupkey": "x"}, "'dedupkey' is not a known field"),
    ],
)
def test_an_event_that_is_not_well_formed_is_refused(
    pagerduty: PagerDutyDesk, change: dict[str, Any], said: str
) -> None:
    answer = send(pagerduty, "trigger", **change)
    assert answer.status_code == 400
    assert said in str(answer.json()["errors"])


@pytest.mark.parametrize("kind", ["429", "500", "503"])
def test_ordered_faults_are_used_up(pagerduty: PagerDutyDesk, kind: str) -> None:
    pagerduty.order(kind)
    assert send(pagerduty, "trigger").status_code == int(kind)
    assert send(pagerduty, "trigger").status_code == 202


def test_webhooks_come_in_order_and_signed_with_every_secret(pagerduty: PagerDutyDesk, listener: Listener) -> None:
    send(pagerduty, "trigger")
    incident = pagerduty.incident()["id"]
    pagerduty.act(incident, "acknowledge", "PABC123")
    pagerduty.act(incident, "resolve", "PABC123")
    pagerduty.settle()
    assert listener.words == ["incident.triggered", "incident.acknowledged", "incident.resolved"]
    (first, _, _), (second, signed, raw), _ = listener.received
    assert signed == signature(("old-secret", "new-secret"), raw)
    assert signed.count("v1=") == 2
    assert first["agent"] is None
    assert second["agent"]["type"] == "user_reference"
    assert second["data"]["incident_key"] is None, "an incident with alerts has none"


def test_a_webhook_that_fails_comes_again_and_later_ones_wait(pagerduty: PagerDutyDesk, listener: Listener) -> None:
    listener.status = 503
    send(pagerduty, "trigger")
    pagerduty.act(pagerduty.incident()["id"], "acknowledge", "PABC123")
    pagerduty.wait(lambda: len(listener.received) >= 2)
    listener.status = 202
    pagerduty.settle()
    assert listener.words[:2] == ["incident.triggered", "incident.triggered"]
    assert listener.words[-1] == "incident.acknowledged"


def test_three_refused_webhooks_disable_the_subscription(pagerduty: PagerDutyDesk, listener: Listener) -> None:
    listener.status = 400
    for n in range(4):
        send(pagerduty, "trigger", f"guardia:{n}")
        pagerduty.settle()
    assert len(listener.received) == 3, "the fourth is lost"
    headers = {"Authorization": "Token token=simulated-pagerduty-key"}
    requests.post(f"{pagerduty.base_url}/webhook_subscriptions/PSUB001/enable", headers=headers, timeout=5)
    listener.status = 202
    send(pagerduty, "trigger", "guardia:9")
    pagerduty.settle()
    assert len(listener.received) == 4


def test_rest_asks_for_the_key(pagerduty: PagerDutyDesk) -> None:
    assert rest(pagerduty, "/users", key="wrong").status_code == 401


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/incidents", "/incidents"),
        ("/incidents/{}", "/incidents/{id}"),
        ("/incidents/{}/alerts", "/incidents/{id}/alerts"),
        ("/users/PABC123", "/users/{id}"),
        ("/users", "/users"),
        ("/users?query=ana", "/users"),
        ("/oncalls", "/oncalls"),
        ("/oncalls?include[]=users&schedule_ids[]=PSCH001", "/oncalls"),
    ],
)
def test_rest_answers_as_the_document_says(pagerduty: PagerDutyDesk, path: str, named: str) -> None:
    send(pagerduty, "trigger")
    valid_event(pagerduty.events("pagerduty_event")[-1]["json"])
    answer = rest(pagerduty, path.format(pagerduty.incident()["id"]))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    for turn in body.get("oncalls", []) if "include" in path else []:
        assert turn["user"].pop("type") == "user"  # the document has references alone, and no word of include
        turn["user"]["type"] = "user_reference"
    valid_rest_answer(named, body)


def test_incidents_are_found_by_the_key_of_their_alerts(pagerduty: PagerDutyDesk) -> None:
    send(pagerduty, "trigger")
    send(pagerduty, "trigger", "guardia:2")
    found = rest(pagerduty, "/incidents", incident_key="guardia:2").json()["incidents"]
    alerts = rest(pagerduty, f"/incidents/{found[0]['id']}/alerts").json()["alerts"]
    assert (len(found), alerts[0]["alert_key"]) == (1, "guardia:2")


def test_who_is_on_call_is_found_by_schedule_policy_and_time(pagerduty: PagerDutyDesk) -> None:
    def turn(user: str, day: int, **more: Any) -> dict[str, Any]:
        return {"user": user, "start": f"2026-11-{day}T09:00:00Z", "end": f"2026-11-{day + 1}T09:00:00Z"} | more

    def found(**query: str) -> list[str]:
        window = {"since": "2026-11-10T00:00:00Z", "until": "2026-11-13T00:00:00Z"}
        return [one["user"]["id"] for one in rest(pagerduty, "/oncalls", **(window | query)).json()["oncalls"]]

    pagerduty.put_on_call(turn("PABC123", 10), turn("PBOR456", 11, schedule="PSCH002"), turn("PABC123", 20),
                          {"user": "PEXT999", "schedule": None, "escalation_policy": "PESC002"})  # fmt: skip
    assert found() == ["PABC123", "PBOR456", "PEXT999"]
    assert found(**{"schedule_ids[]": "PSCH002"}) == ["PBOR456"]
    assert found(**{"escalation_policy_ids[]": "PESC002"}) == ["PEXT999"]
    assert rest(pagerduty, "/oncalls", until="2036-11-10T00:00:00Z").status_code == 400


def test_the_page_shows_incidents_and_what_can_be_done(pagerduty: PagerDutyDesk) -> None:
    send(pagerduty, "trigger")
    incident = pagerduty.incident()["id"]
    page = f"{pagerduty.base_url}/simulator/pagerduty"
    assert "Hotel Sol" in requests.get(page, timeout=5).text
    shown = requests.post(f"{page}/{incident}", data={"action": "acknowledge", "user": "PABC123"}, timeout=5)
    assert "reconocida" in shown.text
    assert pagerduty.incident()["status"] == "acknowledged"
    assert requests.post(f"{page}/{incident}", data={"action": "explode"}, timeout=5).status_code == 400
    assert requests.post(f"{page}/Q0", data={"action": "resolve"}, timeout=5).status_code == 404
