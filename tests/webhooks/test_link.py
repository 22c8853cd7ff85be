"""The link in a page: harmless to whoever only looks."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from alerting.notifications import rendering
from alerting.notifications.models import AttemptRow
from tests.support.desk import Desk
from tests.webhooks.test_signed_requests import contents
from tests.webhooks.test_texts import code_of, wrong


@pytest.fixture
def link(desk: Desk, reference: str) -> str:
    return link_of(desk, reference, "ana")


@pytest.fixture
def code(desk: Desk, reference: str) -> str:
    return code_of(desk, reference, "ana")


def link_of(desk: Desk, reference: str, person: str) -> str:
    page: AttemptRow = desk.attempts(reference, purpose="page", channel="sms", person_id=person)[-1]
    return rendering.PAGE_LINK + rendering.link_token(desk.runtime.settings.signing_key(), page.id)


def press(client: FlaskClient, link: str, code: str, action: str = "acknowledge") -> tuple[int, str]:
    answer = client.post(link, data={"code": code, "action": action})
    return answer.status_code, answer.text


def test_the_page_says_which_emergency_it_is_and_nothing_personal(client: FlaskClient, link: str) -> None:
    answer = client.get(link)
    assert answer.status_code == 200
    assert all(text in answer.text for text in ("Hotel Sol", "P1", "Nadie lo ha aceptado todavía"))
    assert not any(text in answer.text for text in ("Marta", "+34", "ERP"))


def test_a_scanner_may_look_five_times_and_press_buttons_without_the_code(
    desk: Desk, client: FlaskClient, link: str, reference: str
) -> None:
    before = contents(desk.runtime.database)
    for _ in range(5):
        client.get(link, headers={"Sec-Purpose": "prefetch"})
        client.head(link)
        client.options(link)
    assert contents(desk.runtime.database) == before
    press(client, link, "")
    assert desk.ticket(reference).acknowledged_by is None


def test_what_is_shown_stays_with_whoever_opened_it(client: FlaskClient, link: str) -> None:
    headers = client.get(link).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "noindex" in headers["X-Robots-Tag"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_the_two_digits_and_the_button_acknowledge(
    desk: Desk, client: FlaskClient, link: str, code: str, reference: str
) -> None:
    status, text = press(client, link, code)
    assert status == 200
    assert "Aceptado. El ticket es suyo" in text
    assert "Lo tiene usted desde las 03:00" in text
    ticket = desk.ticket(reference)
    assert (ticket.acknowledged_by, ticket.acknowledged_via) == ("ana", "link")


def test_a_second_press_changes_nothing(desk: Desk, client: FlaskClient, link: str, code: str, reference: str) -> None:
    press(client, link, code)
    before = desk.kinds(reference)
    assert press(client, link, code)[0] == 200
    assert desk.kinds(reference) == before


def test_the_other_button_pages_the_next_person(
    desk: Desk, client: FlaskClient, link: str, code: str, reference: str
) -> None:
    assert "Escalado" in press(client, link, code, "escalate")[1]
    desk.run_due()
    assert desk.paged(reference) == ["ana", "borja"]


def test_whoever_comes_late_sees_who_has_it_and_can_press_nothing(
    desk: Desk, client: FlaskClient, reference: str
) -> None:
    desk.advance(minutes=3)
    desk.acknowledge(reference, "ana")
    page = client.get(link_of(desk, reference, "borja")).text
    assert "Ya lo tiene Ana García desde las 03:03" in page
    assert "<button" not in page


def test_five_wrong_codes_close_the_link_for_the_right_one_too(
    desk: Desk, client: FlaskClient, link: str, code: str, reference: str
) -> None:
    tries = [press(client, link, wrong(code)) for _ in range(5)]
    assert {status for status, _ in tries} == {403}
    assert "Ese código no es el de este aviso" in tries[0][1]
    assert press(client, link, code)[0] == 403
    assert desk.ticket(reference).acknowledged_by is None
    assert desk.kinds(reference).count("reply.rejected") == 5


def test_an_hour_after_sending_the_link_is_of_no_use(
    desk: Desk, client: FlaskClient, link: str, code: str, reference: str
) -> None:
    desk.clock.advance(minutes=60)
    status, text = press(client, link, code)
    assert status == 410
    assert "caducado" in text
    assert "Hotel Sol" not in text
    assert desk.ticket(reference).acknowledged_by is None


def test_the_link_of_a_withdrawn_page_says_so(
    desk: Desk, client: FlaskClient, link: str, code: str, reference: str
) -> None:
    desk.stand_down(reference)
    assert "se ha anulado" in client.get(link).text
    assert press(client, link, code)[0] == 410


@pytest.mark.parametrize("unknown", ["/a/k7Qx2mB4tZ9w", "/a/short", "/a/k7Qx2mB4tZ9%C3%B1"])
def test_a_link_that_we_never_sent_leads_nowhere(client: FlaskClient, unknown: str) -> None:
    assert client.get(unknown).status_code == 404
    assert client.post(unknown, data={"code": "47", "action": "acknowledge"}).status_code == 404


def test_without_the_database_nothing_is_said_to_be_accepted(
    desk: Desk, client: FlaskClient, link: str, code: str
) -> None:
    with desk.runtime.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE attempts RENAME TO away")
    status, text = press(client, link, code)
    assert status == 503
    assert "No hemos podido registrar su respuesta" in text
