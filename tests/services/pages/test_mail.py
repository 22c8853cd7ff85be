"""Mail on the desk: what waits for a person, and what became of a ticket's mails."""

from __future__ import annotations

import pytest

from alerting.mailbox import inbox, service
from alerting.mailbox.inbox import Envelope
from alerting.notifications import threads
from alerting.tickets.service import locked
from tests.services.pages.people import ANA, LUIS, MARTA
from tests.services.pages.quiet import ask

EVE = "eve@elsewhere.example"
MAIL = "From: Eve <{sender}>\r\nMessage-ID: <{n}@x.example>\r\nSubject: Ayuda\r\n\r\n<b>No arranca</b> & más\r\n"


@pytest.fixture
def arrives(runtime):
    """A mail, handled; its id in the inbox."""
    count = 0

    def arrive(sender=EVE):
        nonlocal count
        count += 1
        raw = MAIL.format(sender=sender, n=count).encode()
        with runtime.database.transaction() as session:
            inbox.keep(session, raw, Envelope(), "smtp", runtime.now(session))
        with runtime.database.reading() as session:
            (inbox_id,) = inbox.waiting(session, runtime.now(session))
        service.handle(runtime, inbox_id)
        return inbox_id

    return arrive


@pytest.fixture
def ana(visit):
    return visit(ANA)


def press(browser, button, **fields):
    form = next(form for form in browser.page.forms if button in form.buttons)
    return browser.post(form.action, form.fields | fields)


def test_mail_of_a_stranger_waits_with_the_reason_and_is_shown_as_text(ana, arrives):
    arrives()
    page = ana.open("/desk/mail")
    assert "Ningún contacto tiene esta dirección." in page.text
    assert "&lt;b&gt;No arranca&lt;/b&gt; &amp; más" in page.source


def test_taken_as_a_ticket_of_a_customer_it_waits_no_more(ana, arrives):
    arrives()
    ana.open("/desk/mail")
    page = press(ana, "Convertir en ticket", customer="hotel-sol")
    assert page.path.startswith("/desk/tickets/ITS-")
    assert "Hotel Sol" in page.text
    assert "No espera ningún correo." in ana.open("/desk/mail").text


def test_without_a_customer_nothing_happens_and_the_page_says_what_to_do(ana, arrives):
    arrives()
    ana.open("/desk/mail")
    assert "Elija de qué cliente es" in press(ana, "Convertir en ticket").text


def test_put_away_by_two_the_second_is_told(ana, arrives, visit):
    arrives()
    ana.open("/desk/mail")
    token = next(form for form in ana.page.forms if "Nadie lo necesita" in form.buttons)
    assert "Apartado." in ana.post(token.action, token.fields).text
    assert "Otra persona se ha ocupado ya" in ana.post(token.action, token.fields).text


def test_a_tickets_mails_and_what_a_contact_wrote_stand_on_one_page(ana, arrives, runtime):
    arrives(MARTA)
    ana.open("/desk")
    ticket = next(url for _, url in ana.page.links if url.startswith("/desk/tickets/"))
    page = ana.open(f"{ticket}/mail")
    assert "abrió el ticket" in page.text
    assert "en camino" in page.text


def test_a_reply_address_is_ended_once(ana, runtime):
    reference = ask(runtime, by=MARTA)
    with runtime.work() as work:
        key = runtime.settings.signing_key()
        threads.thread_of(work.session, key, locked(work, reference).id, MARTA, "<a@b>", work.now)
    ana.open(f"/desk/tickets/{reference}/mail")
    form = next(form for form in ana.page.forms if "Terminar esta dirección de respuesta" in form.buttons)
    assert "ya no prueban nada" in ana.post(form.action, form.fields).text
    assert ana.post(form.action, form.fields).status == 404


@pytest.mark.parametrize("email", [MARTA, LUIS])
def test_customers_see_none_of_it(visit, runtime, arrives, email):
    arrives()
    reference = ask(runtime, by=MARTA)
    browser = visit(email)
    assert browser.open("/desk/mail").status in (403, 404)
    assert browser.open(f"/desk/tickets/{reference}/mail").status in (403, 404)
