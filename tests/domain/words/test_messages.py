"""Text messages: one segment whatever the names, codes and links whole, nobody else's links."""

import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.notifications import messages
from alerting.notifications.gsm7 import fold, segments
from alerting.notifications.message_templates import TEMPLATES
from alerting.notifications.messages import KINDS, MAX_LINK, OpenPagesSms, Sms, sms
from alerting.notifications.wording import DRILL, LANGUAGES, Language, Provider, defanged, from_facts, template_fields
from tests.domain.words.samples import LINK, PROVIDER, REF, SMS, at

CODES = st.from_regex(r"[0-9]{2}", fullmatch=True)
REFERENCES = st.from_regex(r"[0-9]{7}", fullmatch=True)
PHONES = st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True)
LINKS = st.from_regex(r"https://[a-z0-9.\-]{4,37}/a/[0-9A-Za-z]{12}", fullmatch=True)
COUNTS = st.integers(min_value=0, max_value=10**6)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ANY_TEXT = st.text(max_size=200) | st.sampled_from(["W" * 200, "{[€]}" * 40, "evil.example " * 9, "\u202e" * 50, ""])
LISTED = st.builds(messages.ListedPage, code=CODES, reference=REFERENCES, customer=ANY_TEXT, drill=st.booleans())

BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "reference": REFERENCES,
    "references": st.lists(REFERENCES, min_size=1, max_size=30).map(tuple),
    "priority": st.sampled_from(["P1", "P2", "P3", "P4"]),
    "code": CODES,
    "link": LINKS | st.text(min_size=MAX_LINK + 1, max_size=200),
    "phone": PHONES,
    "pages": st.lists(LISTED, max_size=40).map(tuple),
    "drill": st.booleans(),
    "by_customer": st.booleans(),
    "desk_url": st.just("/desk/handover"),
    "lines": st.lists(ANY_TEXT, max_size=3).map(tuple),
    **dict.fromkeys(("by_call", "empty"), st.booleans()),
    "read_at": INSTANTS,
    **dict.fromkeys(("rotation", "calendar"), ANY_TEXT),
    "fault": st.sampled_from(["refused", "suspended", "low_balance", "number"]),
    "number": PHONES,
    "detail": ANY_TEXT,
    "error": st.from_regex(r"[0-9]{5}", fullmatch=True),
    "months": COUNTS,
    "change": st.sampled_from(["moved", "called_off", "broken_off"]),
    "year": st.integers(min_value=2020, max_value=2099),
    "why": st.sampled_from(["declined", "expired", "void", "withdrawn"]),
    "ending": st.just("") | st.from_regex(r"[0-9]{3}", fullmatch=True),
    **dict.fromkeys(("late_minutes", "minutes", "step", "level", "tries", "times", "more"), COUNTS),
    **dict.fromkeys(("open_pages", "open_tickets"), COUNTS),
    **dict.fromkeys(("at", "contact_due_at", "until", "starts_at", "ends_at", "from_at", "to_at"), INSTANTS),
    **dict.fromkeys(("back_from_at", "back_to_at", "gone_from_at", "gone_to_at"), INSTANTS),
    "metric": st.sampled_from(["response", "contact", "resolution"]),
    "event": st.sampled_from(sorted(messages.MACHINE_EVENTS)),
    "percent": st.sampled_from([50, 75, 90, 100]),
    **dict.fromkeys(("at", "contact_due_at", "due_at", "until", "starts_at", "ends_at"), INSTANTS),
    **dict.fromkeys(("customer", "plan", "name", "contact", "owner", "next", "schedule", "relieves"), ANY_TEXT),
    **dict.fromkeys(("relieved_by", "shown", "covered_by", "instead_of", "case_number", "user"), ANY_TEXT),
}


def any_of(cls: type[Sms]) -> st.SearchStrategy[Sms]:
    """Messages of one class with any names, and every optional fact present or missing."""
    facts = {
        field.name: (st.none() | BY_NAME[field.name]) if field.default is None else BY_NAME[field.name]
        for field in fields(cls)
        if not (cls is messages.VerificationCodeSms and field.name == "code")
    }
    if cls is messages.VerificationCodeSms:
        facts["code"] = st.from_regex(r"[0-9]{6}", fullmatch=True)
    if cls is messages.CodeUnknownSms:
        facts["code"] = st.sampled_from(["99", "0048213"])
    return st.builds(cls, **facts)


PROVIDERS = st.builds(
    Provider, name=st.just("Itsafer"), sms_name=ANY_TEXT | st.just("ABCDEFGHIJK"), emergency_phone=PHONES | st.just("")
)


@given(
    text=st.sampled_from(sorted(KINDS)).flatmap(lambda kind: any_of(KINDS[kind])),
    language=st.sampled_from(LANGUAGES),
    provider=PROVIDERS,
)
def test_every_message_is_one_gsm7_segment_and_keeps_code_reference_telephone_and_link_whole(
    text: Sms, language: Language, provider: Provider
) -> None:
    said = sms(text, language, provider)
    assert segments(said) == 1
    assert fold(said) == said
    assert said.startswith(DRILL[language]) == text.drill or said.startswith(provider.sms_name[:5])
    values = {field.name: getattr(text, field.name) for field in fields(text)}
    if values.get("reference") and text.variant != "not_understood_sms_without_page":
        assert values["reference"] in said
    link = values.get("link")
    if link and len(link) <= MAX_LINK:
        assert said.endswith(" " + link)
    if values.get("code") and text.kind() in ("page_sms", "last_resort_sms"):
        assert f"{values['code']}A=" in said
    if values.get("phone") and text.kind() == "acknowledged_sms":
        assert values["phone"] in said


@pytest.mark.parametrize("kind", sorted(TEMPLATES))
def test_every_message_says_the_same_facts_in_every_language(kind: str) -> None:
    assert set(TEMPLATES[kind]) == set(LANGUAGES)
    assert template_fields(TEMPLATES[kind]["es"]) == template_fields(TEMPLATES[kind]["en"])


def test_every_template_has_an_example_and_every_class_a_template() -> None:
    assert {text.variant for text in SMS} == set(TEMPLATES)
    assert {text.kind() for text in SMS} == set(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", SMS, ids=lambda text: text.variant)
def test_every_message_of_a_drill_begins_by_saying_so(text: Sms, language: Language) -> None:
    assert sms(replace(text, drill=True), language, PROVIDER).startswith(DRILL[language] + " ")


@pytest.mark.parametrize("text", SMS, ids=lambda text: text.variant)
def test_a_message_kept_as_facts_says_the_same_when_it_is_sent(text: Sms) -> None:
    assert from_facts(KINDS, text.kind(), {**text.facts(), "of_a_later_version": 1}) == text


def test_a_page_says_who_what_how_to_answer_and_where_to_look() -> None:
    page = messages.PageSms(
        reference=REF, priority="P1", customer="Hotel Sol", plan="Restauración", code="47", link=LINK
    )
    assert sms(page, "es", PROVIDER) == (
        f"ITSAFER 0048213 P1 Hotel Sol: Restauracion. Responda 47A=acepto 47E=escalar. {LINK}"
    )


def test_a_sender_without_answers_asks_for_none() -> None:
    page = messages.PageSms(reference=REF, priority="P1", customer="Hotel Sol", link=LINK)
    assert sms(page, "en", PROVIDER) == f"ITSAFER 0048213 P1 Hotel Sol: contingency plan. {LINK}"


def test_a_link_too_long_to_fit_is_left_out_whole() -> None:
    page = messages.PageSms(reference=REF, priority="P1", customer="Hotel Sol", code="47", link=LINK + "x" * 40)
    assert "http" not in sms(page, "es", PROVIDER)


def test_times_are_madrids_in_winter_and_in_summer() -> None:
    winter = messages.TakenByOtherSms(reference=REF, name="Borja", at=at(3, 9))
    summer = replace(winter, at=at(3, 9).replace(month=7))
    assert "03:09" in sms(winter, "es", PROVIDER)
    assert "04:09" in sms(summer, "es", PROVIDER)


def test_a_long_list_shows_whole_codes_and_counts_the_rest() -> None:
    pages = tuple(messages.ListedPage(f"{n}", f"00482{n}", "Cadena Hotelera del Mediterráneo") for n in range(10, 30))
    said = sms(OpenPagesSms(pages=pages), "es", PROVIDER)
    assert "20 avisos" in said
    assert said.count(": 00482") + int(re.findall(r"Y (\d+) mas", said)[0]) == 20
    assert said.endswith("Responda 10A o 11A (AA=todos).")


def test_a_drill_among_real_pages_is_marked_in_the_list() -> None:
    pages = (messages.ListedPage("47", REF, "Hotel Sol"), messages.ListedPage("61", "0048304", "Banco", drill=True))
    assert "61: 0048304 SIMULACRO Banco" in sms(OpenPagesSms(pages=pages), "es", PROVIDER)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://evil.example/x", "evil(.)example/x"),
        ("pague en www.evil.com ya", "pague en www(.)evil(.)com ya"),
        ("hthttp://tp://evil.com", "evil(.)com"),
        ("http:/evil.com", "evil(.)com"),
        ("a@b.example", "a@b(.)example"),
        ("Hotel S.L. v1.2 fin. Otra", "Hotel S.L. v1.2 fin. Otra"),
    ],
)
def test_customers_words_carry_no_link_under_our_name(written: str, sent: str) -> None:
    assert defanged(written) == sent


@given(ANY_TEXT)
def test_no_domain_survives_whatever_the_customer_writes(text: str) -> None:
    page = messages.PageSms(reference=REF, priority="P1", customer=text + " http://evil.example", code="47")
    said = sms(page, "es", PROVIDER)
    assert "://" not in said
    assert "evil.example" not in said
