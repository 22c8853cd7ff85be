"""Telephones that are picked up and say nothing: a machine, a pocket, a sleeper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.words import is_paged
from tests.support.stack import Stack
from tests.support.stack import stack as running_stack
from tests.support.telephones import Telephones


@pytest.fixture(scope="module")
def stack(sqlite_template: Path) -> Iterator[Stack]:
    """Callers have little time for a key: nobody presses one here."""
    with running_stack(None, template=sqlite_template, pause_factor=0.05, GUARDIA_REPEAT_CALLS="true") as running:
        yield running


def test_silence_is_no_yes_and_the_next_engineer_is_paged(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("erp-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    call = phones["Ana"].answer_call().stays_silent().hears("pulse 4").stays_silent()
    call.hears("No hemos recibido respuesta").ends("completed")
    is_paged(phones["Borja"], "Nivel 2")
    assert stack.ticket(reference)["acknowledged_by"] is None
    assert stack.attempts(reference, "ana", channel="voice")[0]["state"] == "no_input"


def test_a_telephone_set_to_silence_is_called_twice(stack: Stack, phones: Telephones) -> None:
    phones["Ana"].set(call="ignore", ring_seconds=0.2)
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    phones["Ana"].rings().ends("no-answer")
    phones["Ana"].rings().ends("no-answer")
    calls = stack.attempts(reference, "ana", channel="voice")
    assert len(calls) == 2
    assert stack.paged(reference) == ["ana"]


def test_an_engineers_voicemail_is_no_yes(stack: Stack, phones: Telephones) -> None:
    phones["Ana"].set(call="voicemail")
    reference = stack.activate("erp-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    phones["Ana"].rings().hears("aviso urgente numero").ends("completed")
    is_paged(phones["Borja"], "Nivel 2")
    assert stack.attempts(reference, "ana", channel="voice")[0]["state"] == "voicemail"
    assert stack.ticket(reference)["acknowledged_by"] is None
    assert "page.acknowledged" not in stack.kinds(reference)
