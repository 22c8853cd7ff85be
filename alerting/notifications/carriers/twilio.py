"""Twilio, or whatever speaks its REST shape at TWILIO_API_URL, through the vendor's own client."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from ssl import SSLCertVerificationError
from typing import Any, Literal, Self
from urllib.parse import urlencode, urlsplit, urlunsplit

import certifi
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    SSLError,
)
from urllib3.util import make_headers
from urllib3.util.ssl_ import create_urllib3_context

from alerting.notifications.carriers.base import (
    AmbiguousDeliveryError,
    Call,
    ConfigurationDeliveryError,
    DeliveryError,
    Found,
    Message,
    PermanentDeliveryError,
    TransientDeliveryError,
)
from alerting.notifications.carriers.outcomes import refusal
from core.carrier_accounts import TWILIO, CarrierAccount

CONNECT_SECONDS = 2.0
READ_SECONDS = 8.0
CONNECT_RETRIES = 1
# A whole send stays below the lease of an attempt, or two workers could send it.
LONGEST_SEND_SECONDS = (1 + CONNECT_RETRIES) * CONNECT_SECONDS + READ_SECONDS
LIST_LIMIT = 50
BY_REQUEST = "outbound-api"  # not a leg of a bridge to that number, nor the answer to its message
CALL_IS_OVER = "21220"  # Twilio error dictionary: the call is not in a state that can be changed
CALL_EVENTS = ("initiated", "ringing", "answered", "completed")
# Twilio's connection overrides: by default it drops a status callback that meets a 5xx or a slow answer.
CALLBACK_OVERRIDES = "#rc=3&rp=ct,rt,5xx&ct=2000&rt=4000&tt=14000"


class PooledHttpClient(HttpClient):  # type: ignore[misc]  # the SDK is untyped
    """What the SDK sends through: time-outs (its own default is none), kept connections and, if given, another origin.
    Retries failures to connect alone: a POST that may have arrived is never sent again here.

    On urllib3 itself: the SDK's own client puts requests before it, which takes as long as everything else between the
    page and the carrier."""

    def __init__(self, origin: str) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), False, None)
        self._origin = urlsplit(origin) if origin else None
        trusted = create_urllib3_context()
        trusted.load_verify_locations(certifi.where())
        self._pool = PoolManager(
            ssl_context=trusted,
            timeout=Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            retries=Retry(total=None, connect=CONNECT_RETRIES, read=0, redirect=0, status=0, other=0),
        )
        self.last_headers: dict[str, str] = {}

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """`timeout` and `allow_redirects` are the SDK's; ours hold, and no redirect is followed."""
        sent = dict(headers or {})
        if auth is not None:
            sent |= make_headers(basic_auth=":".join(auth))
        answer = self._pool.request(
            method.upper(),
            self._moved(url) + ("?" + _form(params) if params else ""),
            body=_form(data) if data else None,
            headers=sent,
            redirect=False,
        )
        self.last_headers = dict(answer.headers)
        return Response(answer.status, answer.data.decode("utf-8", "replace"), self.last_headers)

    def _moved(self, url: str) -> str:
        if self._origin is None:
            return url
        path = self._origin.path.rstrip("/") + urlsplit(url).path
        return urlunsplit((self._origin.scheme, self._origin.netloc, path, urlsplit(url).query, ""))


def _form(fields: Mapping[str, Any]) -> str:
    """A list is its field repeated; what is None is not sent."""
    return urlencode({name: value for name, value in fields.items() if value is not None}, doseq=True)


class TwilioCarrier:
    """One account. Numbers are E.164."""

    def __init__(
        self,
        *,
        account_sid: str,
        username: str,
        password: str,
        origin: str,
        sms_from: str,
        voice_from: str,
        name: str = TWILIO,
    ) -> None:
        self.name = name
        self._http = PooledHttpClient(origin)
        self._client = Client(username, password, account_sid, http_client=self._http)
        self._account_sid = account_sid
        self._signs_in_by_key = username != account_sid
        self._sms_from = sms_from
        self._voice_from = voice_from

    @classmethod
    def of(cls, account: CarrierAccount) -> Self:
        return cls(
            account_sid=account.sid,
            username=account.user,
            password=account.password,
            origin=account.origin,
            sms_from=account.sms_from,
            voice_from=account.voice_from,
            name=account.name,
        )

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
                **_fallback(call.fallback_url),
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
            listed = listing.list(to=to, limit=LIST_LIMIT)
            return [_found(item) for item in listed if item.direction == BY_REQUEST]

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
        except HTTPError as error:
            reason = error.reason if isinstance(error, MaxRetryError) else error
            if _never_connected(reason):
                raise TransientDeliveryError("no connection to Twilio", "connect") from error
            if isinstance(reason, ProtocolError):
                raise AmbiguousDeliveryError("the connection to Twilio broke", "connection") from error
            raise _unanswered(error) from error
        except TwilioException as error:
            answer = next((arg for arg in error.args if isinstance(arg, Response)), None)
            if answer is None:
                raise _unanswered(error) from error
            raise _refused_page(answer) from error


def _refused_page(answer: Response) -> DeliveryError:
    """The SDK keeps what was said to a list in the exception, unread."""
    try:
        code = str(json.loads(answer.text)["code"])
    except (ValueError, KeyError, TypeError):
        code = None
    return refusal(answer.status_code, code, f"Twilio answered {answer.status_code}", answer.headers or {})


def _never_connected(reason: BaseException | None) -> bool:
    """Nothing was sent. Of failures of TLS only a certificate that is not accepted comes surely before the request."""
    if isinstance(reason, SSLError):
        return any(isinstance(cause, SSLCertVerificationError) for cause in reason.args)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _unanswered(error: Exception) -> AmbiguousDeliveryError:
    return AmbiguousDeliveryError(f"no answer from Twilio ({type(error).__name__})", "timeout")


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


def _fallback(url: str | None) -> dict[str, str]:
    return {"fallback_url": url + CALLBACK_OVERRIDES, "fallback_method": "POST"} if url else {}


def _found(item: Any) -> Found:
    created = item.date_created or datetime.now(UTC)
    return Found(str(item.sid), str(item.status), created.astimezone(UTC), getattr(item, "body", None))
