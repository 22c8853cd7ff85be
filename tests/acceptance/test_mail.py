"""Every step is one mail to everybody whom it concerns, by SMTP (support terms, clause 2)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from service.supervisor import free_port
from tests.acceptance.words import is_paged
from tests.support.stack import Stack
from tests.support.stack import stack as running_stack
from tests.support.telephones import Telephones


class Mailbox:
    """A mail server that keeps what it gets; it refuses `refusals` mails first, for a moment."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.mails: list[EmailMessage] = []
        self.refusals = 0
        self._lock = threading.Lock()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        with self._lock:
            if self.refusals:
                self.refusals -= 1
                return "451 busy, come again"
            self.mails.append(message_from_bytes(envelope.content, policy=default))
            return "250 taken"

    def subjects(self, to: str) -> list[str]:
        return [mail["Subject"] for mail in self.mails if to in mail["To"]]


@pytest.fixture(scope="module")
def mail_server() -> Iterator[Mailbox]:
    box = Mailbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture(scope="module")
def stack(sqlite_template: Path, mail_server: Mailbox) -> Iterator[Stack]:
    url = f"smtp://127.0.0.1:{mail_server.port}"
    with running_stack(None, template=sqlite_template, GUARDIA_SMTP_URL=url) as running:
        yield running


@pytest.fixture
def mailbox(mail_server: Mailbox, stack: Stack) -> Mailbox:
    """Empty; nothing of an earlier test is still on its way."""
    stack.wait_until(stack.has_no_mail_to_send, "every mail is sent")
    mail_server.mails.clear()
    mail_server.refusals = 0
    return mail_server


def test_every_step_is_one_mail_with_the_reference_in_its_subject(
    stack: Stack, phones: Telephones, mailbox: Mailbox
) -> None:
    """S-2.13, S-3.2.3, S-3.2.7"""
    reference = _whole(stack, phones)
    marta = "marta@hotelsol.example"
    stack.wait_until(lambda: len(mailbox.subjects(marta)) >= 4, "four mails have come")
    subjects = mailbox.subjects(marta)
    assert all(subject.startswith(f"[{reference}] ") for subject in subjects)
    assert [subject.removeprefix(f"[{reference}] ") for subject in subjects] == [
        "Activación recibida: Restauración del correo",
        "Ya se ocupa Ana García",
        "Contacto con usted registrado",
        "Ticket cerrado",
    ]
    assert {mail["To"] for mail in mailbox.mails} == {marta}  # Luis did not ask and wants his own mail only


def test_a_mail_server_that_is_busy_gets_each_mail_once_it_is_not(
    stack: Stack, phones: Telephones, mailbox: Mailbox
) -> None:
    mailbox.refusals = 2
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Ana"])
    stack.wait_until(lambda: len(mailbox.mails) >= 1, "the mail has come")
    assert mailbox.subjects("marta@hotelsol.example") == [f"[{reference}] Activación recibida: Restauración del correo"]


def test_the_mails_of_one_ticket_are_one_thread_and_nobody_answers_them_by_machine(
    stack: Stack, phones: Telephones, mailbox: Mailbox
) -> None:
    _whole(stack, phones)
    stack.wait_until(lambda: len(mailbox.mails) >= 4, "four mails have come")
    first, *others = mailbox.mails
    assert {mail["In-Reply-To"] for mail in others} == {first["Message-ID"]}
    assert {mail["References"] for mail in others} == {f"{first['References']} {first['Message-ID']}"}
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == len(mailbox.mails) == 4
    assert {mail["Auto-Submitted"] for mail in mailbox.mails} == {"auto-generated"}


def _whole(stack: Stack, phones: Telephones) -> str:
    """Asked, accepted, called, closed."""
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Ana"])
    phones["Ana"].reply("voy")
    phones["Ana"].expect_sms("aceptado")
    phones["Marta"].expect_sms("se ocupa")
    stack.say(reference, "contact", "Ana", outcome="reached", channel="voice")
    stack.say(reference, "closure", "Ana", code="resolved")
    return reference
