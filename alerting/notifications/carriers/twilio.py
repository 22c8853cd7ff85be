"""Twilio, or whatever speaks its REST shape at TWILIO_API_URL, through the vendor's own client."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.util import Retry

from alerting.notifications.carriers.base import (
    AmbiguousDeliveryError,
    Call,
    ConfigurationDeliveryError,
    Found,
    Message,
    PermanentDeliveryError,
    TransientDeliveryError,
)
from alerting.notifications.carriers.outcomes import refusal

CONNECT_SECONDS = 2.0
READ_SECONDS = 8.0
CONNECT_RETRIES = 1
# A whole send stays below the lease of an attempt, or two workers could send it.
LONGEST_SEND_SECONDS = (1 + CONNECT_RETRIES) * CONNECT_SECONDS + READ_SECONDS
LIST_LIMIT = 50
CALL_IS_OVER = "21220"  # Twilio error dictionary: the call is not in a state that can be changed
CALL_EVENTS = ("initiated", "ringing", "answered", "completed")
# Twilio's connection overrides: by default it drops a status callback that meets a 5xx or a slow answer.
CALLBACK_OVERRIDES = "#rc=3&rp=ct,rt,5xx&ct=2000&rt=4000&tt=14000"


class OriginHttpClient(TwilioHttpClient):  # type: ignore[misc]  # the SDK is untyped
    """The SDK's client with time-outs (its default is none) and, if given, another origin. Retries failures to connect
    alone: a POST that may have arrived is never sent again here."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self._origin = urlsplit(origin) if origin else None
        adapter = HTTPAdapter(
            max_retries=Retry(total=None, connect=CONNECT_RETRIES, read=0, redirect=0, status=0, other=0)
        )
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, adapter)
        self.session.trust_env = False
        self.last_headers: dict[str, str] = {}

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        self.timeout = (CONNECT_SECONDS, READ_SECONDS)
        response = super().request(method, self._moved(url), *args, **kwargs)
        self.last_headers = dict(response.headers or {})
        return response

    def _moved(self, url: str) -> str:
        if self._origin is None:
            return url
        path = self._origin.path.rstrip("/") + urlsplit(url).path
        return urlunsplit((self._origin.scheme, self._origin.netloc, path, urlsplit(url).query, ""))


class TwilioCarrier:
    """Numbers are E.164. Signs in with an API key when there is one, else with the account's first token."""

    name = "twilio"

    def __init__(
        self, *, account_sid: str, username: str, password: str, origin: str, sms_from: str, voice_from: str
    ) -> None:
        self._http = OriginHttpClient(origin)
        self._client = Client(username, password, account_sid, http_client=self._http)
        self._account_sid = account_sid
        self._signs_in_by_key = username != account_sid
        self._sms_from = sms_from
        self._voice_from = voice_from

    def place_call(self, call: Call) -> str:
        def create() -> str:
            created = self._client.calls.create(
                to=call.to,
                from_=self._voice_from,
                url=call.answer_url + CALLBACK_OVERRIDES,
                method="POST",
                status_callback=call.status_url + CALLBACK_OVERRIDES,
                status_callback_method="POST",
                status_callback_event=list(CALL_EVENTS),
                timeout=call.ring_seconds,
                **_detection(call.machine_url),
            )
            return str(created.sid)

        return str(self._ask(create))

    def send_sms(self, message: Message) -> str:
        def create() -> str:
            created = self._client.messages.create(
                to=message.to,
                from_=self._sms_from,
                body=message.body,
                status_callback=message.status_url + CALLBACK_OVERRIDES,
                validity_period=message.valid_seconds,
            )
            return str(created.sid)

        return str(self._ask(create))

    def hang_up(self, sid: str) -> None:
        self._change(sid, status="completed")

    def redirect(self, sid: str, answer_url: str) -> None:
        self._change(sid, url=answer_url + CALLBACK_OVERRIDES, method="POST")

    def _change(self, sid: str, **what: str) -> None:
        try:
            self._ask(lambda: self._client.calls(sid).update(**what))
        except PermanentDeliveryError as error:
            if error.code != CALL_IS_OVER:
                raise

    def recent(self, kind: Literal["call", "sms"], to: str, since: datetime) -> Sequence[Found]:
        def look() -> Sequence[Found]:
            listing = self._client.calls if kind == "call" else self._client.messages
            return [_found(item) for item in listing.list(to=to, limit=LIST_LIMIT)]

        return [item for item in self._ask(look) if item.created_at >= since.replace(microsecond=0)]

    def check(self) -> str:
        """A standard API key may do everything but read the account, and gets 401 as a wrong one does (Twilio, API keys
        in the Console): it is asked for a message instead, which only a wrong one is refused."""
        try:
            return str(self._ask(lambda: self._client.api.accounts(self._account_sid).fetch().status))
        except ConfigurationDeliveryError:
            if not self._signs_in_by_key:
                raise
        self._ask(lambda: self._client.messages.list(limit=1))
        return ""

    def _ask(self, request: Any) -> Any:
        try:
            return request()
        except TwilioRestException as error:
            code = str(error.code) if error.code else None
            raise refusal(error.status, code, f"Twilio answered {error.status}", self._http.last_headers) from error
        except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
            raise TransientDeliveryError("no connection to Twilio", "connect") from error
        except requests.ConnectionError as error:
            if _never_connected(error):
                raise TransientDeliveryError("no connection to Twilio", "connect") from error
            raise AmbiguousDeliveryError("the connection to Twilio broke", "connection") from error
        except (requests.RequestException, TwilioException) as error:
            raise AmbiguousDeliveryError(f"no answer from Twilio ({type(error).__name__})", "timeout") from error


def _detection(url: str | None) -> dict[str, str]:
    """Asynchronous, so that nobody waits for the verdict in silence: the call says its words at once (Twilio, Answering
    Machine Detection)."""
    if url is None:
        return {}
    return {
        "machine_detection": "Enable",
        "async_amd": "true",
        "async_amd_status_callback": url + CALLBACK_OVERRIDES,
        "async_amd_status_callback_method": "POST",
    }


def _never_connected(error: requests.ConnectionError) -> bool:
    """urllib3 tells a refused connection from one that broke after the request was sent only by its inner error."""
    return "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)


def _found(item: Any) -> Found:
    created = item.date_created or datetime.now(UTC)
    return Found(str(item.sid), str(item.status), created.astimezone(UTC), getattr(item, "body", None))
