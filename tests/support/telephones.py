"""The telephones of the example world, as tests use them: `phones["Ana"].answer_call().hears("Hotel Sol").press("4")`.

They wait on the simulator's event log and never sleep. What a telephone got and no test line expected stays
*unexpected*; `close()` fails the test when a strict telephone has any.
"""

import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import quote

import requests

NUMBERS: Mapping[str, str] = {
    "Ana": "+34600000001",
    "Borja": "+34600000002",
    "Carol": "+34600000003",
    "Clara": "+34600000009",
    "Marta": "+34611000001",
    "Luis": "+34611000002",
    "Jon": "+34611000003",
}
PATIENCE_SECONDS = 10.0
Event = dict[str, Any]


@dataclass(frozen=True)
class Sms:
    body: str
    sender: str
    sid: str


class Telephones:
    """All telephones of one simulator. Use as a context manager, or call `close()` at the end of the test."""

    def __init__(self, base_url: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.base_url = base_url.rstrip("/")
        self.patience_seconds = patience_seconds
        self._session = requests.Session()
        self._session.trust_env = False
        self._polling = threading.Lock()
        self._events: list[Event] = []
        self._expected: set[int] = set()
        self._phones: dict[str, Phone] = {}
        self._last: int = self._get("/_sim/state")["last"]

    def __getitem__(self, name: str) -> "Phone":
        """By name of the example world, or by number."""
        number = name if name.startswith("+") else NUMBERS[name]
        return self._phones.setdefault(number, Phone(self, name, number))

    def __iter__(self) -> "Iterator[Phone]":
        return iter(list(self._phones.values()))

    def __enter__(self) -> "Telephones":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close() if kind else self.close()

    def fault(self, *, carrier: Iterable[Mapping[str, Any]] = (), callbacks: Iterable[Mapping[str, Any]] = ()) -> None:
        """Order faults, e.g. `carrier=[{"kind": "drop", "times": 1}]`; replaces those in force. None: all is well."""
        self._send("PUT", "/_sim/faults", {"carrier": list(carrier), "callbacks": list(callbacks)})

    def set_account(self, origin: str, numbers: Iterable[str], **others: Any) -> None:
        """The carrier's account as it should be: these numbers lead to the product at `origin`."""
        urls = {
            "sms_url": f"{origin}/webhooks/twilio/sms",
            "sms_fallback_url": f"{origin}/webhooks/fallback/sms",
            "voice_url": f"{origin}/webhooks/twilio/voice",
            "voice_fallback_url": f"{origin}/webhooks/fallback/voice",
        }
        self.act("PUT", "/_sim/account", {"numbers": [{"number": number, **urls} for number in numbers], **others})

    def reset(self) -> None:
        """Forget calls, messages, behaviours and faults."""
        self._last = self._send("POST", "/_sim/reset")["last"]
        self._events.clear()
        self._expected.clear()

    def events(self, kind: str | None = None, **fields: Any) -> list[Event]:
        """Everything that happened since the start, or only events of a kind with these fields."""
        self._poll(0)
        return [event for event in self._events if kind in (None, event["type"]) and _has(event, fields)]

    def seen(self, kind: str, sid: str) -> list[Event]:
        """As far as the log has been read."""
        return [event for event in self._events if event["type"] == kind and event.get("sid") == sid]

    def wait_for(
        self, what: str, wanted: Callable[[Event], bool], timeout: float | None = None, after: int = 0
    ) -> Event:
        """The first event numbered above `after` that is wanted. Fails the test, telling what happened instead."""
        deadline = time.monotonic() + (self.patience_seconds if timeout is None else timeout)
        while True:
            for event in list(self._events):
                if event["n"] > after and wanted(event):
                    return event
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise AssertionError(f"{what}: did not happen. Instead:\n{self._story()}")
            self._poll(min(remaining, 1.0))

    def listen(self, seconds: float) -> None:
        """Until something happens, at most `seconds`."""
        self._poll(max(seconds, 0))

    def unexpected(self) -> list[str]:
        """What strict telephones got and nobody expected."""
        self._poll(0)
        return [line for phone in self if phone.strict for line in phone.unexpected()]

    def close(self) -> None:
        """Raises AssertionError when a strict telephone got what nobody expected."""
        surprises = self.unexpected()
        self._session.close()
        assert not surprises, "nobody expected:\n" + "\n".join(surprises)

    def expect(self, event: Event) -> Event:
        self._expected.add(event["n"])
        return event

    def is_expected(self, event: Event) -> bool:
        return event["n"] in self._expected

    def act(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API; a refusal fails the test with its words."""
        return self._send(method, path, body)

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        response = self._session.request(method, self.base_url + path, json=body or {}, timeout=30)
        assert response.ok, f"{method} {path} -> {response.status_code}: {response.text}"
        return response.json()

    def _get(self, path: str, **query: Any) -> Any:
        response = self._session.get(self.base_url + path, params=query, timeout=40)
        assert response.ok, f"{path} -> {response.status_code}: {response.text}"
        return response.json()

    def _poll(self, timeout: float) -> None:
        with self._polling:
            answer = self._get("/_sim/events", after=self._last, timeout=timeout)
            self._events += answer["events"]
            self._last = answer["last"]

    def _story(self, lines: int = 40) -> str:
        return "\n".join(_line(event) for event in self._events[-lines:]) or "nothing at all"


class Phone:
    def __init__(self, phones: Telephones, name: str, number: str) -> None:
        self._phones, self.name, self.number = phones, name, number
        self.strict = False
        self._path = f"/_sim/phones/{quote(number, safe='')}"

    def set(self, *, strict: bool | None = None, **behaviour: Any) -> "Phone":
        """Replace its behaviour, in the words of the simulator's Profile: `set(call="answer", keys=["4", "7"])`,
        `set(call="ignore", ring_seconds=1)`, `set(sms="undelivered", sms_error_code=30005)`, `set(reply="{code}A")`.
        Nothing: rings until the test answers. `strict`: unexpected messages and calls fail the test at the end."""
        if strict is not None:
            self.strict = strict
        self._phones.act("PUT", self._path, {"name": self.name, **behaviour})
        return self

    def expect_sms(self, *texts: str, timeout: float | None = None) -> Sms:
        """The next SMS, not yet expected, that contains all `texts` (case and accents apart)."""
        event = self._phones.wait_for(
            f"an SMS to {self.name} with {texts}",
            lambda event: self._is_new("sms", event) and _contains(event["body"], texts),
            timeout,
        )
        self._phones.expect(event)
        return Sms(event["body"], event["from"], event["sid"])

    def rings(self, timeout: float | None = None) -> "Conversation":
        """The next call, not yet expected; it goes on ringing."""
        event = self._phones.wait_for(f"a call to {self.name}", lambda event: self._is_new("ringing", event), timeout)
        self._phones.expect(event)
        return Conversation(self._phones, self, event["sid"], event["n"])

    def answer_call(self, timeout: float | None = None) -> "Conversation":
        return self.rings(timeout).answer()

    def reply(self, text: str) -> None:
        """An SMS to whoever wrote last, or to our number."""
        self._phones.act("POST", self._path + "/sms", {"body": text})

    def text(self, body: str, to: str | None = None) -> None:
        self._phones.act("POST", self._path + "/sms", {"body": body, "to": to})

    def call(self, to: str | None = None) -> "Conversation":
        """Call the service; returns once it has answered."""
        started = self._phones.act("POST", self._path + "/call", {"to": to})
        conversation = Conversation(self._phones, self, started["sid"], 0)
        conversation.wait("answered")
        return conversation

    def expect_silence(self, seconds: float = 0.3) -> None:
        """Nothing, beyond what was expected, has come and nothing comes for `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            surprises = self.unexpected()
            assert not surprises, f"{self.name} should have been left in peace:\n" + "\n".join(surprises)
            if time.monotonic() >= deadline:
                return
            self._phones.listen(deadline - time.monotonic())

    def unexpected(self) -> list[str]:
        return [
            f"{self.name}: {_line(event)}"
            for event in self._phones.events(phone=self.number)
            if event["type"] in ("sms", "ringing") and not self._phones.is_expected(event)
        ]

    def _is_new(self, kind: str, event: Event) -> bool:
        return event["type"] == kind and event["phone"] == self.number and not self._phones.is_expected(event)


class Conversation:
    """One call, from the handset's side. `hears` looks at what was said since the last key."""

    def __init__(self, phones: Telephones, phone: Phone, sid: str, since: int) -> None:
        self._phones, self.phone, self.sid, self._since = phones, phone, sid, since

    def answer(self) -> "Conversation":
        self._phones.act("POST", f"/_sim/calls/{self.sid}/answer")
        self.wait("answered")
        return self

    def reject(self) -> "Conversation":
        self._phones.act("POST", f"/_sim/calls/{self.sid}/reject")
        return self

    def hears(self, *texts: str, timeout: float | None = None) -> "Conversation":
        for text in texts:
            self._phones.wait_for(
                f"{self.phone.name} hears {text!r}",
                lambda event, text=text: self._is("said", event) and _contains(event["text"], [text]),  # type: ignore[misc]
                timeout,
                after=self._since,
            )
        return self

    def press(self, keys: str, timeout: float | None = None) -> "Conversation":
        """Waits until somebody listens for keys; stops the speech, as on a real telephone."""
        asked = self._phones.wait_for(
            f"{self.phone.name} is asked for a key", self._is_open_prompt, timeout, self._since
        )
        self._phones.act("POST", f"/_sim/calls/{self.sid}/digits", {"digits": keys})
        self._since = asked["n"]
        self._since = self.wait("digits", timeout)["n"]
        self._since = self.wait("gather_ended", timeout)["n"]
        return self

    def stays_silent(self, timeout: float | None = None) -> "Conversation":
        """Lets the prompt pass without a key."""
        ended = self.wait("gather_ended", timeout)
        self._since = ended["n"]
        return self

    def hang_up(self) -> "Conversation":
        self._phones.act("POST", f"/_sim/calls/{self.sid}/hangup")
        return self

    def is_bridged(self, timeout: float | None = None) -> "Conversation":
        self.wait("bridged", timeout)
        return self

    def ends(self, status: str | None = None, timeout: float | None = None) -> "Conversation":
        """The call is over; `status` is Twilio's: completed, busy, no-answer, canceled, failed."""
        ended = self.wait("ended", timeout)
        assert status in (None, ended["status"]), f"the call ended as {ended['status']}, not {status}"
        return self

    def wait(self, kind: str, timeout: float | None = None) -> Event:
        what = f"{kind} in {self.phone.name}'s call"
        return self._phones.wait_for(what, lambda event: self._is(kind, event), timeout, self._since)

    @property
    def transcript(self) -> list[str]:
        return [event["text"] for event in self._phones.events("said", sid=self.sid)]

    def _is_open_prompt(self, event: Event) -> bool:
        ended = self._phones.seen("gather_ended", self.sid)
        return self._is("gather", event) and not any(end["n"] > event["n"] for end in ended)

    def _is(self, kind: str, event: Event) -> bool:
        return bool(event["type"] == kind and event["sid"] == self.sid)


def _contains(text: str, parts: Iterable[str]) -> bool:
    return all(_plain(part) in _plain(text) for part in parts)


def _plain(text: str) -> str:
    """Case and accents do not matter to the ear, and an SMS has been folded."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _has(event: Event, fields: Mapping[str, Any]) -> bool:
    return all(name in event and event[name] == value for name, value in fields.items())


_DULL = {"n", "at", "monotonic_ns", "received_ns", "form", "query", "json", "params", "answer", "type"}


def _line(event: Event) -> str:
    told = ", ".join(f"{name}={value}" for name, value in event.items() if name not in _DULL)
    return f"{event['n']:>5} {event['type']}: {told}"
