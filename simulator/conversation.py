"""Plays TwiML into one leg of a call: speaks, listens for keys, dials on, follows redirects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from simulator.courier import Answer, Webhook
from simulator.forms import voice_form
from simulator.resources import Call, Ending, Instructions
from simulator.twiml import (
    BadTwiml,
    Dial,
    Document,
    Gather,
    Hangup,
    Pause,
    Play,
    Redirect,
    Reject,
    Reply,
    Say,
    Verb,
    parse,
)

if TYPE_CHECKING:
    from simulator.calls import Calls

MAX_REDIRECTS = 20
APOLOGY = "We are sorry, an application error has occurred. Goodbye."
_XML_TYPES = {"text/xml", "application/xml", "text/html", "application/xhtml+xml"}


class CallOver(Exception):
    """The leg is to end now."""


class Redirected(Exception):
    """The product gave the call new instructions."""

    def __init__(self, instructions: Instructions) -> None:
        super().__init__("new instructions")
        self.instructions = instructions


class CannotPlay(Exception):
    def __init__(self, code: int, message: str, url: str = "") -> None:
        super().__init__(message)
        self.code, self.url = code, url


@dataclass(frozen=True)
class Page:
    document: Document
    url: str | None
    """None: the TwiML came with the call itself, and relative urls lead nowhere."""


@dataclass(frozen=True)
class Next:
    """Where the talk goes on."""

    url: str
    method: str
    extra: Mapping[str, str] = field(default_factory=dict)
    redirect: bool = False


@dataclass(frozen=True)
class Gathered:
    digits: str
    finished_on: str = ""


def gathered(keys: str, num_digits: int | None, finish_on_key: str) -> Gathered | None:
    """What a <Gather> has after `keys`; None while it wants more. The key that finishes is not part of the digits."""
    for place, key in enumerate(keys):
        if key in finish_on_key:
            return Gathered(keys[:place], key)
        if num_digits is not None and place + 1 == num_digits:
            return Gathered(keys[: place + 1])
    return None


def dial_outcome(legs: Sequence[Call]) -> dict[str, str]:
    """DialCallStatus and its companions. A party who picked up but was never connected (the whisper hung up) counts
    as no-answer, as in Twilio's call screening."""
    if not legs:
        return {"DialCallStatus": "failed", "DialBridged": "false"}
    leg = next((leg for leg in legs if leg.answered_at is not None), legs[-1])
    answered = leg.answered_at is not None
    status = "completed" if leg.was_bridged else "no-answer" if answered else leg.status
    return {
        "DialCallSid": leg.sid,
        "DialCallStatus": status,
        "DialCallDuration": str(leg.duration_seconds),
        "DialBridged": str(leg.was_bridged).lower(),
    }


class Conversation:
    def __init__(self, calls: Calls, call: Call, instructions: Instructions) -> None:
        self._calls, self._call, self._instructions = calls, call, instructions
        self._config = calls.switch.config

    def play(self) -> None:
        """Until the instructions run out. Raises CallOver when they hang up, or cannot be played."""
        try:
            self._play_from(self._first)
            return
        except CannotPlay as failed:
            problem = failed
        self._tell_problem(problem)
        if self._instructions.fallback_url:
            try:
                self._play_from(lambda: self._fallback(problem))
                return
            except CannotPlay as again:
                self._tell_problem(again)
        self._speak(Say(APOLOGY, language="en-US"))
        self._hang_up()

    def _play_from(self, first: Callable[[], Page]) -> None:
        page, redirects = first(), 0
        while (following := self._perform(page)) is not None:
            redirects = redirects + 1 if following.redirect else 0
            if redirects > MAX_REDIRECTS:
                raise CannotPlay(11215, f"more than {MAX_REDIRECTS} redirects in a row", following.url)
            page = self._load(following)

    def _first(self) -> Page:
        wanted = self._instructions
        if wanted.twiml is not None:
            return Page(self._read(wanted.twiml, ""), None)
        return self._load(Next(wanted.url or "", wanted.method))

    def _fallback(self, problem: CannotPlay) -> Page:
        extra = {"ErrorCode": str(problem.code), "ErrorUrl": problem.url}
        return self._load(Next(self._instructions.fallback_url or "", self._instructions.fallback_method, extra))

    def _tell_problem(self, problem: CannotPlay) -> None:
        self._note("error", code=problem.code, message=str(problem), url=problem.url)

    def _load(self, where: Next) -> Page:
        form = {**voice_form(self._call), **where.extra}
        webhook = Webhook("voice", self._call.sid, where.url, form, where.method, status=self._call.status)
        answer = self._calls.switch.courier.fetch(webhook)
        return Page(self._read(_playable(answer, where.url), where.url), where.url)

    def _read(self, xml: str, url: str) -> Document:
        try:
            return parse(xml)
        except BadTwiml as bad:
            raise CannotPlay(bad.code, str(bad), url) from None

    def _perform(self, page: Page) -> Next | None:
        """The verbs in turn; None when the last one is done."""
        for warning in page.document.warnings:
            self._note("warning", code=12200, message=warning, url=page.url)
        for verb in page.document.verbs:
            # Whoever hung up, or changed the plan, while the instructions were on their way is heard first.
            self._calls.check(self._call)
            if self._call.status == "ringing" and not isinstance(verb, Reject):
                self._calls.mark_answered(self._call)
            following = self._do(verb, page)
            if following is not None:
                return following
        return None

    def _do(self, verb: Verb, page: Page) -> Next | None:
        match verb:
            case Say():
                self._speak(verb)
            case Play():
                self._note("played", url=verb.url, digits=verb.digits)
            case Pause():
                self._calls.wait(self._call, verb.seconds * self._config.pause_factor)
            case Gather():
                return self._gather(verb, page)
            case Redirect():
                self._note("redirect", url=verb.url)
                return Next(_resolved(page, verb.url), verb.method, redirect=True)
            case Dial():
                return self._dial(verb, page)
            case Reject():
                self._calls.end(self._call, Ending("busy" if verb.reason == "busy" else "no-answer", 486))
                raise CallOver
            case Hangup():
                self._hang_up()
            case Reply():
                raise CannotPlay(12200, "<Message> does not belong in a call", page.url or "")
        return None

    def _speak(self, say: Say) -> None:
        """A key pressed in a <Gather> stops the speech; what was already begun stays in the transcript."""
        call = self._call
        for _ in range(max(say.loop, 1)):
            with self._calls.switch.lock:
                call.transcript.append(say.text)
                call.languages.append(say.language)
                self._note("said", text=say.text, language=say.language, voice=say.voice)
            seconds = len(say.text.split()) * self._config.speech_seconds_per_word
            if self._calls.wait(call, seconds, until=lambda: bool(call.keys)):
                return

    def _gather(self, verb: Gather, page: Page) -> Next | None:
        result = self._keys_of(verb)
        self._note("gather_ended", digits=result.digits)
        if not result.digits and not verb.action_on_empty_result:
            return None
        extra = {"Digits": result.digits, "FinishedOnKey": result.finished_on, "msg": "Gather End"}
        return Next(_resolved(page, verb.action), verb.method, extra)

    def _keys_of(self, verb: Gather) -> Gathered:
        call = self._call
        with self._calls.switch.lock:
            call.keys, call.listening, call.prompts = "", True, call.prompts + 1
            self._note("gather", num_digits=verb.num_digits, prompt=call.prompts)
        try:
            self._prompt(verb)
            return self._listen(verb)
        finally:
            with self._calls.switch.lock:
                call.listening, call.keys = False, ""

    def _prompt(self, verb: Gather) -> None:
        call = self._call
        for prompt in verb.prompts:
            if call.keys:
                return
            match prompt:
                case Say():
                    self._speak(prompt)
                case Pause():
                    seconds = prompt.seconds * self._config.pause_factor
                    self._calls.wait(call, seconds, until=lambda: bool(call.keys))
                case Play():
                    self._note("played", url=prompt.url)

    def _listen(self, verb: Gather) -> Gathered:
        call = self._call
        self._note("gather_waiting", prompt=call.prompts)
        self._calls.press_as_scripted(call)
        seconds = verb.seconds * self._config.pause_factor
        heard = call.keys
        while (done := gathered(heard, verb.num_digits, verb.finish_on_key)) is None:
            if not self._calls.wait(call, seconds, until=partial(_more_keys, call, heard)):
                return Gathered(heard)
            heard = call.keys
        return done

    def _dial(self, verb: Dial, page: Page) -> Next | None:
        self._note("dial", numbers=[number.number for number in verb.numbers])
        legs = self._calls.dial(self._call, verb, lambda url: _resolved(page, url))
        try:
            self._calls.wait(self._call, None, until=lambda: all(leg.finished for leg in legs))
        finally:
            for leg in legs:
                self._calls.hang_up_leg(leg)
            self._call.bridged_with = None
        outcome = dial_outcome(legs)
        self._note("dial_ended", status=outcome["DialCallStatus"])
        return Next(_resolved(page, verb.action), verb.method, outcome) if verb.action else None

    def _hang_up(self) -> None:
        self._calls.end(self._call, Ending("completed", 200))
        raise CallOver

    def _note(self, kind: str, **fields: object) -> None:
        self._calls.note(self._call, kind, **fields)


def _more_keys(call: Call, heard: str) -> bool:
    return call.keys != heard


def _playable(answer: Answer, url: str) -> str:
    if answer.outcome == "size":
        raise CannotPlay(11750, "the TwiML is longer than 64 KB", url)
    if answer.outcome != "2xx":
        raise CannotPlay(11200, f"no TwiML: {answer.status or answer.outcome}", url)
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind not in _XML_TYPES:
        raise CannotPlay(12300, f"{kind or 'no content type'} is not TwiML; allowed: text/xml", url)
    return answer.body


def _resolved(page: Page, url: str) -> str:
    whole = urljoin(page.url or "", url)
    if not urlsplit(whole).netloc:
        raise CannotPlay(11100, f"{url!r} is relative, and the document has no url of its own")
    return whole
