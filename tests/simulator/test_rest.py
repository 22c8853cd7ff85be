from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator import SimulatorConfig
from tests.simulator.conftest import OUR_NUMBER, OriginHttpClient, Product
from tests.simulator.vendor_specs import SpecViolation, validate_request, validate_response
from tests.support.telephones import NUMBERS, Telephones

Place = Callable[..., Any]
ANA = NUMBERS["Ana"]


def test_the_account_token_and_an_api_key_open_the_door(config: SimulatorConfig, http: OriginHttpClient) -> None:
    by_key = Client(config.api_key, config.api_secret, config.account_sid, http_client=http)
    assert by_key.api.accounts(config.account_sid).fetch().status == "active"
    by_token = Client(config.account_sid, config.auth_token, http_client=http)
    assert by_token.api.accounts(config.account_sid).fetch().sid == config.account_sid


@pytest.mark.parametrize(("name", "secret"), [("AC" + "a" * 32, "wrong"), ("SK" + "b" * 32, "wrong"), ("", "")])
def test_anyone_else_is_turned_away(simulator_server: str, config: SimulatorConfig, name: str, secret: str) -> None:
    url = f"{simulator_server}/2010-04-01/Accounts/{config.account_sid}/Calls.json"
    answer = requests.get(url, auth=(name, secret), timeout=5)
    assert answer.status_code == 401
    assert answer.json() == {
        "code": 20003,
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }


@pytest.mark.parametrize(
    ("path", "form", "code"),
    [
        ("Calls", {"From": OUR_NUMBER, "Url": "http://a.example/"}, 21201),
        ("Calls", {"To": ANA, "Url": "http://a.example/"}, 21213),
        ("Calls", {"To": ANA, "From": OUR_NUMBER}, 21205),
        ("Calls", {"To": "600000001", "From": OUR_NUMBER, "Url": "http://a.example/"}, 21211),
        ("Calls", {"To": ANA, "From": "Itsafer", "Url": "http://a.example/"}, 21212),
        ("Calls", {"To": ANA, "From": OUR_NUMBER, "Url": "http://our_host/"}, 21205),
        ("Calls", {"To": ANA, "From": OUR_NUMBER, "Url": "http://a.example/", "ValidityPeriod": "60"}, 20001),
        ("Calls", {"To": ANA, "From": OUR_NUMBER, "Url": "http://a.example/", "Timeout": "601"}, 20001),
        ("Calls", {"To": ANA, "From": OUR_NUMBER, "Url": "http://a.example/", "StatusCallbackEvent": "done"}, 20001),
        ("Calls", {"To": ANA, "From": OUR_NUMBER, "Url": "http://a.example/", "Method": "PUT"}, 20001),
        ("Calls", {"To": ANA, "From": OUR_NUMBER, "Twiml": "x" * 4001}, 20001),
        ("Messages", {"From": OUR_NUMBER, "Body": "x"}, 21604),
        ("Messages", {"To": ANA, "Body": "x"}, 21603),
        ("Messages", {"To": ANA, "From": OUR_NUMBER}, 21602),
        ("Messages", {"To": ANA, "From": OUR_NUMBER, "Body": "x" * 1601}, 21617),
        ("Messages", {"To": "12", "From": OUR_NUMBER, "Body": "x"}, 21211),
        ("Messages", {"To": ANA, "From": OUR_NUMBER, "Body": "x", "ValidityPeriod": "0"}, 20001),
        ("Messages", {"To": ANA, "From": OUR_NUMBER, "Body": "x", "StatusCallback": "nowhere"}, 21609),
        ("Messages", {"To": ANA, "From": OUR_NUMBER, "Body": "x", "Timeout": "3"}, 20001),
    ],
)
def test_a_wrong_request_is_refused_with_twilios_code(
    phones: Telephones, simulator_server: str, config: SimulatorConfig, path: str, form: dict[str, str], code: int
) -> None:
    url = f"{simulator_server}/2010-04-01/Accounts/{config.account_sid}/{path}.json"
    answer = requests.post(url, data=form, auth=(config.account_sid, config.auth_token), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    validate_response("POST", url.removeprefix(simulator_server), 400, answer.json())


@pytest.mark.parametrize(
    ("to", "sender", "code"),
    [
        ("+15005550001", OUR_NUMBER, 21211),
        ("+15005550002", OUR_NUMBER, 21612),
        ("+15005550003", OUR_NUMBER, 21408),
        ("+15005550004", OUR_NUMBER, 21610),
        ("+15005550009", OUR_NUMBER, 21614),
        (ANA, "+15005550001", 21212),
        (ANA, "+15005550007", 21606),
        (ANA, "+15005550008", 21611),
    ],
)
def test_magic_numbers_are_refused_as_twilios_test_credentials_refuse_them(
    phones: Telephones, twilio: Client, to: str, sender: str, code: int
) -> None:
    with pytest.raises(TwilioRestException) as raised:
        twilio.messages.create(to=to, from_=sender, body="Hola")
    assert (raised.value.status, raised.value.code) == (400, code)


def test_a_call_to_a_magic_number_that_only_messages_are_refused_for_is_placed(phones: Telephones, call: Place) -> None:
    assert call("+15005550009").status == "queued"


def test_a_number_that_does_not_exist_is_refused(phones: Telephones, call: Place, text: Place) -> None:
    phones["Ana"].set(call="invalid")
    for create in (call, text):
        with pytest.raises(TwilioRestException) as raised:
            create(ANA, **({"body": "Hola"} if create is text else {}))
        assert (raised.value.status, raised.value.code) == (400, 21211)


def test_every_answer_carries_a_request_id(twilio: Client, http: OriginHttpClient, phones: Telephones) -> None:
    twilio.calls.list()
    assert http.last.headers["Twilio-Request-Id"].startswith("RQ")


def test_lists_are_filtered_and_paged(phones: Telephones, text: Place, call: Place, twilio: Client) -> None:
    for name in ("Ana", "Borja", "Ana", "Ana"):
        text(NUMBERS[name], "Hola")
    phones["Carol"].set(call="busy")
    call(NUMBERS["Carol"])
    call(NUMBERS["Borja"])
    phones["Borja"].rings()
    phones.wait_for("Carol's end", lambda event: event["type"] == "ended")
    assert len(twilio.messages.list(to=ANA)) == 3
    assert len(list(twilio.messages.stream(to=ANA, page_size=2))) == 3
    first = twilio.messages.page(page_size=3)
    assert len(list(first)) == 3
    assert len(list(first.next_page())) == 1
    assert [one.to for one in twilio.calls.list(status="busy")] == [NUMBERS["Carol"]]
    assert twilio.calls.list(from_="+34910999999") == []


def test_lists_are_filtered_by_time_so_that_a_lost_answer_can_be_found_again(
    phones: Telephones, text: Place, call: Place, twilio: Client
) -> None:
    began = datetime.now(UTC) - timedelta(seconds=2)
    text(ANA, "Hola")
    placed = call(ANA)
    phones["Ana"].expect_sms("Hola")
    phones["Ana"].rings()
    assert [one.sid for one in twilio.calls.list(to=ANA, start_time_after=began)] == [placed.sid]
    assert len(twilio.messages.list(to=ANA, date_sent_after=began)) == 1
    assert twilio.calls.list(to=ANA, start_time_after=began + timedelta(hours=1)) == []
    assert twilio.messages.list(to=ANA, date_sent_before=began) == []


def test_finished_calls_and_messages_can_be_deleted(
    phones: Telephones, call: Place, text: Place, twilio: Client
) -> None:
    ringing = call(ANA)
    with pytest.raises(TwilioRestException):
        twilio.calls(ringing.sid).delete()
    phones["Ana"].rings().reject().ends("busy")
    assert twilio.calls(ringing.sid).delete()
    with pytest.raises(TwilioRestException) as raised:
        twilio.calls(ringing.sid).fetch()
    assert raised.value.status == 404
    assert twilio.messages(text(ANA, "Hola").sid).delete()


def test_everything_exchanged_is_as_twilios_document_says(
    phones: Telephones, product: Product, twilio: Client, call: Place, text: Place, config: SimulatorConfig
) -> None:
    product.answers["/voice"] = "<Say>Hola</Say>"
    phones["Borja"].set(sms="undelivered", call="unreachable")
    talked = call(ANA, timeout=25, machine_detection="Enable", async_amd="true")
    phones["Ana"].answer_call().ends("completed")
    twilio.calls(talked.sid).fetch()
    failed = call(NUMBERS["Borja"])
    ringing = call(NUMBERS["Carol"])
    phones["Carol"].rings()
    twilio.calls(ringing.sid).update(status="canceled")
    twilio.calls.list(to=ANA, start_time_after=datetime.now(UTC) - timedelta(hours=1), page_size=1)
    twilio.calls(failed.sid).fetch()
    message = text(NUMBERS["Borja"], "Hola", validity_period=300)
    phones.wait_for("its end", lambda event: event.get("status") == "undelivered")
    twilio.messages(message.sid).fetch()
    twilio.messages.list()
    twilio.messages(message.sid).delete()
    twilio.api.accounts(config.account_sid).fetch()
    twilio.balance.fetch()
    phones.act("PUT", "/_sim/account", {"caller_ids": [ANA]})
    assert twilio.incoming_phone_numbers.list(phone_number=OUR_NUMBER)[0].capabilities["voice"]
    assert [one.phone_number for one in twilio.outgoing_caller_ids.list()] == [ANA]
    with pytest.raises(TwilioRestException):
        twilio.messages(message.sid).fetch()
    exchanged = phones.events("response")
    assert {answer["status"] for answer in exchanged} == {200, 201, 204, 404}
    for asked in phones.events("request"):
        validate_request(asked["method"], asked["path"], asked["query"] if asked["method"] == "GET" else asked["form"])
    for answer in exchanged:
        validate_response(answer["method"], answer["path"], answer["status"], answer["json"])


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"To": [ANA]}, "'From' is a required property"),
        ({"To": [ANA], "From": [OUR_NUMBER], "ValidityPeriod": ["60"]}, "unknown parameter 'ValidityPeriod'"),
        ({"To": [ANA], "From": [OUR_NUMBER], "Timeout": ["soon"]}, "'soon' is not of type 'integer'"),
        ({"To": [ANA], "From": [OUR_NUMBER], "Method": ["PUT"]}, "'PUT' is not one of"),
    ],
)
def test_the_check_against_the_document_finds_what_is_wrong(form: dict[str, list[str]], problem: str) -> None:
    with pytest.raises(SpecViolation, match=problem):
        validate_request("POST", f"/2010-04-01/Accounts/AC{'a' * 32}/Calls.json", form)


def test_the_check_finds_an_answer_that_twilio_would_not_give() -> None:
    path = f"/2010-04-01/Accounts/AC{'a' * 32}/Messages.json"
    with pytest.raises(SpecViolation, match="undocumented property 'colour'"):
        validate_response("POST", path, 201, {"sid": "SM" + "a" * 32, "colour": "red"})
    with pytest.raises(SpecViolation, match="does not match"):
        validate_response("POST", path, 201, {"sid": "CA" + "a" * 32})
