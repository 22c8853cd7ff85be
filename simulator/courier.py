"""Carries the carrier's requests to the product: signed, in order for each call or message, again when it must."""

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode
from uuid import uuid4

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from simulator.config import SimulatorConfig
from simulator.events import EventLog
from simulator.faults import Faults
from simulator.overrides import Overrides, split_overrides
from simulator.scheduler import Scheduler
from simulator.signing import signature

MAX_BODY_BYTES = 64 * 1024
_HEADERS = {"User-Agent": "TwilioProxy/1.1", "Accept": "*/*", "Cache-Control": "max-age=259200"}


@dataclass(frozen=True)
class Webhook:
    kind: str
    """voice, sms, call-status, sms-status, detection: for the event log."""
    sid: str
    url: str
    params: Mapping[str, str]
    method: str = "POST"
    status: str = ""
    token: str = field(default_factory=lambda: str(uuid4()))
    """I-Twilio-Idempotency-Token: the same on every attempt to deliver it."""
    forged: bool = False


@dataclass(frozen=True)
class Answer:
    """`outcome` is 2xx, 3xx, 4xx, 5xx, ct (no connection), rt (no answer in time) or size."""

    outcome: str
    status: int | None = None
    content_type: str = ""
    body: str = ""


class Courier:
    """One lane for each SID keeps its callbacks in order; lanes do not wait for each other."""

    def __init__(self, config: SimulatorConfig, events: EventLog, faults: Faults, scheduler: Scheduler) -> None:
        self._config, self._events, self._faults, self._scheduler = config, events, faults, scheduler
        self._lock = threading.Lock()
        self._landed = threading.Condition(self._lock)
        self._on_the_way = 0
        self._lanes: dict[str, deque[Webhook]] = {}
        self._held: dict[str, Webhook] = {}

    def post(self, webhook: Webhook) -> None:
        """Hand over a status callback; returns at once. Ordered faults happen here."""
        fault = self._faults.of_callback(webhook.status)
        if fault is None:
            self._enqueue(webhook)
            return
        self._events.add("webhook_fault", {"fault": fault.kind, "sid": webhook.sid, "status": webhook.status})
        if fault.kind == "duplicate":
            self._enqueue(webhook)
            self._enqueue(webhook)
        elif fault.kind == "bad_signature":
            self._enqueue(replace(webhook, forged=True))
        elif fault.kind == "old_sequence":
            old = {"SequenceNumber": "0"} if "SequenceNumber" in webhook.params else {}
            self._enqueue(replace(webhook, params={**webhook.params, **old}))
        elif fault.kind == "delayed":
            self._scheduler.after(fault.seconds, lambda: self._enqueue(webhook))
        elif fault.kind == "reordered":
            with self._lock:
                self._held[webhook.sid] = webhook
            self._scheduler.after(fault.seconds, lambda: self._release(webhook))

    def fetch(self, webhook: Webhook) -> Answer:
        """Deliver now and bring the answer back, with the retries that the url's overrides ask for."""
        with self._lock:
            self._on_the_way += 1
        return self._carry(webhook)

    def clear(self) -> None:
        """Forget what has not left yet."""
        with self._lock:
            self._held.clear()
            for lane in self._lanes.values():
                lane.clear()

    def settle(self, timeout_seconds: float) -> None:
        """Wait until nothing is on the way to the product, at most so long."""
        with self._landed:
            self._landed.wait_for(lambda: self._on_the_way == 0, timeout_seconds)

    def _enqueue(self, webhook: Webhook) -> None:
        with self._lock:
            idle = webhook.sid not in self._lanes
            lane = self._lanes.setdefault(webhook.sid, deque())
            lane.append(webhook)
            held = self._held.pop(webhook.sid, None)
            if held is not None:
                lane.append(held)
        if idle:
            threading.Thread(target=self._drive, args=(webhook.sid,), daemon=True).start()

    def _release(self, webhook: Webhook) -> None:
        """Nothing came after it: let it go."""
        with self._lock:
            waiting = self._held.get(webhook.sid) is webhook
            if waiting:
                del self._held[webhook.sid]
        if waiting:
            self._enqueue(webhook)

    def _drive(self, sid: str) -> None:
        while True:
            with self._lock:
                if not self._lanes[sid]:
                    del self._lanes[sid]
                    return
                webhook = self._lanes[sid].popleft()
                self._on_the_way += 1
            self._carry(webhook)

    def _carry(self, webhook: Webhook) -> Answer:
        """Already counted as on the way: from the moment it leaves its lane, so that `settle` misses none."""
        try:
            return self._deliver(webhook)
        finally:
            with self._landed:
                self._on_the_way -= 1
                self._landed.notify_all()

    def _deliver(self, webhook: Webhook) -> Answer:
        url, overrides = split_overrides(webhook.url)
        for attempt in range(overrides.retries + 1):
            answer = self._attempt(webhook, url, overrides, attempt)
            if not overrides.retries_after(answer.outcome) or answer.outcome == "2xx":
                break
        return answer

    def _attempt(self, webhook: Webhook, url: str, overrides: Overrides, attempt: int) -> Answer:
        began = time.monotonic()
        request = self._prepared(webhook, url)
        answer = self._exchange(request, overrides)
        self._events.add(
            "webhook",
            {
                "kind": webhook.kind,
                "sid": webhook.sid,
                "method": webhook.method,
                "url": url,
                "params": dict(webhook.params),
                "attempt": attempt,
                "outcome": answer.outcome,
                "status": answer.status,
                "ms": round((time.monotonic() - began) * 1000, 1),
                "answer": answer.body,
                "signature": request.headers["X-Twilio-Signature"],
            },
        )
        return answer

    def _exchange(self, request: requests.PreparedRequest, overrides: Overrides) -> Answer:
        read_seconds = min(overrides.read_seconds, overrides.total_seconds)
        with requests.Session() as session:
            session.trust_env = False  # webhooks go where the number says, through no proxy of this machine
            try:
                with session.send(
                    request,
                    timeout=(overrides.connect_seconds, read_seconds),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    body = response.raw.read(MAX_BODY_BYTES + 1, decode_content=True)
            except (requests.Timeout, ReadTimeoutError) as error:
                return Answer(outcome="ct" if isinstance(error, requests.ConnectTimeout) else "rt")
            except (requests.RequestException, HTTPError):
                return Answer(outcome="ct")
        if len(body) > MAX_BODY_BYTES:
            return Answer(outcome="size", status=response.status_code)
        return Answer(
            outcome=f"{response.status_code // 100}xx",
            status=response.status_code,
            content_type=response.headers.get("Content-Type", ""),
            body=body.decode("utf-8", errors="replace"),
        )

    def _prepared(self, webhook: Webhook, url: str) -> requests.PreparedRequest:
        """Signed over what goes over the wire: the prepared url, not the one configured."""
        get = webhook.method == "GET"
        if get and webhook.params:
            url += ("&" if "?" in url else "?") + urlencode(webhook.params)
        form = {} if get else dict(webhook.params)
        request = requests.Request(webhook.method, url, headers=_HEADERS, data=form or None).prepare()
        secret = "forged" if webhook.forged else self._config.auth_tokens[0]
        request.headers["X-Twilio-Signature"] = signature(secret, request.url or url, form)
        request.headers["I-Twilio-Idempotency-Token"] = webhook.token
        return request
