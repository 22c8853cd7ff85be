"""The whole service ends, in order or not, and goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.words import code, is_paged
from tests.concurrency import carrier_records
from tests.support import databases, postgres
from tests.support.postgres import Server
from tests.support.stack import Stack
from tests.support.stack import stack as running_stack
from tests.support.telephones import Telephones


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres.own_server() as own:
        yield own


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("server")
        made = running_stack(databases.made_on(server.url, "guardia"))
    else:
        template: Path = request.getfixturevalue("sqlite_template")
        made = running_stack(None, template=template)
    with made as running:
        yield running


def test_a_stop_in_the_middle_and_a_start_go_on_with_the_escalation(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("erp-restore")
    page = phones["Ana"].expect_sms("Hotel Sol")
    stack.stop()
    stack.start()
    is_paged(phones["Borja"], "Nivel 2")
    phones["Ana"].reply(f"{code(page)}A")
    stack.wait_for_state(reference, "acknowledged")
    assert stack.ticket(reference)["acknowledged_by"]["id"] == "ana"
    assert carrier_records.duplicates(phones) == []


def test_a_power_cut_right_after_the_answer_loses_no_request(stack: Stack, phones: Telephones) -> None:
    """Nothing has left the house yet: the workers stand still until the lights go out."""
    for worker in ("worker-1", "worker-notices"):
        stack.freeze(worker)
    references = [stack.activate("mail-restore"), stack.activate("cloud-restore", by="Jon")]
    stack.pull_the_plug()
    stack.start()
    is_paged(phones["Ana"], "Hotel Sol")
    is_paged(phones["Carol"], "Banco Norte")
    for reference in references:
        assert stack.ticket(reference)["state"] == "new"
        stack.wait_until(lambda ref=reference: stack.quiet(ref), "everybody has been told")  # type: ignore[misc]
        assert stack.chain_is_sound(reference)
    assert carrier_records.duplicates(phones) == []


def test_nothing_is_left_behind_by_a_supervisor_that_was_killed(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Ana"].expect_sms("Hotel Sol")
    stack.lose_the_supervisor()
    stack.start()
    stack.wait_until(lambda: stack.quiet(reference), "everybody has been told")
    assert carrier_records.duplicates(phones) == []


def test_a_database_that_is_away_for_a_while_is_waited_for(
    stack: Stack, phones: Telephones, request: pytest.FixtureRequest
) -> None:
    if not stack.settings.database.startswith("postgresql"):
        pytest.skip("a file is never away")
    server: Server = request.getfixturevalue("server")
    reference = stack.activate("mail-restore")
    phones["Ana"].expect_sms("Hotel Sol")
    call = phones["Ana"].answer_call().hears("pulse 4")
    stack.wait_until(lambda: stack.quiet(reference), "everything has been sent")
    server.stop()
    refused = stack.request_activation("phone-restore")
    assert refused.status_code in (202, 503)
    assert "+34910000000" in refused.text
    phones["Ana"].reply("voy")
    phones["Ana"].expect_sms("no hemos podido registrar su respuesta")
    call.press("4").hears("Un momento")
    server.start()
    call.hears("El ticket es suyo").hang_up()
    assert stack.ticket(reference)["acknowledged_by"]["id"] == "ana"
    assert stack.chain_is_sound(reference)


def test_an_escalation_goes_on_after_the_database_was_away(
    stack: Stack, phones: Telephones, request: pytest.FixtureRequest
) -> None:
    if not stack.settings.database.startswith("postgresql"):
        pytest.skip("a file is never away")
    server: Server = request.getfixturevalue("server")
    reference = stack.activate("erp-restore")
    is_paged(phones["Ana"], "Hotel Sol")
    stack.wait_until(lambda: stack.quiet(reference), "the first step has been sent")
    server.stop()
    stack.wait_until(lambda: "the clock cannot reach the database" in stack.output(), "the clock has noticed")
    server.start()
    is_paged(phones["Borja"], "Nivel 2")
    assert stack.paged(reference) == ["ana", "borja"]
    assert stack.chain_is_sound(reference)
