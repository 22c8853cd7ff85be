"""What of an answer is new, and what becomes of it in a ticket."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.mailbox.quoting import new_text
from alerting.mailbox.received import Attachment, Received
from alerting.mailbox.words import LONGEST, body, reference_in, title
from alerting.notifications.undelivered import reason_of
from core.ids import format_reference

QUOTED = [
    ("Gmail", "Sigue fallando.\n\nEl lun, 2 nov 2026 a las 10:11, Guardia (<g@i.example>) escribió:\n\n> Cerrado."),
    ("Gmail, line broken", "Sigue fallando.\n\nOn Mon, Nov 2, 2026 at 10:11 AM Guardia\n<g@i.example> wrote:\n> x"),
    ("Apple, nothing marked", "Sigue fallando.\n\nOn 2 Nov 2026, at 10:11, Guardia wrote:\n\nHemos cerrado su ticket."),
    ("Outlook", "Sigue fallando.\n\nDe: Guardia <g@i.example>\nEnviado: lunes\nPara: Marta\nAsunto: Cerrado\n\nx"),
    ("Outlook, English", "Sigue fallando.\n\n____________________\nFrom: G <g@i.example>\nSent: Monday\nTo: M\n\nx"),
    ("an old program", "Sigue fallando.\n\n-----Mensaje original-----\nlo de antes"),
    ("quotes alone", "Sigue fallando.\n\n> Hemos cerrado\n> su ticket"),
    ("with a signature", "Sigue fallando.\n-- \nMarta Ruiz\nHotel Sol\n\nOn 2 Nov, Guardia wrote:\n> x"),
]  # fmt: skip


@pytest.mark.parametrize("whole", [case[1] for case in QUOTED], ids=[case[0] for case in QUOTED])
def test_what_is_quoted_below_an_answer_is_left_out(whole: str) -> None:
    assert new_text(whole) == "Sigue fallando."


@pytest.mark.parametrize(
    "whole",
    [
        "El 2 nov, Guardia escribió:\n> ¿Qué versión?\nLa 4.2\n> ¿Desde cuándo?\nAyer",
        "> todo citado",
        "El servidor escribió:\nerror 42",
        "De: qué depende\nno lo sé",
    ],
)
def test_an_answer_between_the_lines_and_what_only_looks_like_a_quotation_stays_whole(whole: str) -> None:
    assert new_text(whole) == whole


@given(st.text(max_size=300))
def test_something_is_left_of_whatever_says_anything(whole: str) -> None:
    assert bool(new_text(whole)) == bool(whole.strip())


def test_a_reference_is_found_in_a_subject_in_any_spelling_but_only_with_its_check_digit() -> None:
    reference = format_reference("ITS", 4217)
    for subject in (f"Re: [{reference}] Ticket cerrado", f"RV: {reference.lower()}", f"SIMULACRO [{reference}] x"):
        assert reference_in(subject, "ITS") == reference
    wrong = reference[:-1] + str((int(reference[-1]) + 1) % 10)
    assert reference_in(f"[{wrong}]", "ITS") is None
    assert reference_in("Factura 2026-0042179", "ITS") is None
    assert reference_in(f"ABC-{reference[4:]}", "ITS") is None


def test_the_title_is_the_subject_without_what_mail_programs_add() -> None:
    assert title(Received(subject="RE: Fwd: [ITS-0042179] Copia fallida")) == "Copia fallida"
    assert title(Received(subject="Re: [ITS-0042179]")) is None


def test_files_that_are_not_kept_are_told_by_name_with_the_reason() -> None:
    mail = Received(text="Adjunto captura.", attachments=(Attachment("a.png", 120_400), Attachment("b.exe", 2_500_000)))
    assert body(mail, "es", [("b.exe", "no es un PNG")]).splitlines() == [
        "Adjunto captura.", "", "[Adjunto no guardado: b.exe: no es un PNG]",
    ]  # fmt: skip


def test_a_mail_without_text_still_says_something_and_a_long_one_says_that_it_is_cut() -> None:
    assert body(Received(subject="Copia fallida"), "es") == "Copia fallida"
    assert body(Received(), "en") == "(a mail without text)"
    long = body(Received(text="x" * 50_000), "es", [("n" * 120, "w" * 150)] * 60)
    assert len(long) <= LONGEST
    assert "el texto completo está en el buzón" in long
    assert "[y 40 adjuntos más]" in long


@pytest.mark.parametrize(
    ("code", "reason"),
    [("5.2.2", "mailbox_full"), ("552", "mailbox_full"), ("5.1.1", "no_such_mailbox"), ("550", "no_such_mailbox"),
     ("5.7.1", "refused"), ("5.2.1", "disabled"), ("5.3.4", "too_large"), ("4.4.7", "no_answer"),
     ("unavailable", "no_answer"), ("5.0.0", "unknown"), (None, "unknown"), ("nonsense", "unknown")],
)  # fmt: skip
def test_why_a_mail_did_not_arrive_is_told_in_few_kinds(code: str | None, reason: str) -> None:
    assert reason_of(code) == reason
