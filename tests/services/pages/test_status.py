"""What the customer reads while waiting (clause S-2.9): one sentence, always true, renewed by itself."""

from datetime import UTC, datetime

import pytest

from alerting.portal.status import TONES, Doing, Facts, Now, happening
from tests.services.pages.people import LUIS, MARTA
from tests.services.pages.quiet import ask, close

AT = datetime(2026, 10, 27, 2, 12, tzinfo=UTC)
DUE = datetime(2026, 10, 27, 2, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "doing"),
    [
        ({"escalation": "scheduled", "queued_until": AT}, Doing.QUEUED),
        ({"escalation": None, "drill": True}, Doing.REHEARSED),
        ({"escalation": "running", "step": 1}, Doing.CALLING),
        ({"escalation": "running", "cycle": 2, "owner": "Ana"}, Doing.OVERDUE),
        ({"escalation": "running", "cycle": 2}, Doing.LOOKING_AGAIN),
        ({"escalation": "running", "cycle": 2, "owner": "Ana", "contact_state": "disputed"}, Doing.DISPUTED),
        ({"escalation": "exhausted"}, Doing.LAST_RESORT),
        ({"escalation": "exhausted", "drill": True}, Doing.DRILL_UNANSWERED),
        ({"escalation": "acknowledged", "owner": "Ana"}, Doing.ACCEPTED),
        ({"escalation": "acknowledged", "owner": "Ana", "contact_state": "unreachable"}, Doing.UNREACHABLE),
        ({"escalation": "contacted", "owner": "Ana"}, Doing.CONTACTED),
        ({"state": "closed", "escalation": "running", "close_code": "resolved"}, Doing.CLOSED),
        ({"state": "closed", "escalation": "cancelled", "close_code": "withdrawn"}, Doing.WITHDRAWN),
    ],
)
def test_each_situation_has_one_thing_to_say(facts, doing):
    assert happening(Facts(**({"state": "new"} | facts))).doing is doing


def test_whoever_has_accepted_is_named_with_the_time_and_the_promise():
    facts = Facts("acknowledged", escalation="acknowledged", owner="Ana", accepted_at=AT, contact_due_at=DUE)
    assert happening(facts) == Now(Doing.ACCEPTED, "Ana", at=AT, due_at=DUE)


def test_every_thing_to_say_has_its_colour():
    assert set(TONES) == set(Doing)


@pytest.fixture
def ticket(desk):
    return desk.activate().reference


@pytest.fixture
def page(visit, ticket):
    return visit(MARTA).open(f"/portal/tickets/{ticket}")


def again(page):
    return page.open(page.path)


def test_the_customer_follows_the_escalation_from_the_first_call_to_the_last_word(page, desk, ticket):
    assert page.sentence == "Estamos llamando al primer ingeniero de guardia"
    assert "Si nadie acepta, el siguiente paso es a las 03:03:00 (+01:00)." in page.text
    desk.advance(minutes=3)
    assert again(page).sentence == "Estamos llamando al segundo ingeniero de guardia"
    desk.advance(minutes=3)
    assert again(page).sentence == "Estamos llamando al siguiente responsable (paso 3)"
    desk.advance(minutes=6)
    desk.acknowledge(ticket, "ana")
    assert again(page).sentence == "Ana García ha aceptado a las 03:12; le llamará antes de las 03:22."
    desk.contact(ticket, "ana", "reached")
    assert again(page).sentence == "Ana García ha hablado con usted a las 03:12 y está trabajando en ello."
    desk.close(ticket, explanation="Restaurado desde la copia de las 22:00.")
    assert again(page).sentence == "El ticket está cerrado: resuelto."
    assert "Restaurado desde la copia de las 22:00." in page.text
    assert "Retirar" not in page.text


def test_times_carry_their_offset_for_people_and_utc_for_programs(page):
    assert '<time datetime="2026-10-27T02:00:00Z">03:00:00 (+01:00)</time>' in page.source


def test_a_late_call_is_said_and_the_team_is_called_again(page, desk, ticket):
    desk.acknowledge(ticket, "ana")
    desk.advance(minutes=10)
    assert again(page).sentence.startswith("La llamada de Ana García se retrasa.")


def test_when_nobody_answers_the_customer_is_told_and_has_the_telephone(page, desk):
    desk.advance(minutes=23)
    assert again(page).sentence.startswith("Todavía no ha respondido nadie.")
    assert "+34 910 000 000" in page.text


def test_yes_they_have_called_me(page, desk, ticket):
    assert "Sí" not in page.buttons
    desk.acknowledge(ticket, "ana")
    again(page).press("Sí")
    assert page.path.endswith(ticket)
    assert desk.ticket(ticket).contact_state == "reached"
    assert "Hemos anotado que ha hablado con el ingeniero." in page.text


def test_no_nobody_has_called_me(page, desk, ticket):
    desk.acknowledge(ticket, "ana")
    again(page).press("No, nadie me ha llamado")
    assert desk.escalation(ticket).state == "running"
    assert page.sentence.startswith("Nos ha dicho que nadie le ha llamado.")


def test_the_customer_may_contradict_the_engineer(page, desk, ticket):
    desk.acknowledge(ticket, "ana")
    desk.contact(ticket, "ana", "reached")
    again(page).press("No es así: nadie me ha llamado")
    assert desk.ticket(ticket).contact_state == "disputed"
    assert desk.escalation(ticket).state == "running"


def test_withdrawing_is_asked_once_more(page, desk, ticket):
    page.follow("Ya no hace falta: retirar la solicitud")
    assert desk.ticket(ticket).state == "new"
    page.press("Sí, retirarla", reason="Falsa alarma")
    assert page.sentence == "La solicitud se ha retirado."
    assert (desk.ticket(ticket).close_code, desk.escalation(ticket).state) == ("withdrawn", "cancelled")


def test_a_button_of_a_page_that_is_out_of_date_is_no_error(page, desk, ticket):
    desk.acknowledge(ticket, "ana")
    again(page)
    desk.close(ticket)
    page.press("No, nadie me ha llamado")
    assert page.status == 200
    assert "Eso ya no es posible: el ticket ha cambiado de estado." in page.text
    assert desk.ticket(ticket).state == "closed"


def test_a_viewer_watches_and_has_nothing_to_press(visit, desk, ticket):
    desk.acknowledge(ticket, "ana")
    luis = visit(LUIS).open(f"/portal/tickets/{ticket}")
    assert luis.sentence.startswith("Ana García ha aceptado")
    assert luis.buttons == ["Salir"]
    token = luis.page.forms[0].fields["csrf_token"]
    assert luis.post(f"/portal/tickets/{ticket}/contact", {"csrf_token": token, "reached": "no"}).status == 403
    assert luis.open(f"/portal/tickets/{ticket}/stand-down").status == 403


def test_the_polled_part_is_sent_again_only_when_it_says_something_new(page, desk, ticket):
    path = f"/portal/tickets/{ticket}/status"
    page.open(path)
    tag = page.headers["ETag"]
    assert page.open(path, If_None_Match=tag).status == 304
    assert page.source == ""
    desk.acknowledge(ticket, "ana")
    assert page.open(path, If_None_Match=tag).status == 200
    assert page.headers["ETag"] != tag
    assert page.sentence.startswith("Ana García ha aceptado")


def test_a_page_and_its_polled_part_begin_with_the_same_tag(page, ticket):
    assert page.source.count("data-etag") == 1
    tag = page.open(f"/portal/tickets/{ticket}/status").headers["ETag"].strip('"')
    assert f'data-etag="&#34;{tag}&#34;"' in again_at(page, ticket) or f'data-etag="&quot;{tag}&quot;"' in page.source


def again_at(page, ticket):
    return page.open(f"/portal/tickets/{ticket}").source


def test_a_reference_may_be_typed_in_lower_case_and_without_its_prefix(page, ticket):
    assert page.open(f"/portal/tickets/{ticket.lower()}").status == 200
    assert page.open(f"/portal/tickets/{ticket.partition('-')[2]}").status == 200


def test_past_tickets_stay_readable_and_are_listed_in_pages(visit, runtime, clock):
    for _ in range(12):
        close(runtime, ask(runtime))
        clock.advance(minutes=1)
    marta = visit(MARTA).open("/portal")
    assert len([link for link in marta.links if link.startswith("ITS-")]) == 10
    marta.follow("Anteriores")
    assert len([link for link in marta.links if link.startswith("ITS-")]) == 2
    assert marta.open("/portal?before=garbage").status == 404
