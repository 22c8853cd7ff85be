"""What is said on the telephone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.notifications.spoken import KINDS, TEMPLATES, Accepted, Details, Greeting, Spoken, Voicemail, spoken
from alerting.notifications.wording import DRILL, LANGUAGES, Language, from_facts, template_fields
from tests.domain.words.samples import PHONE, PROVIDER, REF, SPOKEN, at


@pytest.mark.parametrize("kind", sorted(TEMPLATES))
def test_every_utterance_says_the_same_facts_in_every_language(kind: str) -> None:
    assert set(TEMPLATES[kind]) == set(LANGUAGES)
    assert template_fields(TEMPLATES[kind]["es"]) == template_fields(TEMPLATES[kind]["en"])


def test_every_template_has_an_example_and_every_class_a_template() -> None:
    assert {text.variant for text in SPOKEN} == set(TEMPLATES)
    assert {text.kind() for text in SPOKEN} == set(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", SPOKEN, ids=lambda text: text.variant)
def test_every_utterance_of_a_drill_begins_by_saying_so(text: Spoken, language: Language) -> None:
    assert spoken(replace(text, drill=True), language, PROVIDER).startswith(DRILL[language] + ". ")


@pytest.mark.parametrize("text", SPOKEN, ids=lambda text: text.variant)
def test_an_utterance_kept_as_facts_is_the_same_when_it_is_said(text: Spoken) -> None:
    assert from_facts(KINDS, text.kind(), text.facts()) == text


def test_the_greeting_says_who_what_and_the_reference_digit_by_digit() -> None:
    greeting = Greeting(person="Ana", customer="Hotel Sol", plan="Restauración del ERP", reference=REF)
    assert spoken(greeting, "es", PROVIDER) == (
        "Aviso urgente de Itsafer para Ana. Contingencia de Hotel Sol. Restauración del ERP. Ticket 0 0 4 8 2 1 3."
    )


@pytest.mark.parametrize(
    ("hour", "minute", "es", "en"),
    [
        (3, 12, "a las 3 y 12", "at 3:12 AM"),
        (1, 5, "a la 1 y 5", "at 1:05 AM"),
        (15, 0, "a las 15 en punto", "at 3:00 PM"),
        (12, 30, "a las 12 y 30", "at 12:30 PM"),
    ],
)
def test_times_are_spoken_as_people_say_them(hour: int, minute: int, es: str, en: str) -> None:
    accepted = Accepted(at=at(hour, minute))
    assert spoken(accepted, "es", PROVIDER).startswith(f"Aceptado {es}.")
    assert spoken(accepted, "en", PROVIDER).startswith(f"Accepted {en}.")


def test_a_voicemail_names_no_customer_and_no_plan() -> None:
    said = spoken(Voicemail(reference=REF, phone=PHONE), "es", PROVIDER)
    assert said == "Itsafer: aviso urgente número 0 0 4 8 2 1 3. Llame al 3 4 6 1 1 0 0 0 0 0 1 o mire el SMS."


@given(st.text(max_size=2000))
def test_customers_words_are_short_and_without_control_characters(symptoms: str) -> None:
    said = spoken(Details(customer="Hotel Sol", priority="P1", symptoms=symptoms), "es", PROVIDER)
    assert said.isprintable()
    assert len(said) < 400
