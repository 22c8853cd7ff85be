"""The suggestion box, and the register in which it is answered."""

from tests.services.pages.people import CLARA, LUIS, MARTA


def test_a_suggestion_is_sent_answered_and_read(visit):
    """S-4.5"""
    marta = visit(MARTA).open("/portal").follow("Sugerencias")
    marta.press("Enviar la sugerencia", text="Un <b>resumen</b> semanal.")
    assert "Su sugerencia es SUG-0000013" in marta.text
    assert "&lt;b&gt;" in marta.source
    clara = visit(CLARA).open("/console/suggestions")
    assert "Hotel Sol · Marta Ruiz" in clara.text
    clara.press("Enviar la respuesta", text="En enero.", state="planned")
    assert "prevista" in clara.text
    marta.open("/portal/suggestions")
    assert "En enero." in marta.text
    assert "prevista" in marta.text
    assert "En enero." not in visit(LUIS).open("/portal/suggestions").text


def test_an_empty_suggestion_says_what_to_do(visit):
    marta = visit(MARTA).open("/portal/suggestions").press("Enviar la sugerencia", text="  ")
    assert marta.status == 422
    assert "Escriba qué sugiere" in marta.text


def test_the_register_shows_one_state_and_knows_no_other(visit):
    clara = visit(CLARA).open("/console/suggestions?state=open")
    assert clara.status == 200
    assert clara.open("/console/suggestions?state=nothing").status == 404
    assert clara.open("/console/suggestions?before=%00").status == 404
