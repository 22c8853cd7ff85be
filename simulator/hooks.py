"""PagerDuty's webhooks V3: one event each, signed over the raw body, in order for each incident, again after a failure.
Written from PagerDuty's page "Webhooks V3", apart from the product, so that an error in either shows."""

import hmac
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import uuid4

import requests

from simulator.config import SimulatorConfig
from simulator.events import EventLog

ANSWER_SECONDS = 5.0
TRIES = 6  # PagerDuty goes on for 48 hours; here the waits are compressed
DROPS_UNTIL_DISABLED = 3


@dataclass(frozen=True)
class Hook:
    """`id` is X-Webhook-Id: the same at every try."""

    incident: str
    event: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid4()))


def signature(secrets: tuple[str, ...], body: bytes) -> str:
    """`v1=<hex>` for each secret in force, comma-separated."""
    return ",".join("v1=" + hmac.new(secret.encode(), body, sha256).hexdigest() for secret in secrets)


class Subscription:
    """One address that is told everything. A 4xx drops the event at once; three drops in a row disable it."""

    def __init__(self, config: SimulatorConfig, events: EventLog, lock: threading.RLock) -> None:
        self.id = "PSUB001"
        self.active = True
        self._config, self._events, self._lock = config, events, lock
        self._lanes: dict[str, deque[Hook]] = {}
        self._dropped_in_a_row = 0
        self._generation = 0

    def post(self, hook: Hook) -> None:
        """Returns at once. While disabled, events are lost."""
        if self._config.pagerduty_webhook_url is None:
            return
        with self._lock:
            if not self.active:
                self._events.add("pagerduty_webhook_lost", {"event": hook.event["event_type"]})
                return
            idle = hook.incident not in self._lanes
            self._lanes.setdefault(hook.incident, deque()).append(hook)
        if idle:
            threading.Thread(target=self._drive, args=(hook.incident,), daemon=True).start()

    def enable(self) -> None:
        with self._lock:
            self.active, self._dropped_in_a_row = True, 0

    def clear(self) -> None:
        """Forget what has not left yet."""
        with self._lock:
            self._generation += 1
            for lane in self._lanes.values():
                lane.clear()
            self.active, self._dropped_in_a_row = True, 0

    def settle(self, timeout_seconds: float) -> bool:
        """Wait until nothing is on its way; False when that took too long."""
        until = time.monotonic() + timeout_seconds
        while time.monotonic() < until:
            with self._lock:
                if not self._lanes:
                    return True
            time.sleep(0.01)
        return False

    def _drive(self, incident: str) -> None:
        while True:
            with self._lock:
                if not self._lanes[incident]:
                    del self._lanes[incident]
                    return
                hook, generation = self._lanes[incident].popleft(), self._generation
            self._deliver(hook, generation)

    def _deliver(self, hook: Hook, generation: int) -> None:
        for tried in range(TRIES):
            status = self._post(hook, tried)
            if status is not None and status < 300:
                self._dropped_in_a_row = 0
                return
            if status is not None and 400 <= status < 500 and status != 429:
                break
            time.sleep(self._config.network_seconds * 2**tried)
            if generation != self._generation:
                return
        self._drop(hook)

    def _post(self, hook: Hook, tried: int) -> int | None:
        """The status; None when there was no answer."""
        body = json.dumps({"event": hook.event}).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "PagerDuty-Webhook/V3.0",
            "X-Webhook-Id": hook.id,
            "X-Webhook-Subscription": self.id,
            "X-PagerDuty-Signature": signature(self._config.pagerduty_webhook_secrets, body),
        }
        began, status = time.monotonic(), None
        with requests.Session() as session:
            session.trust_env = False
            try:
                url = self._config.pagerduty_webhook_url or ""
                status = session.post(url, body, headers=headers, timeout=ANSWER_SECONDS).status_code
            except requests.RequestException:
                pass
        ms = round((time.monotonic() - began) * 1000, 1)
        told = {"event": hook.event["event_type"], "incident": hook.incident, "id": hook.event["id"]}
        self._events.add("pagerduty_webhook", {**told, "attempt": tried, "status": status, "ms": ms})
        return status

    def _drop(self, hook: Hook) -> None:
        with self._lock:
            self._dropped_in_a_row += 1
            if self._dropped_in_a_row >= DROPS_UNTIL_DISABLED:
                self.active = False
            told = {"event": hook.event["event_type"], "incident": hook.incident, "active": self.active}
            self._events.add("pagerduty_webhook_dropped", told)
