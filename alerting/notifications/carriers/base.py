"""The port that telephone carriers implement, and the ways in which they fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


class DeliveryError(Exception):
    """A request that did not hand the message over. `code` is the carrier's own error code or a short word."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class PermanentDeliveryError(DeliveryError):
    """This address will not work: the next contact method takes over."""


class ConfigurationDeliveryError(DeliveryError):
    """The carrier refuses us, not the address (credentials, sender number, permissions): an operator must act."""


class TransientDeliveryError(DeliveryError):
    """Not processed and worth asking again; `retry_after` in seconds when the carrier named it."""

    def __init__(self, message: str, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, code)
        self.retry_after = retry_after


class AmbiguousDeliveryError(DeliveryError):
    """The carrier may or may not have it: the answer was lost on the way."""


@dataclass(frozen=True)
class Call:
    """A call to place. URLs are ours, ASCII, and end in one opaque token. `machine_url` is told whether a person or a
    machine has answered, while the call goes on; None: nobody listens for that. `fallback_url` is asked when
    `answer_url`, or an address that it leads to, gives no answer that can be used."""

    to: str
    answer_url: str
    status_url: str
    ring_seconds: int
    machine_url: str | None = None
    fallback_url: str | None = None


@dataclass(frozen=True)
class Message:
    to: str
    body: str
    status_url: str
    valid_seconds: int


@dataclass(frozen=True)
class Found:
    """A resource the carrier lists: our own request when the answer to it was lost."""

    sid: str
    status: str
    created_at: datetime
    body: str | None


class Carrier(Protocol):
    """Each method makes one bounded request, or raises a DeliveryError."""

    name: str

    def place_call(self, call: Call) -> str:
        """The carrier's id of the call."""

    def send_sms(self, message: Message) -> str:
        """The carrier's id of the message."""

    def hang_up(self, sid: str) -> None:
        """End a call that is queued, ringing or in progress; a call that has ended already is no error."""

    def redirect(self, sid: str, answer_url: str) -> None:
        """Have a call in progress ask this URL what to say next; a call that has ended already is no error."""

    def recent(self, kind: Literal["call", "sms"], to: str, since: datetime) -> Sequence[Found]:
        """Calls or messages to a number created at or after `since`."""

    def check(self) -> str:
        """The state of our account in the carrier's own word ("active"); "" when we may send but not ask that."""
