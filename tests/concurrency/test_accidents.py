"""A process dies, stands still, or forgets: the next page still comes, and at most one comes twice."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from service.supervisor import free_port
from tests.acceptance.words import code, is_paged
from tests.concurrency import carrier_records
from tests.support.stack import Stack, in_parallel
from tests.support.stack import stack as running_stack
from tests.support.telephones import NUMBERS, Telephones

SOON_SECONDS = 8.0  # the wait of a step (1 s), a clock that finds it (3 s), and a slow machine


def test_redis_forgets_everything_and_the_next_step_still_comes(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("erp-restore")
    phones["Ana"].expect_sms("Hotel Sol")
    stack.flush_redis()
    is_paged(phones["Borja"], "Nivel 2")
    assert stack.paged(reference) == ["ana", "borja"]
    assert carrier_records.duplicates(phones) == []


def test_a_nudge_that_redis_lost_costs_seconds_and_no_page(stack: Stack, phones: Telephones) -> None:
    """The workers stand still while the request comes, so that its nudges are still in Redis when it forgets."""
    for worker in ("worker-1", "worker-notices"):
        stack.freeze(worker)
    stack.activate("mail-restore")
    stack.flush_redis()
    for worker in ("worker-1", "worker-notices"):
        stack.thaw(worker)
    is_paged(phones["Ana"], "Hotel Sol")
    phones["Marta"].expect_sms("recibida")
    assert carrier_records.duplicates(phones) == []


def test_redis_is_gone_and_everything_goes_on(stack: Stack, phones: Telephones) -> None:
    """S-1.2"""
    reference = stack.activate("erp-restore")
    phones["Ana"].expect_sms("Hotel Sol")
    stack.stop_redis()
    page = is_paged(phones["Borja"], "Nivel 2")
    during = stack.activate("cloud-restore", by="Jon")
    is_paged(phones["Carol"], "Banco Norte")
    phones["Borja"].reply(f"{code(page)}A")
    phones["Ana"].expect_sms("ya lo tiene Borja Ruiz")
    stack.thaw("supervisor")
    stack.wait_until(lambda: stack.quiet(reference) and stack.quiet(during), "everybody has been told")
    assert carrier_records.duplicates(phones) == []


def test_redis_that_takes_everything_and_answers_nothing_is_passed_by(stack: Stack, phones: Telephones) -> None:
    """Worse than dead: every request to it must run into its time-out first."""
    stack.freeze("valkey")
    asked = time.monotonic()
    reference = stack.activate("erp-restore")
    phones["Ana"].expect_sms("Hotel Sol")
    is_paged(phones["Borja"], "Nivel 2")
    assert time.monotonic() - asked < 2 * SOON_SECONDS
    stack.thaw("valkey")
    stack.wait_until(lambda: stack.quiet(reference), "everybody has been told")
    assert carrier_records.duplicates(phones) == []


def test_a_telephone_stops_ringing_also_while_redis_is_gone(stack: Stack, phones: Telephones) -> None:
    stack.activate("files-restore")
    page = phones["Ana"].expect_sms("Hotel Sol")
    ringing = [phones[name].rings() for name in ("Ana", "Borja")]
    stack.stop_redis()
    phones["Ana"].reply(f"{code(page)}A")
    for call in ringing:
        call.ends("canceled")
    stack.thaw("supervisor")


def test_a_killed_clock_comes_back_and_nothing_is_lost(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("erp-restore")
    phones["Ana"].expect_sms("Hotel Sol")
    old = stack.kill("clock")
    stack.wait_for_restart("clock", old)
    is_paged(phones["Borja"], "Nivel 2")
    assert stack.paged(reference) == ["ana", "borja"]
    assert carrier_records.duplicates(phones) == []


def test_a_web_process_killed_right_after_its_answer_has_lost_nothing(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    old = stack.kill("web")
    is_paged(phones["Ana"], "Hotel Sol")
    stack.wait_for_restart("web", old)
    stack.wait_until(lambda: stack.ticket(reference)["state"] == "new", "the ticket is there")
    phones["Ana"].reply("voy")
    stack.wait_for_state(reference, "acknowledged")


def test_a_click_whose_answer_was_lost_is_one_ticket_when_it_is_repeated(stack: Stack, phones: Telephones) -> None:
    """The browser asks again with the same key for as long as it gets no answer; meanwhile the web process is killed
    three times."""
    accidents = [lambda: _kill_three_times(stack, "web")]
    clicks = [lambda plan=plan: _click(stack, plan) for plan in ("mail-restore", "phone-restore", "files-restore")]
    _, *references = in_parallel(*accidents, *clicks)
    stack.wait_until(lambda: stack.kinds(references[0]), "the web process is back")
    for reference in references:
        assert stack.kinds(reference).count("activation.requested") == 1
        assert "ticket.joined" not in stack.kinds(reference)
    assert len(set(references)) == 3


def test_answers_while_the_web_process_is_away_are_asked_for_again(stack: Stack, phones: Telephones) -> None:
    """The carrier repeats a callback that nobody takes; a page sent meanwhile is known to be sent."""
    reference = stack.activate("erp-restore")
    phones["Ana"].expect_sms("Hotel Sol")
    old = stack.kill("web")
    is_paged(phones["Borja"], "Nivel 2")
    stack.wait_for_restart("web", old)
    stack.wait_until(lambda: stack.quiet(reference), "nothing is on its way")
    states = {(a["person"]["id"], a["channel"]): a["state"] for a in stack.pages(reference)}
    assert states["borja", "sms"] in ("accepted", "sent", "delivered")
    assert carrier_records.duplicates(phones) == []


def test_a_worker_killed_while_the_carrier_hangs_leaves_no_page_behind(stack: Stack, phones: Telephones) -> None:
    """The carrier's callbacks tell that it was sent."""
    phones.fault(carrier=[{"kind": "hang", "seconds": 6, "resource": "messages", "to": NUMBERS["Ana"], "times": 1}])
    reference = stack.activate("mail-restore")
    phones["Ana"].expect_sms("Hotel Sol")
    old = stack.kill("worker-1")
    stack.wait_for_restart("worker-1", old)
    phones["Ana"].rings()
    stack.wait_until(lambda: stack.quiet(reference), "nothing is on its way")
    assert stack.attempts(reference, "ana", channel="sms")[0]["state"] == "delivered"
    assert carrier_records.duplicates(phones) == []


def test_a_worker_told_to_stop_finishes_the_page_in_hand(stack: Stack, phones: Telephones) -> None:
    phones.fault(
        carrier=[{"kind": "hang", "seconds": 2, "resource": "messages", "to": NUMBERS["Ana"], "times": 1}],
        callbacks=[{"kind": "lost", "statuses": ["queued", "sending", "sent", "delivered"]}],
    )
    reference = stack.activate("mail-restore")
    phones["Ana"].expect_sms("Hotel Sol")
    old = stack.kill("worker-1", signal.SIGTERM)
    stack.wait_for_restart("worker-1", old)
    phones["Ana"].rings()
    stack.wait_until(lambda: stack.quiet(reference), "nothing is on its way")
    assert stack.attempts(reference, "ana", channel="sms")[0]["state"] == "accepted"
    assert "attempt.reconciled" not in stack.kinds(reference)
    assert carrier_records.duplicates(phones) == []


def test_a_worker_killed_again_and_again_delays_pages_and_loses_none(stack: Stack, phones: Telephones) -> None:
    references = [stack.activate(plan) for plan in ("mail-restore", "phone-restore", "files-restore")]
    _kill_three_times(stack, "worker-1")
    for _ in references:
        phones["Ana"].expect_sms("Hotel Sol")
        phones["Ana"].rings()
    is_paged(phones["Borja"], "Hotel Sol")
    assert sum(count - 1 for count in carrier_records.messages(phones, "Ana").values()) <= 3


def test_without_any_worker_the_clock_sends_itself(stack: Stack, phones: Telephones) -> None:
    stack.kill_for_good("worker-1", "worker-notices")
    asked = time.monotonic()
    stack.activate("mail-restore")
    is_paged(phones["Ana"], "Hotel Sol")
    phones["Marta"].expect_sms("recibida")
    assert time.monotonic() - asked < 2 * SOON_SECONDS
    stack.thaw("supervisor")
    stack.wait_until(lambda: "worker" in stack.output(), "they are started again")
    assert carrier_records.duplicates(phones) == []


def _kill_three_times(stack: Stack, name: str) -> None:
    for _ in range(3):
        old = stack.kill(name)
        stack.wait_for_restart(name, old)


def _click(stack: Stack, plan: str) -> str:
    """The reference, once there is an answer."""
    key, references = f"lost-{plan}-{time.monotonic_ns()}", list[str]()

    def answered() -> bool:
        answer = stack.request_activation(plan, key=key)
        assert answer.status_code == 201
        references.append(answer.json()["reference"])
        return True

    stack.wait_until(answered, "the request is answered")
    return references[0]


def test_a_key_that_is_pressed_while_the_web_process_is_gone_counts_all_the_same(
    sqlite_template: Path,
) -> None:
    port = free_port()
    own = {"GUARDIA_FALLBACK_URL": f"http://127.0.0.1:{port}", "GUARDIA_FALLBACK_PORT": str(port)}
    with running_stack(None, template=sqlite_template, **own) as stack, Telephones(stack.telephones) as phones:
        stack.activate("mail-restore")
        call = phones["Ana"].rings()
        stack.freeze("supervisor")
        os.killpg(stack.pid("web"), signal.SIGKILL)  # with its worker, which would go on for seconds
        call.answer().hears("mire el SMS").press("4").hears("queda guardada")
        phones["Ana"].expect_sms("aceptado por usted")  # taken up by the process that kept it
        stack.thaw("supervisor")
