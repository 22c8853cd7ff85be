import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
import requests

from tests.simulator.conftest import Product
from tests.support.telephones import NUMBERS, Telephones

Place = Callable[..., Any]


class Page:
    """What a person without JavaScript sees and can press."""

    def __init__(self, base: str, path: str) -> None:
        self.base, self.path = base, path
        self.read()

    def read(self) -> "Page":
        answer = requests.get(self.base + self.path, timeout=5)
        assert answer.status_code == 200, answer.text
        return self.show(answer.text)

    def show(self, html: str) -> "Page":
        self.html = html
        reader = _Reader()
        reader.feed(html)
        self.text, self.buttons = " ".join(reader.words), reader.buttons
        return self

    def press(self, label: str, **fields: str) -> "Page":
        """The button with this label; follows where the form leads."""
        action, name, value = self.buttons[label]
        form = {**fields, **({name: value} if name else {})}
        answer = requests.post(self.base + action, data=form, timeout=5)
        assert answer.history[0].status_code == 303
        return self.show(answer.text)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.buttons: dict[str, tuple[str, str, str]] = {}
        self._action = ""
        self._button: tuple[str, str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._action = given["action"]
        if tag == "button":
            self._button = (self._action, given.get("name", ""), given.get("value", ""))

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text:
            self.words.append(text)
            if self._button:
                self.buttons[text], self._button = self._button, None


@pytest.fixture
def ana(simulator_server: str, phones: Telephones) -> Page:
    phones["Ana"].set()
    return Page(simulator_server, "/simulator/phones/%2B34600000001")


def test_every_page_says_that_the_telephones_are_simulated(simulator_server: str, ana: Page) -> None:
    assert "TELEFONÍA SIMULADA" in ana.text
    assert "TELEFONÍA SIMULADA" in Page(simulator_server, "/simulator/phones").text


def test_a_person_answers_presses_a_key_and_hangs_up(
    ana: Page, phones: Telephones, product: Product, call: Place
) -> None:
    product.answers |= {
        "/voice": '<Gather numDigits="1" timeout="90" action="/key"><Say>Para aceptar, pulse 4.</Say></Gather>',
        "/key": '<Say>Aceptado.</Say><Pause length="600"/>',
    }
    call(NUMBERS["Ana"])
    conversation = phones["Ana"].rings()
    assert "Está sonando" in ana.read().text
    ana.press("Contestar")
    conversation.hears("pulse 4")
    assert "Para aceptar, pulse 4." in ana.read().text
    ana.press("4")
    conversation.hears("aceptado")
    assert "Aceptado." in ana.read().text
    ana.press("Colgar")
    conversation.ends("completed")
    assert "terminada" in ana.read().text


def test_a_person_rejects_or_lets_it_ring(ana: Page, phones: Telephones, call: Place) -> None:
    call(NUMBERS["Ana"])
    ringing = phones["Ana"].rings()
    assert "Sigue sonando" in ana.read().press("Dejar sonar").text
    ana.press("Rechazar")
    ringing.ends("busy")


def test_pressing_too_late_is_said_not_an_error(ana: Page, phones: Telephones, call: Place) -> None:
    call(NUMBERS["Ana"])
    ringing = phones["Ana"].rings()
    ana.read()
    ringing.reject().ends("busy")
    assert "Demasiado tarde" in ana.press("Contestar").text


def test_a_person_reads_an_sms_and_replies(ana: Page, phones: Telephones, product: Product, text: Place) -> None:
    text(NUMBERS["Ana"], "Responda 47A <b>ya</b>")
    phones["Ana"].expect_sms("47A")
    assert "Responda 47A <b>ya</b>" in ana.read().text
    ana.press("Enviar", body="47A")
    phones.wait_for("the reply posted", lambda event: event["type"] == "webhook" and event["kind"] == "sms")
    assert product.calls_of("/sms")[0]["Body"] == "47A"


def test_the_list_shows_who_is_ringing(simulator_server: str, ana: Page, phones: Telephones, call: Place) -> None:
    call(NUMBERS["Ana"])
    phones["Ana"].rings()
    shown = Page(simulator_server, "/simulator/phones").text
    assert "Ana +34600000001 sonando" in shown


def test_the_behaviour_of_a_telephone_is_changed_on_its_page(ana: Page, phones: Telephones, call: Place) -> None:
    ana.press("Guardar", call="busy")
    call(NUMBERS["Ana"])
    assert phones.wait_for("the end", lambda event: event["type"] == "ended")["status"] == "busy"


def test_every_field_has_a_label_and_no_asset_comes_from_elsewhere(ana: Page, simulator_server: str) -> None:
    fields = re.findall(r'<(?:input|select)[^>]* id="([^"]+)"', ana.html)
    assert fields == ["body", "call"]
    assert all(f'<label for="{name}">' in ana.html for name in fields)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', ana.html)
    for asset in re.findall(r'(?:src|href)="(/[^"]+/static/[^"]+)"', ana.html):
        assert requests.get(simulator_server + asset, timeout=5).status_code == 200


def test_a_call_sent_to_the_voicemail_is_a_machines(
    ana: Page, phones: Telephones, product: Product, call: Place
) -> None:
    product.answers["/voice"] = "<Say>Aviso urgente.</Say><Pause length='60'/>"
    call(NUMBERS["Ana"], machine_detection="Enable", async_amd="true", async_amd_status_callback=product.url("/amd"))
    phones["Ana"].rings()
    ana.read().press("Buzón de voz")
    phones.wait_for("the verdict", lambda event: event["type"] == "webhook" and event["kind"] == "detection")
    assert [form["AnsweredBy"] for form in product.calls_of("/amd")] == ["machine_start"]


def test_the_log_shows_what_was_posted_to_the_service_and_what_came_back(
    ana: Page, phones: Telephones, product: Product, call: Place
) -> None:
    product.answers["/voice"] = "<Say>Aviso urgente.</Say><Nonsense/>"
    phones["Ana"].set(call="answer", answer_seconds=0)
    call(NUMBERS["Ana"])
    phones.wait_for("the end", lambda event: event["type"] == "ended")
    log = Page(ana.base, ana.path + "/webhooks").text
    assert product.url("/voice") in log
    assert "X-Twilio-Signature" in log
    assert "<Nonsense/>" in log
    assert "12200" in ana.read().text


def test_nothing_was_posted_yet_about_a_telephone_that_nobody_called(ana: Page) -> None:
    assert "Todavía ninguna." in Page(ana.base, ana.path + "/webhooks").text
