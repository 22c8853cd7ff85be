"""TwiML as values: a pure reader of the verbs this network can play."""

# The documents come from the product on this machine; a DTD, the way to make a parser explode, is refused unread.
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from dataclasses import dataclass


class BadTwiml(ValueError):
    """The document cannot be played; `code` as in Twilio's debugger."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Say:
    text: str
    """What is heard: SSML flattened, white space collapsed."""
    language: str = ""
    voice: str = ""
    loop: int = 1


@dataclass(frozen=True)
class Play:
    url: str
    digits: str = ""


@dataclass(frozen=True)
class Pause:
    seconds: float = 1


@dataclass(frozen=True)
class Gather:
    prompts: "tuple[Say | Play | Pause, ...]"
    action: str = ""
    """Empty: the document's own url."""
    method: str = "POST"
    num_digits: int | None = None
    seconds: float = 5
    """Of silence, after the prompt and after each key."""
    finish_on_key: str = "#"
    action_on_empty_result: bool = False


@dataclass(frozen=True)
class Redirect:
    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Reject:
    reason: str = "rejected"


@dataclass(frozen=True)
class Number:
    number: str
    url: str = ""
    """Played to the called party before the two are connected."""
    method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    status_callback_events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True)
class Dial:
    numbers: tuple[Number, ...]
    action: str = ""
    method: str = "POST"
    ring_seconds: float = 30
    time_limit_seconds: float = 14400
    caller_id: str = ""
    answer_on_bridge: bool = False


@dataclass(frozen=True)
class Reply:
    """<Message> in the answer to an inbound SMS."""

    body: str
    to: str = ""
    status_callback: str = ""


Verb = Say | Play | Pause | Gather | Redirect | Hangup | Reject | Dial | Reply


@dataclass(frozen=True)
class Document:
    verbs: tuple[Verb, ...]
    warnings: tuple[str, ...] = ()
    """What Twilio's debugger would list as 12200 and play all the same."""


def parse(xml: str) -> Document:
    """Raises BadTwiml: 12100 when it is no XML or no <Response>, 12200 for a verb unknown here."""
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise BadTwiml(12100, "a TwiML document has no DTD")
    try:
        root = ElementTree.fromstring(xml.encode())  # noqa: S314 - see the import
    except ElementTree.ParseError as error:
        raise BadTwiml(12100, f"not well-formed XML: {error}") from None
    if root.tag != "Response":
        raise BadTwiml(12100, f"the root of a TwiML document is <Response>, not <{root.tag}>")
    warnings: list[str] = []
    return Document(tuple(_verb(element, warnings) for element in root), tuple(warnings))


def _verb(element: ElementTree.Element, warnings: list[str]) -> Verb:
    if element.tag not in _READERS:
        raise BadTwiml(12200, f"<{element.tag}> is not a verb known here; known: {', '.join(_READERS)}")
    return _READERS[element.tag](_attributes(element, warnings), element, warnings)


def _attributes(element: ElementTree.Element, warnings: list[str]) -> Mapping[str, str]:
    known = _ATTRIBUTES[element.tag]
    warnings.extend(
        f"<{element.tag}> has no attribute {name!r}; known: {', '.join(sorted(known))}"
        for name in element.attrib
        if name not in known
    )
    return element.attrib


def _say(given: Mapping[str, str], element: ElementTree.Element, warnings: list[str]) -> Say:
    return Say(
        text=_flat(element),
        language=given.get("language", ""),
        voice=given.get("voice", ""),
        loop=_integer(given, "loop", 1, warnings),
    )


def _play(given: Mapping[str, str], element: ElementTree.Element, warnings: list[str]) -> Play:
    return Play(url=(element.text or "").strip(), digits=given.get("digits", ""))


def _pause(given: Mapping[str, str], element: ElementTree.Element, warnings: list[str]) -> Pause:
    return Pause(seconds=_integer(given, "length", 1, warnings))


def _gather(given: Mapping[str, str], element: ElementTree.Element, warnings: list[str]) -> Gather:
    prompts = [_verb(child, warnings) for child in element]
    for prompt in prompts:
        if not isinstance(prompt, Say | Play | Pause):
            raise BadTwiml(12200, f"<{type(prompt).__name__}> cannot stand in <Gather>")
    if "dtmf" not in given.get("input", "dtmf").split():
        warnings.append("<Gather> without dtmf: nobody here understands speech")
    return Gather(
        prompts=tuple(prompt for prompt in prompts if isinstance(prompt, Say | Play | Pause)),
        action=given.get("action", ""),
        method=given.get("method", "POST").upper(),
        num_digits=_integer(given, "numDigits", 0, warnings) or None,
        seconds=_integer(given, "timeout", 5, warnings),
        finish_on_key=given.get("finishOnKey", "#"),
        action_on_empty_result=_truth(given, "actionOnEmptyResult"),
    )


def _redirect(given: Mapping[str, str], element: ElementTree.Element, warnings: list[str]) -> Redirect:
    return Redirect(url=(element.text or "").strip(), method=given.get("method", "POST").upper())


def _hangup(given: Mapping[str, str], element: ElementTree.Element, warnings: list[str]) -> Hangup:
    return Hangup()


def _reject(given: Mapping[str, str], element: ElementTree.Element, warnings: list[str]) -> Reject:
    return Reject(reason=given.get("reason", "rejected"))


def _dial(given: Mapping[str, str], element: ElementTree.Element, warnings: list[str]) -> Dial:
    plain = (element.text or "").strip()
    for child in element:
        if child.tag != "Number":
            raise BadTwiml(12200, f"<{child.tag}> in <Dial> is not known here; known: Number")
    numbers = [_number(_attributes(child, warnings), child) for child in element]
    return Dial(
        numbers=tuple([Number(number=plain)] if plain and not numbers else numbers),
        action=given.get("action", ""),
        method=given.get("method", "POST").upper(),
        ring_seconds=_integer(given, "timeout", 30, warnings),
        time_limit_seconds=_integer(given, "timeLimit", 14400, warnings),
        caller_id=given.get("callerId", ""),
        answer_on_bridge=_truth(given, "answerOnBridge"),
    )


def _number(given: Mapping[str, str], element: ElementTree.Element) -> Number:
    return Number(
        number=(element.text or "").strip(),
        url=given.get("url", ""),
        method=given.get("method", "POST").upper(),
        status_callback=given.get("statusCallback", ""),
        status_callback_method=given.get("statusCallbackMethod", "POST").upper(),
        status_callback_events=frozenset(given.get("statusCallbackEvent", "completed").split()),
    )


def _message(given: Mapping[str, str], element: ElementTree.Element, warnings: list[str]) -> Reply:
    body = element.find("Body")
    return Reply(
        body=_flat(element if body is None else body),
        to=given.get("to", ""),
        status_callback=given.get("statusCallback", ""),
    )


def _flat(element: ElementTree.Element) -> str:
    """All text inside, tags dropped; a <break/> separates words."""
    for child in element.iter("break"):
        child.text = " "
    return " ".join("".join(element.itertext()).split())


def _integer(given: Mapping[str, str], name: str, default: int, warnings: list[str]) -> int:
    text = given.get(name, "")
    if text and text != "auto" and not text.isdigit():
        warnings.append(f"{name}={text!r} is not a whole number")
    return int(text) if text.isdigit() else default


def _truth(given: Mapping[str, str], name: str) -> bool:
    return given.get(name, "").lower() == "true"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_READERS: dict[str, Callable[[Mapping[str, str], ElementTree.Element, list[str]], Verb]] = {
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Gather": _gather,
    "Redirect": _redirect,
    "Hangup": _hangup,
    "Reject": _reject,
    "Dial": _dial,
    "Message": _message,
}

_ATTRIBUTES: dict[str, frozenset[str]] = {
    "Say": frozenset({"voice", "language", "loop"}),
    "Play": frozenset({"loop", "digits"}),
    "Pause": frozenset({"length"}),
    "Gather": _names(
        "input action method timeout speechTimeout maxSpeechTime profanityFilter finishOnKey numDigits "
        "partialResultCallback partialResultCallbackMethod language hints bargeIn debug actionOnEmptyResult "
        "speechModel enhanced"
    ),
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset(),
    "Reject": frozenset({"reason"}),
    "Dial": _names(
        "action method timeout hangupOnStar timeLimit callerId record trim recordingStatusCallback "
        "recordingStatusCallbackMethod recordingStatusCallbackEvent answerOnBridge ringTone recordingTrack "
        "sequential referUrl referMethod"
    ),
    "Number": _names(
        "sendDigits url method statusCallbackEvent statusCallback statusCallbackMethod byoc machineDetection "
        "amdStatusCallback amdStatusCallbackMethod machineDetectionTimeout"
    ),
    "Message": frozenset({"to", "from", "action", "method", "statusCallback"}),
}
