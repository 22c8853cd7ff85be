"""From the customer's click to the conversation, on both databases: what the service is for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.words import number
from tests.simulator.vendor_specs import validate_request, validate_response
from tests.support import databases
from tests.support.stack import Stack, in_order
from tests.support.stack import stack as running_stack
from tests.support.telephones import Telephones


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stack(request: pytest.FixtureRequest, worker_id: str) -> Iterator[Stack]:
    if request.param == "postgresql":
        server: str = request.getfixturevalue("postgres_server")
        with running_stack(databases.made_on(server, f"story_{worker_id}")) as running:
            yield running
        return
    template: Path = request.getfixturevalue("sqlite_template")
    with running_stack(None, template=template) as running:
        yield running


def test_a_customer_in_trouble_is_called_back_by_the_engineer_who_says_yes(stack: Stack, phones: Telephones) -> None:
    phones["Ana"].set(call="ignore", ring_seconds=0.3)
    reference = stack.activate("erp-restore", symptoms="El ERP no arranca")
    phones["Marta"].expect_sms("recibida su activacion", number(reference), "+34910000000")
    phones["Ana"].expect_sms("Hotel Sol", "Restauracion del ERP", number(reference))
    phones["Ana"].rings().ends("no-answer")

    phones["Borja"].expect_sms("Hotel Sol", "Nivel 2")
    engineer = phones["Borja"].answer_call().hears("Borja Ruiz", "Hotel Sol", "pulse 4").press("4")
    engineer.hears("El ticket es suyo", "Marta Ruiz", "pulse 7")
    phones["Ana"].expect_sms("ya lo tiene Borja Ruiz")
    phones["Borja"].expect_sms("Llame ya al cliente: Marta Ruiz +34611000001")
    phones["Marta"].expect_sms("Borja Ruiz se ocupa y le llamara")

    engineer.press("7").hears("Llamando a Marta Ruiz")
    customer = phones["Marta"].answer_call().hears("Pulse 1 para hablar con Borja Ruiz").press("1").is_bridged()
    stack.wait_until(lambda: stack.ticket(reference)["contact_state"] == "reached", "the contact is recorded")
    customer.hang_up().ends("completed")
    engineer.hears("Contacto con el cliente registrado").ends("completed")

    ticket = stack.ticket(reference, by="Marta")
    assert (ticket["state"], ticket["acknowledged_by"]["id"], ticket["acknowledged_via"]) == (
        "in_progress",
        "borja",
        "voice",
    )
    assert ticket["acknowledged_at"] < ticket["contacted_at"]
    stack.wait_until(lambda: stack.quiet(reference), "everybody has been told")
    assert stack.paged(reference) == ["ana", "borja"]
    assert _states(stack, reference) == {
        ("ana", "sms"): "delivered",
        ("ana", "voice"): "no_answer",
        ("borja", "sms"): "delivered",
        ("borja", "voice"): "confirmed",
    }
    assert stack.escalation(reference)["state"] == "contacted"


@dataclass(frozen=True)
class Told:
    """The same story, played once with scripted telephones: all that the carrier saw of it, and what was written."""

    events: list[dict[str, Any]]
    log: list[dict[str, Any]]
    timeline: list[str]
    chain_is_sound: bool

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]


@pytest.fixture(scope="module")
def told(stack: Stack) -> Told:
    with Telephones(stack.telephones, patience_seconds=20) as phones:
        phones.reset()
        phones["Ana"].set(call="ignore", ring_seconds=0.3)
        phones["Borja"].set(call="answer", answer_seconds=0.1, keys=["4", "7"])
        phones["Marta"].set(call="answer", answer_seconds=0.1, keys=["1"], hang_up_seconds=1)
        reference = stack.activate("erp-restore")
        stack.wait_for_state(reference, "contacted")
        stack.wait_until(lambda: stack.quiet(reference), "everybody has been told")
        for call in phones.events("ringing"):
            phones.wait_for("every call ends", lambda event, sid=call["sid"]: _is_end(event, sid))  # type: ignore[misc]
        stack.wait_until(lambda: _all_landed(phones), "the callbacks have arrived")
        said = [item["text"] for item in stack.timeline(reference)]
        story = Told(phones.events(), stack.log(reference), said, stack.chain_is_sound(reference))
    stack.clear()
    return story


def test_the_log_tells_the_whole_story_and_cannot_have_been_edited(told: Told) -> None:
    """S-F.2"""
    assert in_order(
        [entry["kind"] for entry in told.log],
        "activation.requested",
        "ticket.opened",
        "escalation.started",
        "attempt.planned",
        "step.started",
        "attempt.accepted",
        "attempt.status",
        "step.timed_out",
        "step.started",
        "page.acknowledged",
        "contact.attempted",
        "contact.made",
    )
    assert [entry["seq"] for entry in told.log] == list(range(1, len(told.log) + 1))
    assert told.chain_is_sound
    assert "+34600000001" not in str(told.log)  # personal values lie beside the chain


def test_every_request_at_the_carrier_has_its_entry_in_the_log(told: Told) -> None:
    created = [e["json"]["sid"] for e in told.of("response") if e["method"] == "POST" and e["status"] == 201]
    accepted = [entry["data"]["carrier_sid"] for entry in told.log if entry["kind"] == "attempt.accepted"]
    assert sorted(created) == sorted(accepted)


def test_the_customer_reads_each_step_as_a_sentence(told: Told) -> None:
    assert told.timeline[0].startswith("Hemos recibido su solicitud")
    assert any("Borja Ruiz ha aceptado" in text for text in told.timeline)
    assert told.timeline[-1] == "Borja Ruiz ha hablado con usted."
    assert not [text for text in told.timeline if "+34600" in text]


def test_the_carrier_is_spoken_to_as_its_own_document_says(told: Told) -> None:
    assert len(told.of("request")) >= 7
    for asked in told.of("request"):
        validate_request(asked["method"], asked["path"], asked["query"] if asked["method"] == "GET" else asked["form"])
    for answered in told.of("response"):
        validate_response(answered["method"], answered["path"], answered["status"], answered["json"])


def test_every_callback_of_the_carrier_was_taken_at_the_first_try(told: Told) -> None:
    assert len(told.of("webhook")) > 15
    assert {event["outcome"] for event in told.of("webhook")} == {"2xx"}
    assert told.of("error") == []


def _is_end(event: dict[str, Any], sid: str) -> bool:
    return bool(event["type"] == "ended" and event["sid"] == sid)


def _all_landed(phones: Telephones) -> bool:
    """The last word on each message is its delivery."""
    landed = {event["sid"] for event in phones.events("webhook") if event["params"].get("MessageStatus") == "delivered"}
    return landed >= {event["sid"] for event in phones.events("sms")}


def _states(stack: Stack, reference: str) -> dict[tuple[str, str], str]:
    return {(a["person"]["id"], a["channel"]): a["state"] for a in stack.attempts(reference, purpose="page")}
