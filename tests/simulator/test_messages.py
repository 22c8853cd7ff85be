from collections.abc import Callable
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.simulator.conftest import OUR_NUMBER, Product
from tests.support.telephones import NUMBERS, Telephones

Text = Callable[..., Any]
PAGE = "ITSAFER 0048213 P1 Hotel Sol. Responda 47A=acepto 47E=escalar."


def settled(phones: Telephones, product: Product, status: str) -> None:
    phones.wait_for(
        f"the callback {status}",
        lambda event: event["type"] == "webhook" and event["params"].get("MessageStatus") == status,
    )


def test_a_message_arrives_and_every_step_is_told(phones: Telephones, product: Product, text: Text) -> None:
    sent = text(NUMBERS["Ana"], PAGE)
    assert sent.status == "queued"
    assert phones["Ana"].expect_sms("Hotel Sol", "47A").sid == sent.sid
    settled(phones, product, "delivered")
    assert product.statuses() == ["queued", "sending", "sent", "delivered"]
    assert all(one.signed for one in product.received)


@pytest.mark.parametrize(
    ("behaviour", "steps", "code"),
    [
        ({"sms": "undelivered"}, ["queued", "sending", "sent", "undelivered"], "30003"),
        ({"sms": "undelivered", "sms_error_code": 30005}, ["queued", "sending", "sent", "undelivered"], "30005"),
        ({"sms": "failed"}, ["queued", "sending", "failed"], "30008"),
    ],
)
def test_a_message_that_does_not_arrive_says_why(
    phones: Telephones,
    product: Product,
    text: Text,
    twilio: Client,
    behaviour: dict[str, Any],
    steps: list[str],
    code: str,
) -> None:
    phones["Ana"].set(**behaviour)
    sent = text(NUMBERS["Ana"], PAGE)
    settled(phones, product, steps[-1])
    assert product.statuses() == steps
    assert product.calls_of("/status")[-1]["ErrorCode"] == code
    assert twilio.messages(sent.sid).fetch().error_code == int(code)
    phones["Ana"].expect_silence(0)


def test_a_page_that_cannot_arrive_in_time_expires(phones: Telephones, product: Product, text: Text) -> None:
    phones["Ana"].set(sms_seconds=300)
    text(NUMBERS["Ana"], PAGE, validity_period=1)
    settled(phones, product, "undelivered")
    assert product.calls_of("/status")[-1]["ErrorCode"] == "30036"


def test_a_carrier_without_receipts_stops_at_sent(phones: Telephones, product: Product, text: Text) -> None:
    phones["Ana"].set(sms="no_receipt")
    text(NUMBERS["Ana"], PAGE)
    phones["Ana"].expect_sms("Hotel Sol")
    settled(phones, product, "sent")
    assert "delivered" not in product.statuses()


def test_a_reply_reaches_the_number_that_wrote(phones: Telephones, product: Product, text: Text) -> None:
    text(NUMBERS["Ana"], PAGE)
    phones["Ana"].expect_sms("47A")
    phones["Ana"].reply("47a voy")
    phones.wait_for("the reply posted", lambda event: event["type"] == "webhook" and event["kind"] == "sms")
    form = product.calls_of("/sms")[0]
    assert (form["From"], form["To"], form["Body"]) == (NUMBERS["Ana"], OUR_NUMBER, "47a voy")
    assert form["SmsStatus"] == "received"
    assert product.received[-1].signed


def test_a_scripted_telephone_replies_with_the_code_of_the_page(
    phones: Telephones, product: Product, text: Text
) -> None:
    phones["Ana"].set(reply="{code}A", reply_seconds=0)
    text(NUMBERS["Ana"], PAGE)
    phones.wait_for("the reply posted", lambda event: event["type"] == "webhook" and event["kind"] == "sms")
    assert product.calls_of("/sms")[0]["Body"] == "47A"


def test_the_product_may_answer_an_sms_with_twiml(phones: Telephones, product: Product) -> None:
    product.answers["/sms"] = "<Message>Aceptado, gracias.</Message>"
    phones["Ana"].text("47A")
    assert phones["Ana"].expect_sms("aceptado").sender == OUR_NUMBER


def test_stop_shuts_the_number_and_start_opens_it_again(phones: Telephones, product: Product, text: Text) -> None:
    phones["Ana"].text("Stop", to=OUR_NUMBER)
    with pytest.raises(TwilioRestException) as raised:
        text(NUMBERS["Ana"], PAGE)
    assert (raised.value.status, raised.value.code) == (400, 21610)
    phones["Ana"].text("START", to=OUR_NUMBER)
    text(NUMBERS["Ana"], PAGE)
    phones["Ana"].expect_sms("Hotel Sol")
    phones.wait_for(
        "STOP told", lambda event: event["type"] == "webhook" and event["params"].get("OptOutType") == "STOP"
    )


def test_a_message_on_its_way_cannot_be_withdrawn_and_a_queued_one_can(
    phones: Telephones, product: Product, text: Text, twilio: Client
) -> None:
    gone = text(NUMBERS["Ana"], PAGE)
    phones["Ana"].expect_sms("Hotel Sol")
    settled(phones, product, "delivered")
    with pytest.raises(TwilioRestException):
        twilio.messages(gone.sid).update(status="canceled")
    assert twilio.messages(gone.sid).update(body="").body == ""


def test_a_messaging_service_sends_from_our_number(phones: Telephones, twilio: Client) -> None:
    sent = twilio.messages.create(to=NUMBERS["Ana"], messaging_service_sid="MG" + "c" * 32, body="Hola")
    assert sent.status == "accepted"
    assert phones["Ana"].expect_sms("hola").sender == OUR_NUMBER
