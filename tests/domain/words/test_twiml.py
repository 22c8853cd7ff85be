"""The documents that answer a call."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.notifications.spoken import Details, Greeting, spoken
from alerting.notifications.wording import LANGUAGES, Language
from tests.domain.words.samples import PROVIDER, REF
from webhooks import twiml

INJECTIONS = [
    "</Say><Dial>+34900000000</Dial><Say>",
    "<prosody rate='x-fast'>corre</prosody>",
    "]]> <![CDATA[ <Hangup/> ]]>",
    "&lt;Redirect&gt;&#60;Hangup/&#62;",
    '"><Play>http://evil.example/a.mp3</Play>',
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]>&a;",
    "\x00\x08\x1b[2J\ud800\ufffe\uffff\u202e",
]


def verbs(document: str) -> list[str]:
    """Of the document; how the voice reads is in `prosody`."""
    tags = [element.tag for element in ET.fromstring(document).iter()]
    assert tags.count("prosody") == tags.count("Say")
    return [tag for tag in tags if tag != "prosody"]


def test_a_menu_waits_for_one_key_and_hears_silence_too() -> None:
    document = ET.fromstring(twiml.gather(["Aviso urgente.", "Pulse 4."], "es", "/webhooks/twilio/voice/tok?s=m00"))
    listening = document[0]
    assert listening.attrib == {
        "input": "dtmf",
        "numDigits": "1",
        "timeout": "8",
        "finishOnKey": "",
        "action": "/webhooks/twilio/voice/tok?s=m00",
        "method": "POST",
        "actionOnEmptyResult": "true",
    }
    assert ["".join(say.itertext()) for say in listening] == ["Aviso urgente.", "Pulse 4."]
    assert [say[0].attrib for say in listening] == [{"rate": "90%"}] * 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_own_voice(language: Language) -> None:
    say = ET.fromstring(twiml.say_and_hang_up(["Hola"], language))[0]
    assert (say.get("language"), say.get("voice")) == {
        "es": ("es-ES", "Polly.Lucia-Neural"),
        "en": ("en-GB", "Polly.Amy-Neural"),
    }[language]


def test_the_last_words_are_followed_by_hanging_up() -> None:
    assert verbs(twiml.say_and_hang_up(["Adiós."], "es")) == ["Response", "Say", "Hangup"]


def test_one_moment_pauses_and_looks_again() -> None:
    document = twiml.redirect_after_pause(["Un momento, por favor."], "es", "/again")
    assert verbs(document) == ["Response", "Say", "Pause", "Redirect"]
    assert ET.fromstring(document)[2].text == "/again"


def test_the_customer_is_dialled_with_a_whisper_and_nothing_is_recorded() -> None:
    document = twiml.dial_customer(
        ["Llamando."], "es", ["+34611000001", "+34611000002"], "+34910000001", "/whisper", "/after", "/status"
    )
    dial = ET.fromstring(document)[1]
    assert dial.attrib == {
        "answerOnBridge": "true",
        "timeout": "25",
        "timeLimit": "3600",
        "callerId": "+34910000001",
        "action": "/after",
        "method": "POST",
    }
    assert [(n.text, n.get("url"), n.get("statusCallback")) for n in dial] == [
        ("+34611000001", "/whisper", "/status"),
        ("+34611000002", "/whisper", "/status"),
    ]
    assert "ecord" not in document


def test_the_whisper_waits_for_a_key_and_connecting_says_nothing_more() -> None:
    assert verbs(twiml.whisper(["Pulse 1."], "es", "/whispered")) == ["Response", "Gather", "Say"]
    assert verbs(twiml.connect()) == ["Response"]


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customers_words_are_said_and_never_obeyed(text: str, language: Language) -> None:
    says = [
        spoken(Greeting(person=text, customer=text, plan=text, reference=REF), language, PROVIDER),
        spoken(Details(customer=text, priority="P1", symptoms=text, instructions=text), language, PROVIDER),
        text,
    ]
    assert verbs(twiml.gather(says, language, "/x")) == ["Response", "Gather", "Say", "Say", "Say"]
    assert verbs(twiml.say_and_hang_up(says, language)) == ["Response", "Say", "Say", "Say", "Hangup"]


@given(st.text(alphabet=st.characters(), max_size=3000))
def test_any_text_gives_a_well_formed_document_of_bounded_size(text: str) -> None:
    document = twiml.say_and_hang_up([text], "es")
    assert verbs(document) == ["Response", "Say", "Hangup"]
    assert len("".join(ET.fromstring(document)[0].itertext())) <= 1000
