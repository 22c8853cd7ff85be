"""What engineers write back at three in the morning, and what is not an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.replies import (
    Acknowledge,
    AcknowledgeAll,
    Ambiguous,
    CodeUnknown,
    Contacted,
    Escalate,
    ListPages,
    NotAvailable,
    NothingOpen,
    NotUnderstood,
    OpenPage,
    OptIn,
    OptOut,
    parse_reply,
)

SOL = OpenPage(code="47", reference="0048213", customer="Hotel Sol")
BANK = OpenPage(code="61", reference="0048304", customer="Banco Norte")

BARE_YES = [
    *("vale", "Vale", "VALE.", "vale!", "ok", "OK!!", "Ok 👍", "okay", "a", "A", "ack", "Ack.", "voy", "ya voy", "si"),
    *("Sí", "Sí, voy", "SÍ VOY YA", "acepto", "Aceptar", "lo acepto", "recibido", "Recibido, gracias", "4", " 4 "),
    *("«vale»", '"ok"', "'ok'", "*ok*", "#ok", "de acuerdo", "ok ok", "vale\n", "\n\nvale\n\n", "４"),
    *("ok\n-- \nAna García\nIngeniera", "Sí\n\nEnviado desde mi iPhone", "Vale. Enviado desde mi iPhone"),
    *("ok - Ana García", "vale -- Ana", "ok\n> ITSAFER 0048213 P1 Hotel Sol. Responda 47A=acepto 47E=escalar."),
    *("v\u200bale", "acknowledge", "accept"),
]
BARE_NO = [
    *("no", "No.", "NO!", "e", "E", "5", "paso", "Paso, gracias", "lo paso", "no puedo", "No puedo, paso", "no voy"),
    *("escalar", "escala", "escalate", "pass", "I can't", "I can’t", "cannot", "can not", "no puedo\n> 47A=acepto"),
]
CLEAR_YES = [
    *(
        "47A",
        "47a",
        "47 a",
        "47 A.",
        "47-A",
        "47.a",
        "#47a",
        "«47A»",
        '"47A"',
        "(47A)",
        "47ª",
        "４７Ａ",
        "47A!!",
        "47A?",
    ),
    *("47A=acepto", "47A Ana García", "47A gracias", "47a, voy", "47A voy en camino", "47 vale", "47 ok", "47ok"),
    *("ack 47", "vale 47", "a 47", "47ack", "47 4", "ack 0048213", "Ack ITS-0048213", "0048213 a", "0048213A"),
    *("its-0048213 a", "ITS 0048213 A", "its0048213a", "#0048213 ok", "0048213: vale", "acepto el aviso 0048213"),
    *("47A\n> Responda 47A=acepto 47E=escalar", "> texto citado\n47A", "47A\nEnviado desde mi Samsung"),
]
UNCLEAR = [
    *("47", "0048213", "48213", "hola", "gracias", "mañana", "quien?", "ok?", "vale??", "voy a escalar", "ok no puedo"),
    *("si no puedo", "no, voy", "no acepto", "47A 47E", "47A=acepto 47E=escalar", "47A no", "47AE", "a47", "4 7 a"),
    *(
        "47 minutos",
        "llego en 47 min",
        "llego a las 4",
        "4711",
        "👍",
        "...",
        "",
        "   ",
        "\n",
        "ayuda",
        "a b c",
        "7",
        "9",
    ),
    *("sino", "vales", "okupa", "noche", "47 puedo", "puedo", "stop please", "no quiero baja", "ok stop"),
]
AUTO_RESPONDERS = [
    "Ahora no puedo hablar. ¿Te llamo luego?",
    "Estoy conduciendo con el modo No molestar. Veré su mensaje al llegar.",
    "I'm driving with Do Not Disturb While Driving turned on. I'll see your message when I get there.",
    "Ok. Estoy reunido, luego te llamo",
    "OK - I am out of the office until Monday",
    "Ok - back on Monday",
    "Mensaje automático: no estoy disponible hasta el 4",
    "Su mensaje ha sido recibido. Gracias.",
    "Sí, este es el contestador de Luis",
    "A partir de ahora escríbame a otro número",
    "En una reunión. 47",
    "Llamame",
    "CanceI",
]


@pytest.mark.parametrize("body", BARE_YES)
def test_a_word_acknowledges_the_only_page(body: str) -> None:
    assert parse_reply(body, [SOL]) == Acknowledge(SOL)


@pytest.mark.parametrize("body", BARE_NO)
def test_a_word_escalates_the_only_page(body: str) -> None:
    assert parse_reply(body, [SOL]) == Escalate(SOL)


@pytest.mark.parametrize("body", [*BARE_YES, *BARE_NO, "c", "contactado"])
def test_a_word_counts_only_when_one_page_is_open(body: str) -> None:
    assert parse_reply(body, [SOL, BANK]) == Ambiguous((SOL, BANK))
    assert parse_reply(body, []) == NothingOpen()


@pytest.mark.parametrize("body", [*BARE_YES, *BARE_NO])
def test_an_installation_may_ask_for_the_code_always(body: str) -> None:
    assert parse_reply(body, [SOL], code_required=True) == Ambiguous((SOL,))
    assert parse_reply("47A", [SOL], code_required=True) == Acknowledge(SOL)


@pytest.mark.parametrize("body", CLEAR_YES)
def test_a_code_or_reference_acknowledges_its_page_among_several(body: str) -> None:
    assert parse_reply(body, [BANK, SOL]) == Acknowledge(SOL)


@pytest.mark.parametrize(
    "body", ["47E", "47 e", "47 no", "47 no puedo", "paso 47", "0048213 escalar", "47e, lo siento"]
)
def test_a_code_or_reference_escalates_its_page_among_several(body: str) -> None:
    assert parse_reply(body, [BANK, SOL]) == Escalate(SOL)


@pytest.mark.parametrize("body", ["47C", "47 c", "47 contactado", "contactado 0048213", "47C ya he hablado con Marta"])
def test_a_code_or_reference_records_the_contact(body: str) -> None:
    assert parse_reply(body, [BANK, SOL]) == Contacted(SOL)


@pytest.mark.parametrize("body", UNCLEAR)
def test_what_is_not_clear_is_not_an_answer(body: str) -> None:
    for pages in ([SOL], [SOL, BANK], []):
        assert isinstance(parse_reply(body, pages), NotUnderstood)


@pytest.mark.parametrize("body", AUTO_RESPONDERS)
def test_an_auto_responder_neither_accepts_nor_escalates(body: str) -> None:
    for pages in ([SOL], [SOL, BANK], []):
        assert isinstance(parse_reply(body, pages), NotUnderstood)


@pytest.mark.parametrize(("body", "code"), [("99A", "99"), ("99 vale", "99"), ("ack 1234567", "1234567")])
def test_a_code_of_no_open_page_is_told_apart(body: str, code: str) -> None:
    assert parse_reply(body, [SOL]) == CodeUnknown(code)


def test_two_codes_at_once_are_answered_with_the_list() -> None:
    assert parse_reply("47A 61A", [SOL, BANK]) == Ambiguous((SOL, BANK))


@pytest.mark.parametrize("body", ["AA", "aa", "a todos", "todos"])
def test_all_pages_are_acknowledged_at_once_only_when_asked_plainly(body: str) -> None:
    expected = NotUnderstood("a todos") if body == "a todos" else AcknowledgeAll((SOL, BANK))
    assert parse_reply(body, [SOL, BANK]) == expected


@pytest.mark.parametrize("body", ["?", "¿?", " ?? ", "estado", "Status", "lista"])
def test_a_question_lists_the_open_pages(body: str) -> None:
    assert parse_reply(body, [SOL, BANK]) == ListPages((SOL, BANK))
    assert parse_reply(body, []) == NothingOpen()


@pytest.mark.parametrize("body", ["6", "47 6", "#6"])
def test_six_does_nothing_because_it_resolves_elsewhere(body: str) -> None:
    assert parse_reply(body, [SOL]) == NotAvailable()


@pytest.mark.parametrize("body", ["STOP", "stop", "Stop.", "BAJA", "unsubscribe", "cancel", "END", "quit", "stopall"])
def test_the_carriers_stop_words_are_never_answers_of_ours(body: str) -> None:
    assert parse_reply(body, [SOL]) == OptOut()


@pytest.mark.parametrize("body", ["START", "alta", "unstop", "YES"])
def test_the_carriers_start_words_are_never_answers_of_ours(body: str) -> None:
    assert parse_reply(body, [SOL]) == OptIn()


def test_little_of_what_was_written_is_said_back() -> None:
    reply = parse_reply("gane un premio en evil.example\x00\u202e ahora", [SOL])
    assert reply == NotUnderstood("gane un premio en ev")


def test_another_reference_prefix_is_understood() -> None:
    assert parse_reply("GRD-0048213 a", [SOL], prefix="GRD") == Acknowledge(SOL)


@given(st.text(max_size=300))
def test_any_text_gets_an_answer_and_shows_at_most_twenty_characters(body: str) -> None:
    reply = parse_reply(body, [SOL, BANK])
    assert not isinstance(reply, NotUnderstood) or len(reply.shown) <= 20


@given(st.text(alphabet=st.characters(blacklist_categories=["L", "N"]), max_size=8))
def test_no_punctuation_around_a_code_changes_its_meaning(noise: str) -> None:
    around = noise.replace(">", "").replace("|", "").replace("\r", "").replace("\n", "")
    assert parse_reply(f"{around} 47A {around}", [SOL, BANK]) == Acknowledge(SOL)
