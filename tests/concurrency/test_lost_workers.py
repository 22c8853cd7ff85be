"""Two workers are lost in the middle of a request to the carrier, and nothing but the carrier's own list tells what
has become of it. One is dead; the other stands still for longer than its lease and then goes on, as if no time had
passed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.concurrency import carrier_records
from tests.support.stack import Stack, in_order
from tests.support.stack import stack as running_stack
from tests.support.telephones import NUMBERS, Telephones

SILENT = [{"kind": "lost", "statuses": ["queued", "sending", "sent", "delivered", "initiated", "ringing"]}]


@dataclass(frozen=True)
class Accident:
    reference: str
    phones: Telephones


@pytest.fixture(scope="module")
def stack(sqlite_template: Path) -> Iterator[Stack]:
    with running_stack(None, template=sqlite_template, GUARDIA_WORKERS="2") as running:
        yield running


@pytest.fixture(scope="module")
def accident(stack: Stack) -> Iterator[Accident]:
    with Telephones(stack.telephones, patience_seconds=40) as phones:
        phones.fault(
            carrier=[{"kind": "hang", "seconds": 60, "to": NUMBERS["Ana"], "times": 2}],
            callbacks=SILENT,
        )
        reference = stack.activate("mail-restore")
        phones["Ana"].expect_sms("Hotel Sol")
        phones["Ana"].rings()
        stack.freeze("worker-1")
        stack.kill("worker-2")
        stack.wait_until(lambda: stack.kinds(reference).count("attempt.reconciled") == 2, "both are found", timeout=40)
        known = len(stack.log(reference))
        stack.thaw("worker-1")
        other = stack.activate("files-restore")
        stack.wait_until(lambda: stack.paged(other) == ["ana", "borja"], "the thawed worker works again")
        assert len(stack.log(reference)) == known
        yield Accident(reference, phones)
        stack.clear()


def test_both_pages_are_found_at_the_carrier_and_none_is_sent_again(stack: Stack, accident: Accident) -> None:
    attempts = stack.attempts(accident.reference, "ana", purpose="page")
    assert {(a["channel"], a["state"]) for a in attempts} == {("sms", "accepted"), ("voice", "accepted")}
    assert all(a["carrier_sid"] for a in attempts)
    assert carrier_records.duplicates(accident.phones) == []


def test_the_worker_that_stood_still_writes_nothing_when_it_goes_on(stack: Stack, accident: Accident) -> None:
    kinds = stack.kinds(accident.reference)
    assert kinds.count("attempt.resent") == kinds.count("attempt.failed") == kinds.count("attempt.unknown") == 0
    assert in_order(kinds, "attempt.sending", "attempt.reconciled", "attempt.accepted")
    assert stack.chain_is_sound(accident.reference)
