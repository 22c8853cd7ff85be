"""PagerDuty by its own client, tamed: by itself it answers 429 with sleeps without end, inside our worker."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx2
import pagerduty

from alerting.notifications.carriers.base import (
    ConfigurationDeliveryError,
    DeliveryError,
    PermanentDeliveryError,
    TransientDeliveryError,
)

CONNECT_SECONDS = 2.0
WRITE_SECONDS = 1.0
READ_SECONDS = 3.0
# A trigger may need a resolve before it; the whole stays below the lease of an attempt, or two workers could send it.
LONGEST_SEND_SECONDS = 2 * (CONNECT_SECONDS + WRITE_SECONDS + READ_SECONDS)
TIMEOUT = httpx2.Timeout(connect=CONNECT_SECONDS, write=WRITE_SECONDS, read=READ_SECONDS, pool=READ_SECONDS)
REGIONS = {"us": "", "eu": "eu."}  # https://support.pagerduty.com/main/docs/service-regions
MOST_ALERTS = 25
MOST_SUBSCRIPTIONS = 100
PAGE, MOST_PAGES = 100, 20
MOST_USERS = 25  # of those whose name or address holds the one asked for


class Refused(Exception):
    """The answer, on its way past the client's own retries."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(response.status_code)
        self.response = response


class OriginTransport(httpx2.HTTPTransport):
    """To another origin: the client itself insists on https."""

    def __init__(self, origin: str, **more: Any) -> None:
        super().__init__(**more)
        self._origin = httpx2.URL(origin)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        origin = self._origin
        request.url = request.url.copy_with(scheme=origin.scheme, host=origin.host, port=origin.port)
        request.headers["Host"] = origin.netloc.decode()
        return super().handle_request(request)


# One request, one answer: rows and queue do the retrying. `postprocess` sees every response before the client's own
# retries do.
class Events(pagerduty.EventsApiV2Client):
    def postprocess(self, response: httpx2.Response) -> None:
        super().postprocess(response)
        _only_success(response)


class Rest(pagerduty.RestApiV2Client):
    def postprocess(self, response: httpx2.Response, suffix: str | None = None) -> None:
        super().postprocess(response, suffix)
        _only_success(response)


class PagerDuty:
    """Each method makes one bounded request, or raises a DeliveryError. Events are safe to send again: the dedup key
    makes the second one part of the first. Clients are kept, for they cost more than a request."""

    name = "pagerduty"

    def __init__(self, *, events_url: str = "", api_url: str = "", api_key: str = "") -> None:
        self._events_url, self._api_url, self._api_key = events_url, api_url, api_key
        self._events: dict[tuple[str, str], Events] = {}
        self._rest: dict[str, Rest] = {}
        self._lock = threading.Lock()

    @property
    def reads(self) -> bool:
        """Whether PagerDuty can be asked, not only told."""
        return bool(self._api_key)

    def send(self, region: str, routing_key: str, action: str, dedup_key: str, event: Mapping[str, Any] | None) -> None:
        """`event` is what a trigger says beside its keys; None for the others."""
        client = self._events_client(region, routing_key)
        _ask(lambda: client.send_event(action, dedup_key=dedup_key, **(event or {})))

    def alert_keys(self, incident_id: str, region: str = "us") -> list[str]:
        """The dedup keys of an incident's alerts. [] for an incident that is unknown."""
        path = f"/incidents/{quote(incident_id, safe='')}/alerts"
        found = self._read(path, region, {"limit": MOST_ALERTS})
        return [str(one["alert_key"]) for one in (found or {}).get("alerts", []) if one.get("alert_key")]

    def user_mail(self, user_id: str, region: str = "us") -> str | None:
        """None for a user that is unknown."""
        found = self._read(f"/users/{quote(user_id, safe='')}", region, {})
        mail = ((found or {}).get("user") or {}).get("email")
        return str(mail) if mail else None

    def knows(self, user_id: str | None, mail: str | None, region: str = "us") -> bool:
        """Whether there is such a user: by id, else by mail address."""
        if user_id:
            return self._read(f"/users/{quote(user_id, safe='')}", region, {}) is not None
        found = self._read("/users", region, {"query": mail, "limit": MOST_USERS}) if mail else None
        return any(str(one.get("email")).lower() == str(mail).lower() for one in (found or {}).get("users", []))

    def oncalls(
        self, *, schedule: str | None, escalation_policy: str | None, window: tuple[datetime, datetime], region: str
    ) -> list[Any]:
        """Who is on call there within the window, 90 days ahead at most, with their mail addresses. The only method of
        several requests, one for each hundred entries; nobody waits for it."""
        params: dict[str, Any] = {
            "since": window[0].isoformat(),
            "until": window[1].isoformat(),
            "include[]": ["users"],
            "limit": PAGE,
        }
        named = {"schedule_ids[]": schedule, "escalation_policy_ids[]": escalation_policy}
        params |= {name: [value] for name, value in named.items() if value}
        found: list[Any] = []
        for _ in range(MOST_PAGES):
            answer = self._read("/oncalls", region, params | {"offset": len(found)})
            page = (answer or {}).get("oncalls")
            if not isinstance(page, list):
                raise TransientDeliveryError("PagerDuty's answer has no oncalls", "oncalls")
            found += page
            if not (answer or {}).get("more") or not page:
                return found
        raise TransientDeliveryError(f"PagerDuty has more than {len(found)} entries", "too_many")

    def lost_subscriptions(self, url: str, region: str = "us") -> list[str]:
        """Ids of webhook subscriptions to our address that PagerDuty has turned off."""
        found = self._read("/webhook_subscriptions", region, {"limit": MOST_SUBSCRIPTIONS}) or {}
        return [
            str(one["id"])
            for one in found.get("webhook_subscriptions", [])
            if (one.get("delivery_method") or {}).get("url") == url
            and (one.get("active") is False or one["delivery_method"].get("temporarily_disabled"))
        ]

    def enable_subscription(self, id_: str, region: str = "us") -> None:
        """Needs a key that may write."""
        client = self._rest_client(region)
        _ask(lambda: client.post(f"/webhook_subscriptions/{quote(id_, safe='')}/enable"))

    def incident(self, dedup_key: str, region: str = "us") -> Mapping[str, Any] | None:
        """The newest incident of that key as PagerDuty has it; None when it has none."""
        params = {"incident_key": dedup_key, "date_range": "all", "limit": MOST_ALERTS}
        found = (self._read("/incidents", region, params) or {}).get("incidents", [])
        return max(found, key=lambda one: str(one.get("created_at")), default=None)

    def check(self, region: str = "us") -> None:
        """Raises when the REST key is refused or PagerDuty is out of reach."""
        self._read("/abilities", region, {})

    def _read(self, path: str, region: str, params: Mapping[str, Any]) -> dict[str, Any] | None:
        client = self._rest_client(region)
        try:
            answer = _ask(lambda: client.get(path, params=dict(params)))
        except PermanentDeliveryError as error:
            if error.code == "404":
                return None
            raise
        found: dict[str, Any] = answer.json()
        return found

    def _events_client(self, region: str, routing_key: str) -> Events:
        with self._lock:
            if (region, routing_key) not in self._events:
                base = f"https://events.{REGIONS.get(region, '')}pagerduty.com"
                made = Events(routing_key, base_url=base, **_options(self._events_url))
                self._events[region, routing_key] = made
                made.timeout = TIMEOUT  # type: ignore[assignment]  # httpx2 takes either
                made.max_network_attempts = 0
            return self._events[region, routing_key]

    def _rest_client(self, region: str) -> Rest:
        with self._lock:
            if region not in self._rest:
                base = f"https://api.{REGIONS.get(region, '')}pagerduty.com"
                made = Rest(self._api_key, base_url=base, **_options(self._api_url))
                made.timeout = TIMEOUT  # type: ignore[assignment]  # httpx2 takes either
                made.max_network_attempts = 0
                self._rest[region] = made
            return self._rest[region]


def _only_success(response: httpx2.Response) -> None:
    if not response.is_success:
        raise Refused(response)


def _options(origin: str) -> dict[str, Any]:
    return {"trust_env": False} | ({"transport": OriginTransport(origin)} if origin else {})


def _ask(request: Any) -> Any:
    try:
        return request()
    except Refused as refused:
        raise _refusal(refused.response) from refused
    except (pagerduty.Error, httpx2.HTTPError, ValueError) as error:
        raise TransientDeliveryError(f"no answer from PagerDuty ({type(error).__name__})", "connection") from error


def _refusal(response: httpx2.Response) -> DeliveryError:
    """https://developer.pagerduty.com/docs/events-api-v2-overview#response-codes--retry-logic"""
    status = response.status_code
    said, code = f"PagerDuty answered {status}", str(status)
    if status == 429:
        return TransientDeliveryError(said, code, _seconds(response.headers.get("ratelimit-reset")))
    if status >= 500:
        return TransientDeliveryError(said, code)
    if status in (400, 401, 403):
        return ConfigurationDeliveryError(said, code)
    return PermanentDeliveryError(said, code)


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None
