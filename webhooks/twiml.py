"""What we answer a telephone call with: TwiML documents, built with the carrier's own objects so that no text
of anybody's can become an instruction. https://www.twilio.com/docs/voice/twiml

Every function returns the XML text; addresses are our own callback URLs.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from twilio.twiml.voice_response import Dial, Gather, Say, VoiceResponse

from alerting.notifications.wording import Language

# language and voice; a pair that does not belong together makes the carrier fail the whole document.
VOICES: Mapping[Language, tuple[str, str]] = {
    "es": ("es-ES", "Polly.Lucia-Neural"),
    "en": ("en-GB", "Polly.Amy-Neural"),
}
CONTENT_TYPE = "text/xml"
KEY_SECONDS = 8
RING_SECONDS = 25  # voicemail answers later than this
BRIDGE_SECONDS = 3600
MOMENT_SECONDS = 3
PACE = "90%"  # of the voice's own: who hears it was asleep a moment ago
SAID = 1000  # characters of one Say; each customer text inside it has its own smaller limit


def gather(says: Sequence[str], language: Language, action_url: str) -> str:
    """Say it all and wait for one key; the first key stops the speech. Silence is posted to `action_url` too."""
    response = VoiceResponse()
    response.append(_listening(says, language, action_url))
    return str(response)


def gather_digits(says: Sequence[str], language: Language, action_url: str, most: int) -> str:
    """Say it all and wait for up to `most` digits; # ends them."""
    response = VoiceResponse()
    response.append(_listening(says, language, action_url, num_digits=most, finish_on_key="#"))
    return str(response)


def say_and_hang_up(says: Sequence[str], language: Language) -> str:
    response = VoiceResponse()
    _say(response, says, language)
    response.hangup()
    return str(response)


def redirect_after_pause(says: Sequence[str], language: Language, url: str) -> str:
    """Ask for a moment and look again: for when our own database or queue does not answer."""
    response = VoiceResponse()
    _say(response, says, language)
    response.pause(length=MOMENT_SECONDS)
    response.redirect(url, method="POST")
    return str(response)


def dial_customer(
    says: Sequence[str],
    language: Language,
    numbers: Sequence[str],
    caller_id: str,
    whisper_url: str,
    action_url: str,
    status_url: str,
) -> str:
    """Connect this call to the customer. `numbers` ring at once and the first to pick up hears the whisper;
    nothing is recorded. `caller_id` is a geographic number of ours: mobile ones are blocked for this use."""
    response = VoiceResponse()
    _say(response, says, language)
    dial = Dial(
        answer_on_bridge=True,
        timeout=RING_SECONDS,
        time_limit=BRIDGE_SECONDS,
        caller_id=caller_id,
        action=action_url,
        method="POST",
    )
    for number in numbers:
        dial.number(
            number,
            url=whisper_url,
            method="POST",
            status_callback=status_url,
            status_callback_event="initiated ringing answered completed",
            status_callback_method="POST",
        )
    response.append(dial)
    return str(response)


def dial(
    says: Sequence[str], language: Language, number: str, caller_id: str, whisper_url: str, action_url: str
) -> str:
    """Connect a caller to one of ours, who hears the whisper first; nothing is recorded."""
    response = VoiceResponse()
    _say(response, says, language)
    one = Dial(
        answer_on_bridge=True,
        timeout=RING_SECONDS,
        time_limit=BRIDGE_SECONDS,
        caller_id=caller_id,
        action=action_url,
        method="POST",
    )
    one.number(number, url=whisper_url, method="POST")
    response.append(one)
    return str(response)


def whisper(says: Sequence[str], language: Language, action_url: str) -> str:
    """To the customer before they are connected; the key that comes back decides, so a machine is not."""
    return gather(says, language, action_url)


def connect() -> str:
    """End of the whisper: nothing more to say, and the two parties hear each other."""
    return str(VoiceResponse())


def _listening(
    says: Sequence[str], language: Language, action_url: str, num_digits: int = 1, finish_on_key: str = ""
) -> Any:
    listening = Gather(
        input="dtmf",
        num_digits=num_digits,
        timeout=KEY_SECONDS,
        finish_on_key=finish_on_key,  # with one digit "": otherwise # is swallowed and looks like silence
        action=action_url,
        method="POST",
        action_on_empty_result=True,  # otherwise silence ends the call after one reading
    )
    _say(listening, says, language)
    return listening


def _say(parent: Any, says: Sequence[str], language: Language) -> None:
    locale, voice = VOICES[language]
    for text in says:
        say = Say(language=locale, voice=voice)
        say.prosody(plain(text), rate=PACE)
        parent.append(say)


def plain(text: str) -> str:
    """`text` as XML 1.0 may carry it: without control, surrogate, private or unassigned characters."""
    kept = (" " if c.isspace() else c for c in text)
    visible = "".join(c for c in kept if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return " ".join(visible.split())[:SAID]
