import threading
from collections.abc import Callable
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.simulator.conftest import OUR_NUMBER, Product
from tests.support.telephones import NUMBERS, Telephones

Call = Callable[..., Any]
MENU = (
    '<Gather numDigits="1" timeout="5" finishOnKey="" action="/key" actionOnEmptyResult="true">'
    "<Say>Para aceptar, pulse 4.</Say></Gather>"
)


def on_key(answers: dict[str, str]) -> Callable[[dict[str, str]], str]:
    return lambda form: answers.get(form["Digits"], "<Say>Tecla no válida.</Say>")


def test_a_person_answers_hears_the_prompt_and_presses_a_key(phones: Telephones, product: Product, call: Call) -> None:
    product.answers |= {"/voice": MENU, "/key": on_key({"4": "<Say>Aceptado.</Say>"})}
    call(NUMBERS["Ana"])
    phones["Ana"].answer_call().hears("pulse 4").press("4").hears("aceptado").ends("completed")
    assert product.calls_of("/key")[0]["Digits"] == "4"


def test_the_product_is_told_every_step_in_order_and_signed(phones: Telephones, product: Product, call: Call) -> None:
    product.answers["/voice"] = "<Say>Hola</Say>"
    phones["Ana"].set(call="answer", answer_seconds=0.02)
    placed = call(NUMBERS["Ana"])
    phones.wait_for("the last callback", last_callback_of(placed.sid))
    assert product.statuses() == ["initiated", "ringing", "in-progress", "completed"]
    told = product.calls_of("/status")
    assert [form["SequenceNumber"] for form in told] == ["0", "1", "2", "3"]
    assert told[-1]["SipResponseCode"] == "200"
    assert told[-1]["CallDuration"] == "0"
    assert all(form["CallbackSource"] == "call-progress-events" and form["Timestamp"] for form in told)
    assert product.calls_of("/voice")[0]["CallStatus"] == "in-progress"
    assert all(one.signed and one.token for one in product.received)


def test_only_the_end_is_told_when_no_event_was_asked_for(phones: Telephones, twilio: Client, product: Product) -> None:
    phones["Ana"].set(call="busy")
    twilio.calls.create(
        to=NUMBERS["Ana"], from_=OUR_NUMBER, url=product.url("/voice"), status_callback=product.url("/status")
    )
    phones.wait_for("a callback", lambda event: event["type"] == "webhook")
    assert product.statuses() == ["busy"]


@pytest.mark.parametrize(
    ("behaviour", "status", "sip_code"),
    [
        ({"call": "busy"}, "busy", "486"),
        ({"call": "reject", "answer_seconds": 0.02}, "busy", "603"),
        ({"call": "unreachable"}, "failed", "480"),
        ({"call": "ignore", "ring_seconds": 0.05}, "no-answer", "487"),
    ],
)
def test_a_call_nobody_takes_ends_as_twilio_says(
    phones: Telephones, product: Product, call: Call, behaviour: dict[str, Any], status: str, sip_code: str
) -> None:
    phones["Ana"].set(**behaviour)
    placed = call(NUMBERS["Ana"])
    phones.wait_for("the last callback", last_callback_of(placed.sid))
    assert (
        product.calls_of("/status")[-1] | {"CallStatus": status, "SipResponseCode": sip_code}
        == product.calls_of("/status")[-1]
    )
    assert product.calls_of("/voice") == []


def test_a_telephone_nobody_picks_up_rings_until_the_calls_own_timeout(phones: Telephones, call: Call) -> None:
    call(NUMBERS["Ana"], timeout=1)
    phones["Ana"].rings().ends("no-answer")


def test_the_person_may_reject(phones: Telephones, call: Call) -> None:
    call(NUMBERS["Ana"])
    phones["Ana"].rings().reject().ends("busy")


def test_a_script_of_keys_is_pressed_one_for_each_prompt(phones: Telephones, product: Product, call: Call) -> None:
    product.answers |= {
        "/voice": MENU,
        "/key": on_key({"": "<Redirect>/voice</Redirect>", "4": MENU, "7": "<Say>Le paso.</Say>"}),
    }
    phones["Borja"].set(call="answer", keys=["", "4", "7"], answer_seconds=0)
    placed = call(NUMBERS["Borja"])
    phones.wait_for("the end", lambda event: event["type"] == "ended" and event["sid"] == placed.sid)
    assert [form["Digits"] for form in product.calls_of("/key")] == ["", "4", "7"]
    assert phones.events("said", sid=placed.sid)[-1]["text"] == "Le paso."


def test_silence_falls_through_unless_the_product_asks_to_hear_of_it(
    phones: Telephones, product: Product, call: Call
) -> None:
    product.answers["/voice"] = '<Gather timeout="1" action="/key"><Say>Pulse 4</Say></Gather><Say>Adiós.</Say>'
    call(NUMBERS["Ana"])
    phones["Ana"].answer_call().hears("pulse 4").stays_silent().hears("adiós").ends("completed")
    assert product.calls_of("/key") == []


def test_a_key_stops_the_speech(phones: Telephones, product: Product, call: Call) -> None:
    lines = "".join(f"<Say>{'palabra ' * 200}{place}</Say>" for place in range(30))
    product.answers |= {"/voice": f'<Gather numDigits="1" action="/key">{lines}</Gather>', "/key": "<Hangup/>"}
    call(NUMBERS["Ana"])
    conversation = phones["Ana"].answer_call().press("4").ends("completed")
    assert len(conversation.transcript) < 30


def test_keys_pressed_when_nobody_listens_are_lost(phones: Telephones, product: Product, call: Call) -> None:
    product.answers["/voice"] = '<Pause length="50"/>'
    call(NUMBERS["Ana"])
    conversation = phones["Ana"].answer_call()
    phones.act("POST", f"/_sim/calls/{conversation.sid}/digits", {"digits": "4"})
    assert conversation.wait("digits_ignored")["digits"] == "4"
    conversation.hang_up().ends("completed")


def test_hanging_up_in_the_middle_of_the_prompt_ends_the_call(phones: Telephones, product: Product, call: Call) -> None:
    product.answers["/voice"] = MENU
    call(NUMBERS["Ana"])
    phones["Ana"].answer_call().hears("pulse 4").hang_up().ends("completed")
    assert product.calls_of("/key") == []


def test_a_scripted_telephone_hangs_up_by_itself(phones: Telephones, product: Product, call: Call) -> None:
    product.answers["/voice"] = '<Pause length="600"/>'
    phones["Ana"].set(call="answer", answer_seconds=0, hang_up_seconds=0.05)
    call(NUMBERS["Ana"])
    phones["Ana"].rings().ends("completed")


# The product changes its mind


def test_a_call_in_progress_takes_new_instructions(
    phones: Telephones, product: Product, call: Call, twilio: Client
) -> None:
    product.answers["/voice"] = '<Say>Espere</Say><Pause length="600"/>'
    placed = call(NUMBERS["Ana"])
    conversation = phones["Ana"].answer_call().hears("espere")
    twilio.calls(placed.sid).update(twiml="<Response><Say>Ya lo tiene Borja.</Say></Response>")
    conversation.hears("ya lo tiene Borja").ends("completed")


def test_a_call_in_progress_takes_a_new_url_relative_to_itself(
    phones: Telephones, product: Product, call: Call, twilio: Client
) -> None:
    product.answers |= {"/voice": MENU, "/a/otra": "<Redirect>fin</Redirect>", "/a/fin": "<Say>Fin.</Say>"}
    placed = call(NUMBERS["Ana"])
    conversation = phones["Ana"].answer_call().hears("pulse 4")
    twilio.calls(placed.sid).update(url=product.url("/a/otra"), method="POST")
    conversation.hears("fin").ends("completed")


def test_a_ringing_call_is_withdrawn(phones: Telephones, call: Call, twilio: Client, product: Product) -> None:
    placed = call(NUMBERS["Ana"])
    ringing = phones["Ana"].rings()
    assert twilio.calls(placed.sid).update(status="canceled").status == "canceled"
    ringing.ends("canceled")
    phones.wait_for("the last callback", last_callback_of(placed.sid))
    assert product.statuses()[-1] == "canceled"


def test_a_call_in_progress_is_hung_up(phones: Telephones, product: Product, call: Call, twilio: Client) -> None:
    product.answers["/voice"] = MENU
    placed = call(NUMBERS["Ana"])
    conversation = phones["Ana"].answer_call().hears("pulse 4")
    assert twilio.calls(placed.sid).update(status="completed").status == "completed"
    conversation.ends("completed")


@pytest.mark.parametrize("change", [{"status": "completed"}, {"status": "canceled"}, {"twiml": "<Response/>"}])
def test_nothing_can_be_changed_once_a_call_is_over(
    phones: Telephones, call: Call, twilio: Client, change: dict[str, str]
) -> None:
    phones["Ana"].set(call="busy")
    placed = call(NUMBERS["Ana"])
    phones.wait_for("the end", lambda event: event["type"] == "ended")
    with pytest.raises(TwilioRestException) as raised:
        twilio.calls(placed.sid).update(**change)
    assert (raised.value.status, raised.value.code) == (400, 21220)


# The bridge


def bridge(product: Product, whisper: str) -> None:
    product.answers |= {
        "/voice": '<Dial answerOnBridge="true" timeout="20" callerId="+34910000002" action="/after">'
        '<Number url="/whisper" statusCallback="/leg" statusCallbackEvent="ringing answered completed">'
        "+34611000001</Number></Dial>",
        "/whisper": whisper,
        "/pressed": lambda form: "" if form["Digits"] == "1" else "<Hangup/>",
        "/after": lambda form: f"<Say>Resultado {form['DialCallStatus']}.</Say>",
    }


WHISPER = (
    '<Gather numDigits="1" timeout="5" action="/pressed"><Say>Pulse 1 para hablar con Ana.</Say></Gather><Hangup/>'
)


def test_the_customer_presses_1_and_is_connected(phones: Telephones, product: Product, call: Call) -> None:
    bridge(product, WHISPER)
    call(NUMBERS["Ana"])
    ana = phones["Ana"].answer_call()
    marta = phones["Marta"].answer_call().hears("pulse 1").press("1").is_bridged()
    ana.is_bridged()
    marta.hang_up().ends("completed")
    ana.hears("resultado completed").ends("completed")
    after = product.calls_of("/after")[0]
    assert after["DialCallSid"] == marta.sid
    assert after["DialBridged"] == "true"
    assert after["DialCallDuration"].isdigit()
    assert product.statuses("/leg") == ["ringing", "in-progress", "completed"]
    leg = product.calls_of("/leg")[0]
    assert (leg["ParentCallSid"], leg["Direction"], leg["From"]) == (ana.sid, "outbound-dial", "+34910000002")


def test_a_customer_who_does_not_press_1_is_not_connected(phones: Telephones, product: Product, call: Call) -> None:
    bridge(product, WHISPER)
    call(NUMBERS["Ana"])
    ana = phones["Ana"].answer_call()
    phones["Marta"].answer_call().hears("pulse 1").stays_silent().ends("completed")
    ana.hears("resultado no-answer").ends("completed")
    assert product.calls_of("/after")[0]["DialBridged"] == "false"
    assert phones.events("bridged") == []


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        ({"call": "busy"}, "busy"),
        ({"call": "ignore", "ring_seconds": 0.05}, "no-answer"),
        ({"call": "unreachable"}, "failed"),
    ],
)
def test_the_engineer_hears_why_the_customer_was_not_reached(
    phones: Telephones, product: Product, call: Call, behaviour: dict[str, Any], status: str
) -> None:
    bridge(product, WHISPER)
    phones["Marta"].set(**behaviour)
    call(NUMBERS["Ana"])
    phones["Ana"].answer_call().hears(f"resultado {status}").ends("completed")


def test_the_customers_telephone_stops_ringing_when_the_engineer_hangs_up(
    phones: Telephones, product: Product, call: Call
) -> None:
    bridge(product, WHISPER)
    call(NUMBERS["Ana"])
    ana = phones["Ana"].answer_call()
    marta = phones["Marta"].rings()
    ana.hang_up().ends("completed")
    marta.ends("canceled")


def test_both_are_disconnected_when_the_engineer_hangs_up(phones: Telephones, product: Product, call: Call) -> None:
    bridge(product, "")
    call(NUMBERS["Ana"])
    ana = phones["Ana"].answer_call()
    marta = phones["Marta"].answer_call().is_bridged()
    ana.hang_up()
    marta.ends("completed")
    ana.ends("completed")


def test_the_first_contact_to_answer_silences_the_other(phones: Telephones, product: Product, call: Call) -> None:
    product.answers |= {
        "/voice": '<Dial action="/after"><Number>+34611000001</Number><Number>+34611000002</Number></Dial>',
        "/after": lambda form: f"<Say>{form['DialCallStatus']}</Say>",
    }
    call(NUMBERS["Ana"])
    ana = phones["Ana"].answer_call()
    marta, luis = phones["Marta"].rings(), phones["Luis"].rings()
    luis.answer().is_bridged()
    marta.ends("canceled")
    luis.hang_up()
    ana.hears("completed")


# Voicemail


def test_an_answering_machine_is_detected_while_the_prompt_plays(
    phones: Telephones, product: Product, call: Call
) -> None:
    product.answers["/voice"] = MENU
    phones["Ana"].set(call="voicemail", answer_seconds=0)
    call(
        NUMBERS["Ana"],
        machine_detection="Enable",
        async_amd="true",
        async_amd_status_callback=product.url("/machine"),
    )
    phones.wait_for("the verdict", lambda event: event["type"] == "webhook" and event["kind"] == "detection")
    assert product.calls_of("/machine")[0]["AnsweredBy"] == "machine_start"


def test_synchronous_detection_says_who_answered_before_the_first_word(
    phones: Telephones, product: Product, call: Call
) -> None:
    product.answers["/voice"] = MENU
    call(NUMBERS["Ana"], machine_detection="Enable")
    phones["Ana"].answer_call().hears("pulse 4")
    assert product.calls_of("/voice")[0]["AnsweredBy"] == "human"


def test_voicemail_presses_no_key(phones: Telephones, product: Product, call: Call) -> None:
    product.answers["/voice"] = MENU
    phones["Ana"].set(call="voicemail", answer_seconds=0, keys=["4"])
    call(NUMBERS["Ana"])
    phones["Ana"].rings().ends("completed")
    assert product.calls_of("/key")[0]["Digits"] == ""


# When the product fails


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (500, 11200),
        (204, 12100),
        ("<Sing/>", 12200),
        ("<Say>", 12100),
        (f"<Say>{'x' * 70000}</Say>", 11750),
        ("<Redirect>/voice</Redirect>", 11215),
    ],
)
def test_instructions_that_cannot_be_played_end_the_call_with_an_apology(
    phones: Telephones, product: Product, call: Call, answer: str | int, code: int
) -> None:
    product.answers["/voice"] = answer
    call(NUMBERS["Ana"])
    conversation = phones["Ana"].answer_call().hears("application error").ends("completed")
    assert conversation.wait("error")["code"] == code


def test_the_fallback_url_takes_over(phones: Telephones, product: Product, call: Call) -> None:
    product.answers |= {"/voice": 500, "/fallback": "<Say>Sistema degradado.</Say>"}
    call(NUMBERS["Ana"], fallback_url=product.url("/fallback"))
    phones["Ana"].answer_call().hears("sistema degradado").ends("completed")
    assert product.calls_of("/fallback")[0]["ErrorCode"] == "11200"


def test_a_failed_callback_comes_again_with_the_same_token_when_the_url_asks_for_it(
    phones: Telephones, product: Product, call: Call
) -> None:
    product.answers["/status"] = lambda form: 503 if len(product.calls_of("/status")) < 3 else 204
    phones["Ana"].set(call="busy")
    call(
        NUMBERS["Ana"],
        status_callback=product.url("/status#rc=3&rp=5xx"),
        status_callback_event=["completed"],
    )
    phones.wait_for("the third attempt", lambda event: event["type"] == "webhook" and event["attempt"] == 2)
    assert product.statuses() == ["busy"] * 3
    assert len({one.token for one in product.received}) == 1
    assert all(one.signed for one in product.received)


def test_without_asking_a_failed_callback_is_lost(phones: Telephones, product: Product, call: Call) -> None:
    product.answers["/status"] = 503
    phones["Ana"].set(call="busy")
    placed = call(NUMBERS["Ana"])
    phones.wait_for("the last callback", last_callback_of(placed.sid))
    assert product.statuses() == ["initiated", "busy"]


# The other way round


def test_a_telephone_calls_the_service_and_is_answered(phones: Telephones, product: Product) -> None:
    product.answers |= {"/inbound": MENU, "/key": "<Say>Gracias.</Say>"}
    phones["Ana"].call().hears("pulse 4").press("4").hears("gracias").ends("completed")
    form = product.calls_of("/inbound")[0]
    assert (form["From"], form["To"], form["Direction"]) == (NUMBERS["Ana"], OUR_NUMBER, "inbound")
    assert form["CallStatus"] == "ringing"


def test_a_rejected_caller_is_never_answered(phones: Telephones, product: Product) -> None:
    product.answers["/inbound"] = '<Reject reason="busy"/>'
    phones.act("POST", "/_sim/phones/%2B34600000001/call", {})
    ended = phones.wait_for("the end", lambda event: event["type"] == "ended")
    assert ended["status"] == "busy"
    assert phones.events("answered") == []


def test_thirty_calls_at_once_all_reach_their_end(phones: Telephones, product: Product, call: Call) -> None:
    product.answers |= {"/voice": MENU, "/key": "<Hangup/>"}
    numbers = [f"+346990000{place:02}" for place in range(30)]
    for number in numbers:
        phones[number].set(call="answer", answer_seconds=0, keys=["4"])
    callers = [threading.Thread(target=call, args=(number,)) for number in numbers]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    for number in numbers:
        phones[number].rings().ends("completed")
    assert sorted(form["To"] for form in product.calls_of("/key")) == numbers


def last_callback_of(sid: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: (
        event["type"] == "webhook"
        and event["kind"] == "call-status"
        and event["sid"] == sid
        and "CallDuration" in event["params"]
    )
