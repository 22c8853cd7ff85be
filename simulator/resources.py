"""Calls and messages as the operator remembers them, and how its API writes them."""

import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

API_VERSION = "2010-04-01"
LONGEST_CALL_SECONDS = 14400


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


def now() -> datetime:
    return datetime.now(UTC)


def rfc2822(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at)


@dataclass(frozen=True)
class Instructions:
    """Where a call's TwiML comes from: `twiml` itself, else the `url` to ask."""

    url: str | None = None
    method: str = "POST"
    twiml: str | None = None
    fallback_url: str | None = None
    fallback_method: str = "POST"


@dataclass(frozen=True)
class StatusCallback:
    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True)
class Detection:
    """Machine detection as asked for at the create."""

    to_message_end: bool
    callback: StatusCallback | None
    """Where the verdict of an asynchronous detection goes; None: it can only be read from the call."""
    waits: bool
    """Synchronous: nothing is said before the verdict."""


@dataclass(frozen=True)
class Ending:
    status: str
    sip_code: int


@dataclass
class Call:
    """One leg. `changed` shares the network's lock and wakes whoever waits for this leg."""

    account_sid: str
    to: str
    from_: str
    direction: str
    instructions: Instructions
    changed: threading.Condition
    ring_seconds: float = 60
    status_callback: StatusCallback | None = None
    detection: Detection | None = None
    time_limit_seconds: float = LONGEST_CALL_SECONDS
    parent_sid: str | None = None
    sid: str = field(default_factory=lambda: new_sid("CA"))
    status: str = "queued"
    answered_by: str | None = None
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    started_at: datetime | None = None
    """When it was dialled; the API's start_time."""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    sequence: int = 0
    picked_up: bool = False
    """By the handset; the leg itself then becomes in-progress."""
    by_machine: bool = False
    """Somebody sent the call to the voicemail: a machine picked up."""
    muted: bool = False
    """Somebody let it ring."""
    ending: Ending | None = None
    """Decided by anybody; the leg's own thread carries it out."""
    finished: bool = False
    silent: bool = False
    """Forgotten by a reset: ends without a word to anybody."""
    update: Instructions | None = None
    listening: bool = False
    keys: str = ""
    prompts: int = 0
    bridged_with: str | None = None
    was_bridged: bool = False
    transcript: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    """Of each line of the transcript."""

    @property
    def phone(self) -> str:
        """The handset's number."""
        return self.from_ if self.direction == "inbound" else self.to

    @property
    def duration_seconds(self) -> int:
        if self.answered_at is None or self.ended_at is None:
            return 0
        return round((self.ended_at - self.answered_at).total_seconds())

    def as_json(self) -> dict[str, Any]:
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Calls/{self.sid}"
        subresources = ("Notifications", "Recordings", "Payments", "Events", "Siprec", "Streams", "Transcriptions")
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "parent_call_sid": self.parent_sid,
            "phone_number_sid": None,
            "to": self.to,
            "to_formatted": self.to,
            "from": self.from_,
            "from_formatted": self.from_,
            "status": self.status,
            "direction": self.direction,
            "answered_by": self.answered_by,
            "duration": str(self.duration_seconds) if self.finished else None,
            "start_time": rfc2822(self.started_at),
            "end_time": rfc2822(self.ended_at),
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.updated_at),
            "price": None,
            "price_unit": "USD",
            "api_version": API_VERSION,
            "forwarded_from": None,
            "caller_name": None,
            "group_sid": None,
            "trunk_sid": None,
            "queue_time": "0",
            "uri": uri + ".json",
            "subresource_uris": {name.lower(): f"{uri}/{name}.json" for name in subresources},
        }


@dataclass
class Message:
    account_sid: str
    to: str
    from_: str
    body: str
    direction: str
    num_segments: int
    status: str = "queued"
    status_callback: str | None = None
    messaging_service_sid: str | None = None
    validity_seconds: float = 36000
    sid: str = field(default_factory=lambda: new_sid("SM"))
    error_code: int | None = None
    error_message: str | None = None
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    sent_at: datetime | None = None

    @property
    def phone(self) -> str:
        return self.from_ if self.direction == "inbound" else self.to

    def as_json(self) -> dict[str, Any]:
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "messaging_service_sid": self.messaging_service_sid,
            "to": self.to,
            "from": self.from_,
            "body": self.body,
            "status": self.status,
            "direction": self.direction,
            "num_segments": str(self.num_segments),
            "num_media": "0",
            "error_code": self.error_code,
            "error_message": self.error_message,
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.updated_at),
            "date_sent": rfc2822(self.sent_at),
            "price": None,
            "price_unit": "USD",
            "api_version": API_VERSION,
            "uri": uri + ".json",
            "subresource_uris": {"media": f"{uri}/Media.json"},
        }
