"""The ways in which the last resort is called: PagerDuty's Events API v2, and Twilio's REST with credentials of the
watchdog's own. Two plain POSTs on `requests`, not the vendors' clients: what breaks the service's way of calling should
not break this one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import requests

from deadman import words
from deadman.decision import Act, Outage
from deadman.settings import WatchdogSettings

log = logging.getLogger("watchdog")

TIMEOUT = (3.0, 8.0)
RING_SECONDS = 40
VALID_SECONDS = 900
TIMES_SAID = 3
ENDING = 3  # digits of a number that a log shows


class Route(Protocol):
    """`name` is what the memory knows it by; it stays the same over restarts."""

    name: str

    def page(self, outage: Outage | None) -> bool:
        """Whether it was taken. None: a test."""

    def resolve(self) -> bool:
        """Say that all is well again; whether that was taken."""


@dataclass(frozen=True)
class _Words:
    """Texts about one service, in one language."""

    settings: WatchdogSettings

    def __call__(self, write: Callable[..., str], kind: str, outage: Outage | None) -> str:
        one = self.settings
        return write(kind, outage, name=one.name, url=one.url, language=one.language, timezone=one.timezone)


class PagerDutyRoute:
    """One incident for each service that is watched: a trigger while it is open is part of it, so that a watchdog that
    has lost its memory calls nobody twice."""

    def __init__(self, settings: WatchdogSettings, session: requests.Session) -> None:
        self.name = "pagerduty"
        self._settings, self._session = settings, session
        self._key = f"guardia-watchdog:{urlsplit(settings.url).netloc}"[:255]

    def page(self, outage: Outage | None) -> bool:
        settings = self._settings
        payload: dict[str, Any] = {
            "summary": _Words(settings)(words.summary, "page" if outage else "test", outage)[:1024],
            "source": urlsplit(settings.url).netloc,
            "severity": "critical" if outage else "info",
            "component": "guardia",
        }
        if outage:
            payload["custom_details"] = {"reason": outage.why, "detail": outage.detail}
        return self._send("trigger", self._key if outage else f"{self._key}:test", payload)

    def resolve(self) -> bool:
        return self._send("resolve", self._key)

    def resolve_test(self) -> bool:
        return self._send("resolve", f"{self._key}:test")

    def _send(self, action: str, key: str, payload: Mapping[str, Any] | None = None) -> bool:
        settings = self._settings
        body: dict[str, Any] = {
            "routing_key": settings.pagerduty_routing_key.get_secret_value(),
            "event_action": action,
            "dedup_key": key,
        }
        if payload is not None:
            links = [{"href": f"{settings.url}/readyz", "text": "/readyz"}]
            body |= {"payload": payload, "client": "Guardia watchdog", "client_url": settings.url, "links": links}
        return _taken(self.name, lambda: self._session.post(
            f"{settings.pagerduty_events_url}/v2/enqueue", json=body, timeout=TIMEOUT, allow_redirects=False
        ))  # fmt: skip


class CallRoute:
    """A call that says it three times. Nobody is rung to hear that all is well."""

    def __init__(self, settings: WatchdogSettings, session: requests.Session, number: str) -> None:
        self.name = f"call:{number}"
        self._settings, self._session, self._number = settings, session, number

    def page(self, outage: Outage | None) -> bool:
        language = {"es": "es-ES", "en": "en-GB"}[self._settings.language]
        text = _Words(self._settings)(words.spoken, "page" if outage else "test", outage)
        say = f'<Say language="{language}">{escape(text)}</Say><Pause length="1"/>'
        form = {"Twiml": f"<Response>{say * TIMES_SAID}</Response>", "Timeout": RING_SECONDS}
        return _to_twilio(self._settings, self._session, "Calls", self._number, form)

    def resolve(self) -> bool:
        return True


class SmsRoute:
    def __init__(self, settings: WatchdogSettings, session: requests.Session, number: str) -> None:
        self.name = f"sms:{number}"
        self._settings, self._session, self._number = settings, session, number

    def page(self, outage: Outage | None) -> bool:
        return self._send("page" if outage else "test", outage)

    def resolve(self) -> bool:
        return self._send("resolve", None)

    def _send(self, kind: str, outage: Outage | None) -> bool:
        form = {"Body": _Words(self._settings)(words.sms, kind, outage), "ValidityPeriod": VALID_SECONDS}
        return _to_twilio(self._settings, self._session, "Messages", self._number, form)


def routes(settings: WatchdogSettings, session: requests.Session) -> list[Route]:
    """All that are configured. Calls come before messages: they wake."""
    found: list[Route] = [PagerDutyRoute(settings, session)] if settings.pages_pagerduty else []
    found += [CallRoute(settings, session, number) for number in settings.numbers]
    found += [SmsRoute(settings, session, number) for number in settings.numbers]
    return found


def carry_out(route: Route, act: Act, outage: Outage | None) -> bool:
    """Whether it was taken."""
    return route.page(outage) if act is Act.PAGE else route.resolve()


def test(ways: Sequence[Route]) -> dict[str, bool]:
    """A test page by every way; what was taken, by route."""
    taken = {}
    for route in ways:
        taken[route.name] = route.page(None)
        if isinstance(route, PagerDutyRoute) and taken[route.name]:
            route.resolve_test()
    return taken


def masked(name: str) -> str:
    """A route's name for a log: the number's last digits alone."""
    kind, _, number = name.partition(":")
    return f"{kind} to …{number[-ENDING:]}" if number else kind


def _to_twilio(
    settings: WatchdogSettings, session: requests.Session, resource: str, to: str, form: Mapping[str, Any]
) -> bool:
    url = f"{settings.twilio_api_url}/2010-04-01/Accounts/{settings.twilio_account_sid}/{resource}.json"
    return _taken(f"{resource}:{to}", lambda: session.post(
        url,
        data={"To": to, "From": settings.twilio_from, **form},
        auth=(settings.twilio_username, settings.twilio_password),
        timeout=TIMEOUT,
        allow_redirects=False,
    ))  # fmt: skip


def _taken(what: str, post: Callable[[], requests.Response]) -> bool:
    try:
        status = post().status_code
    except requests.RequestException as error:
        log.error("%s: no answer (%s)", masked(what), type(error).__name__)
        return False
    if not 200 <= status < 300:
        log.error("%s: refused with HTTP %s", masked(what), status)
        return False
    return True
