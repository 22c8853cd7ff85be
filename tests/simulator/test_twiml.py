import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import Gather as SdkGather
from twilio.twiml.voice_response import VoiceResponse

from simulator.twiml import (
    BadTwiml,
    Dial,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Redirect,
    Reject,
    Reply,
    Say,
    Verb,
    parse,
)


@pytest.mark.parametrize(
    ("inside", "verb"),
    [
        ("<Say>Hola</Say>", Say("Hola")),
        ('<Say language="es-ES" voice="Polly.Lucia-Neural">Hola</Say>', Say("Hola", "es-ES", "Polly.Lucia-Neural")),
        (
            '<Say>Ticket <say-as interpret-as="digits">0048213</say-as><break time="1s"/>'
            'de <prosody rate="slow">Hotel\n Sol</prosody>.</Say>',
            Say("Ticket 0048213 de Hotel Sol."),
        ),
        ("<Say>A &lt;Dial&gt; &amp; B</Say>", Say("A <Dial> & B")),
        ("<Play>tono.mp3</Play>", Play("tono.mp3")),
        ("<Pause/>", Pause(1)),
        ('<Pause length="3"/>', Pause(3)),
        ("<Gather/>", Gather(())),
        (
            '<Gather input="dtmf" numDigits="1" timeout="8" finishOnKey="" action="/k" actionOnEmptyResult="true">'
            "<Say>Pulse 4</Say><Pause/></Gather>",
            Gather((Say("Pulse 4"), Pause(1)), "/k", "POST", 1, 8, "", True),
        ),
        ('<Redirect method="GET">/otra</Redirect>', Redirect("/otra", "GET")),
        ("<Hangup/>", Hangup()),
        ('<Reject reason="busy"/>', Reject("busy")),
        ("<Dial>+34611000001</Dial>", Dial((Number("+34611000001"),))),
        (
            '<Dial answerOnBridge="true" timeout="25" callerId="+34910000001" action="/fin" timeLimit="600">'
            '<Number url="/susurro" statusCallback="/s" statusCallbackEvent="ringing answered">'
            "+34611000001</Number></Dial>",
            Dial(
                (Number("+34611000001", "/susurro", "POST", "/s", "POST", frozenset({"ringing", "answered"})),),
                "/fin",
                "POST",
                25,
                600,
                "+34910000001",
                True,
            ),
        ),
        ("<Message>Gracias</Message>", Reply("Gracias")),
        ("<Message><Body>Gracias</Body></Message>", Reply("Gracias")),
    ],
)
def test_every_verb_is_read_as_twilio_plays_it(inside: str, verb: Verb) -> None:
    document = parse(f"<Response>{inside}</Response>")
    assert document.verbs == (verb,)
    assert document.warnings == ()


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ("", 12100),
        ("hola", 12100),
        ("<Response>", 12100),
        ("<Respuesta/>", 12100),
        ('<!DOCTYPE x [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>', 12100),
        ("<Response><Sing>la</Sing></Response>", 12200),
        ("<Response><Record/></Response>", 12200),
        ("<Response><Gather><Dial>1</Dial></Gather></Response>", 12200),
        ("<Response><Dial><Conference>c</Conference></Dial></Response>", 12200),
    ],
)
def test_what_cannot_be_played_says_so_in_twilios_numbers(xml: str, code: int) -> None:
    with pytest.raises(BadTwiml) as raised:
        parse(xml)
    assert raised.value.code == code


def test_a_misspelt_attribute_is_a_warning() -> None:
    document = parse('<Response><Gather numDigit="1" timeout="x"/></Response>')
    assert document.warnings[0].startswith("<Gather> has no attribute 'numDigit'; known: ")
    assert document.warnings[1] == "timeout='x' is not a whole number"


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=80))
def test_whatever_the_sdk_writes_is_heard_as_written(text: str) -> None:
    response = VoiceResponse()
    gather = SdkGather(
        input="dtmf", num_digits=1, timeout=8, finish_on_key="", action="/k", action_on_empty_result=True
    )
    gather.say(text, language="es-ES", voice="Polly.Lucia-Neural")
    response.append(gather)
    [verb] = parse(str(response)).verbs
    assert isinstance(verb, Gather)
    assert verb.prompts == (Say(" ".join(text.split()), "es-ES", "Polly.Lucia-Neural"),)
