"""Mails to customers and to staff."""

import re
from dataclasses import fields, replace
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.notifications import messages
from alerting.notifications.mails import (
    KINDS,
    TEMPLATES,
    ClosedMail,
    CustomerMail,
    QueuedMail,
    ReceivedMail,
    mail,
    staff_mail,
)
from alerting.notifications.wording import DRILL, LANGUAGES, Language, from_facts, template_fields
from tests.domain.words.samples import LINK, MAILS, PROVIDER, REF, TICKET, at

EVERY = pytest.mark.parametrize("text", MAILS, ids=lambda text: text.variant)
IN_EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)


@pytest.mark.parametrize("kind", sorted(TEMPLATES))
def test_every_mail_says_the_same_facts_in_every_language(kind: str) -> None:
    said = {language: [template_fields(part) for part in TEMPLATES[kind][language]] for language in LANGUAGES}
    assert said["es"] == said["en"]


def test_every_mail_has_a_template_and_an_example() -> None:
    assert {text.variant for text in MAILS} == set(TEMPLATES) == set(KINDS)


@EVERY
@IN_EVERY_LANGUAGE
def test_the_subject_starts_with_the_reference_and_a_drills_with_the_drill(
    text: CustomerMail, language: Language
) -> None:
    real = mail(replace(text, drill=False), language, PROVIDER)
    drill = mail(replace(text, drill=True), language, PROVIDER)
    tag = {REF: "[ITS-0048213] ", "": ""}.get(text.reference, f"[{text.reference}] ")  # a survey has no reference
    assert real.subject.startswith(tag)
    assert drill.subject.startswith(f"{DRILL[language]} {tag}")
    assert drill.text.startswith(DRILL[language])


@EVERY
@IN_EVERY_LANGUAGE
def test_html_says_what_the_text_says_and_fetches_nothing(text: CustomerMail, language: Language) -> None:
    made = mail(text, language, PROVIDER)
    assert not re.search(r"<(img|script|link|iframe|style)|src=|url\(", made.html)
    address = getattr(text, "survey_url", None) or getattr(text, "invitation_url", None) or text.ticket_url
    assert f'href="{address}"' in made.html
    for line in filter(None, made.text.splitlines()):
        assert line in re.sub(r"</?a[^>]*>", "", made.html)


@EVERY
def test_a_mail_kept_as_facts_says_the_same_when_it_is_sent(text: CustomerMail) -> None:
    assert from_facts(KINDS, text.kind(), text.facts()) == text


@pytest.mark.parametrize("cls", KINDS.values(), ids=lambda cls: cls.kind())
def test_no_mail_to_a_customer_can_carry_an_engineers_telephone(cls: type[CustomerMail]) -> None:
    assert not [field.name for field in fields(cls) if "phone" in field.name]


def test_times_carry_zone_and_offset_in_winter_and_in_summer() -> None:
    winter = QueuedMail(reference=REF, customer="Hotel Sol", ticket_url=TICKET, opened_at=at(20, 5), until=at(9, 0))
    assert "23/11/2026 09:00 CET (UTC+01:00)" in mail(winter, "es", PROVIDER).text
    summer = replace(winter, until=at(9, 0).replace(month=7))
    assert "23/07/2026 10:00 CEST (UTC+02:00)" in mail(summer, "es", PROVIDER).text


def test_a_closure_carries_its_explanation_says_where_to_object_and_offers_a_rating() -> None:
    closed = ClosedMail(
        reference=REF,
        customer="Hotel Sol",
        ticket_url=TICKET,
        at=at(5, 0),
        close_code="not_our_responsibility",
        explanation="El disco es de otro.\nYa está avisado.",
        rating_url=TICKET + "/rating",
    )
    said = mail(closed, "es", PROVIDER)
    assert "La causa no corresponde a nuestro servicio." in said.text
    assert "El disco es de otro.\nYa está avisado." in said.text
    assert "Si no está conforme, puede reabrirlo en cualquier momento" in said.text
    assert f'href="{TICKET}/rating"' in said.html


def test_what_the_customer_wrote_cannot_become_html() -> None:
    text = ReceivedMail(
        reference=REF, customer="<b>Sol", ticket_url=TICKET, opened_at=at(3, 5), summary="<script>alert(1)</script>"
    )
    assert "<script" not in mail(text, "es", PROVIDER).html
    assert "<b>" not in mail(text, "es", PROVIDER).html


@given(st.text() | st.sampled_from(["x\r\nBcc: jon@banconorte.example", "x\u2028Bcc: y", "\x00"]))
def test_names_cannot_add_a_header(name: str) -> None:
    text = ReceivedMail(reference=REF, customer=name, ticket_url=TICKET, plan=name, opened_at=at(3, 5))
    message = EmailMessage(policy=SMTP)
    message["Subject"] = mail(text, "es", PROVIDER).subject
    assert message.keys() == ["Subject"]


def test_a_page_by_mail_has_its_link_and_asks_for_no_code() -> None:
    page = messages.PageSms(
        reference=REF, priority="P1", customer="Hotel Sol", plan="ERP", code="47", link=LINK, drill=True
    )
    made = staff_mail(page, "es", PROVIDER)
    assert made.subject == "SIMULACRO [ITS-0048213] ITSAFER 0048213 P1 Hotel Sol: ERP."
    assert made.text == f"SIMULACRO.\n\nITSAFER 0048213 P1 Hotel Sol: ERP.\n\n{LINK}\n"
    assert f'<a href="{LINK}">' in made.html
