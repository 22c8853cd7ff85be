"""Everything at the same moment: several workers, several clocks, many clicks, many answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from service import processes
from tests.acceptance.words import code, link
from tests.concurrency import carrier_records
from tests.support import databases
from tests.support.stack import Stack, in_parallel
from tests.support.stack import stack as running_stack
from tests.support.telephones import Telephones

AT_ONCE = 20


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stack(request: pytest.FixtureRequest, worker_id: str) -> Iterator[Stack]:
    """Two workers and two clocks."""
    if request.param == "postgresql":
        server: str = request.getfixturevalue("postgres_server")
        made = running_stack(databases.made_on(server, f"races_{worker_id}"), GUARDIA_WORKERS="2")
    else:
        template: Path = request.getfixturevalue("sqlite_template")
        made = running_stack(None, template=template, GUARDIA_WORKERS="2")
    with made as running:
        running.also(processes.clock, "second clock")
        yield running


def test_two_workers_and_two_clocks_page_everybody_once(stack: Stack, phones: Telephones) -> None:
    plans = ("erp-restore", "mail-restore", "files-restore", "phone-restore")
    references = in_parallel(*(lambda plan=plan: stack.activate(plan) for plan in plans))
    stack.wait_until(lambda: stack.paged(references[0]) == ["ana", "borja"], "the second step is paged")
    for reference in references:
        stack.wait_until(lambda ref=reference: stack.quiet(ref), f"{reference} is quiet")  # type: ignore[misc]
        keys = [(a["person"]["id"], a["channel"], a["round"], a["step"]) for a in stack.pages(reference)]
        assert len(keys) == len(set(keys))
        assert stack.chain_is_sound(reference)
    assert carrier_records.duplicates(phones) == []
    assert (carrier_records.calls(phones, "Ana"), carrier_records.calls(phones, "Borja")) == (4, 2)


def test_twenty_clicks_with_one_key_are_one_ticket(stack: Stack, phones: Telephones) -> None:
    answers = in_parallel(*[lambda: stack.request_activation("mail-restore", key="one-click")] * AT_ONCE)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    reference = answers[0].json()["reference"]
    assert stack.kinds(reference).count("activation.requested") == 1
    phones["Ana"].expect_sms()
    assert "ticket.joined" not in stack.kinds(reference)


def test_twenty_first_clicks_with_their_own_keys_are_one_ticket(stack: Stack, phones: Telephones) -> None:
    clicks = [lambda key=key: stack.request_activation("phone-restore", key=f"own-{key}") for key in range(AT_ONCE)]
    answers = in_parallel(*clicks)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: AT_ONCE - 1}
    assert len({answer.json()["reference"] for answer in answers}) == 1
    reference = answers[0].json()["reference"]
    stack.wait_until(lambda: stack.quiet(reference), "everybody has been told")
    assert sorted(a["channel"] for a in stack.pages(reference)) == ["sms", "voice"]
    assert stack.kinds(reference).count("ticket.joined") == AT_ONCE - 1


def test_of_eight_answers_by_every_way_one_wins_and_all_are_told_the_same(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("files-restore")
    pages = {name: phones[name].expect_sms("Hotel Sol") for name in ("Ana", "Borja")}
    calls = {name: phones[name].answer_call().hears("pulse 4") for name in ("Ana", "Borja")}
    acts = [
        act
        for name in ("Ana", "Borja")
        for act in (
            lambda name=name: stack.say(reference, "acknowledgement", name),
            lambda name=name: phones[name].reply(f"{code(pages[name])}A"),
            lambda name=name: calls[name].press("4"),
            lambda name=name: requests.post(
                link(pages[name]), data={"code": code(pages[name]), "action": "acknowledge"}, timeout=20
            ),
        )
    ]
    in_parallel(*acts)
    stack.wait_until(lambda: len(_texts_taken(phones)) == 2, "both texts are taken")
    assert stack.kinds(reference).count("page.acknowledged") == 1
    winner = stack.ticket(reference)["acknowledged_by"]
    winning, losing = ("Ana", "Borja") if winner["id"] == "ana" else ("Borja", "Ana")
    calls[winning].hears("El ticket es suyo")
    calls[losing].hears("ya lo ha aceptado", winner["name"])
    phones[losing].expect_sms("ya lo tiene", winner["name"])
    stack.wait_until(lambda: stack.quiet(reference), "everybody has been told")
    late = [entry["data"] for entry in stack.log(reference) if entry["kind"] == "page.acknowledged_late"]
    assert {said["owner"] for said in late} == {winner["id"]}
    assert {said["via"] for said in late if said["person"] != winner["id"]} >= {"api", "sms", "voice"}
    assert stack.chain_is_sound(reference)


def test_a_yes_and_the_end_of_the_wait_at_the_same_moment_leave_one_truth(stack: Stack, phones: Telephones) -> None:
    """Either the yes comes first and nobody else is paged, or it comes second and whoever is paged is told."""
    reference = stack.activate("erp-restore")
    page = phones["Ana"].expect_sms("Hotel Sol")
    stack.wait_until(lambda: "step.timed_out" in stack.kinds(reference), "the wait is over")
    phones["Ana"].reply(f"{code(page)}A")
    stack.wait_for_state(reference, "acknowledged")
    stack.wait_until(lambda: stack.quiet(reference), "everybody has been told")
    sent = [a for a in stack.attempts(reference, "borja", purpose="page") if a["handed_over_at"]]
    told = stack.attempts(reference, "borja", purpose="notice")
    assert bool(sent) == bool(told)
    assert carrier_records.duplicates(phones) == []


def test_withdrawing_and_accepting_at_once_never_leave_a_ringing_telephone(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("files-restore")
    page = phones["Ana"].expect_sms("Hotel Sol")
    ringing = [phones[name].rings() for name in ("Ana", "Borja")]
    in_parallel(
        lambda: stack.call("POST", f"/tickets/{reference}/stand-down", "Marta", {}),
        lambda: phones["Ana"].reply(f"{code(page)}A"),
    )
    for call in ringing:
        call.ends("canceled")
    assert stack.ticket(reference)["state"] == "closed"
    stack.wait_until(lambda: stack.quiet(reference), "everybody has been told")


def _texts_taken(phones: Telephones) -> list[dict[str, Any]]:
    return [event for event in phones.events("webhook") if event["kind"] == "sms"]
