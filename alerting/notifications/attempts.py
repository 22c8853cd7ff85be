"""The life of one delivery attempt: what the carrier's words mean, which word counts, and what follows a failure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

RETRY_DELAYS = (timedelta(seconds=1), timedelta(seconds=2), timedelta(seconds=4))
# Mail servers are away for hours, and a mail is still worth reading then (RFC 5321 4.5.4.1 asks for days of patience).
MAIL_RETRY_DELAYS = (
    timedelta(seconds=1),
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
)
MAIL_RETRY_EVERY = timedelta(hours=1)
MAIL_PATIENCE = timedelta(days=3)
RECONCILE_AFTER = timedelta(seconds=2)
LEASE = timedelta(seconds=15)
MAX_RESENDS = 1
LATE_AFTER = timedelta(seconds=60)
COLLAPSED_WITHIN = timedelta(seconds=60)


class AttemptState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    RINGING = "ringing"
    SENT = "sent"
    ANSWERED = "answered"
    DELIVERED = "delivered"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    VOICEMAIL = "voicemail"
    NO_INPUT = "no_input"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    SKIPPED = "skipped"


S = AttemptState
OPEN = frozenset({S.PENDING, S.SENDING, S.UNKNOWN, S.ACCEPTED, S.RINGING, S.SENT, S.ANSWERED})
FINAL = frozenset(S) - OPEN
HANDED_OVER = frozenset(S) - {S.PENDING, S.SENDING, S.UNKNOWN, S.SKIPPED, S.SUPERSEDED, S.CANCELLED, S.FAILED}
# Nobody hears anything through these: when a step has nothing else, the next step need not wait.
DEAF = frozenset({S.FAILED, S.UNDELIVERED, S.SKIPPED, S.EXPIRED})
RANK = {S.PENDING: 0, S.SENDING: 1, S.UNKNOWN: 1, S.ACCEPTED: 2, S.RINGING: 3, S.SENT: 3, S.ANSWERED: 4}
FINAL_RANK = 9

# SipResponseCode of a failed call (Twilio, call progress events): the telephone's own answer, not the network's.
SIP_NOT_REACHED = frozenset({"408", "480", "487"})
SIP_BUSY = frozenset({"486", "600", "603"})


def voice_state(call_status: str, sip_code: str | None, answered_by: str | None, pressed: bool) -> AttemptState | None:
    """The state that a CallStatus stands for; None for a word we do not know. "completed" is never an acknowledgement:
    a call that ends without a key is `no_input` (`pressed` is True when a key had already decided)."""
    if answered_by and (answered_by.startswith("machine") or answered_by == "fax"):
        return S.VOICEMAIL
    match call_status:
        case "queued" | "initiated":
            return S.ACCEPTED
        case "ringing":
            return S.RINGING
        case "in-progress" | "answered":
            return S.ANSWERED
        case "completed":
            return None if pressed else S.NO_INPUT
        case "no-answer":
            return S.NO_ANSWER
        case "busy":
            return S.BUSY
        case "canceled":
            return S.CANCELLED
        case "failed":
            return S.NO_ANSWER if sip_code in SIP_NOT_REACHED else S.BUSY if sip_code in SIP_BUSY else S.FAILED
    return None


SMS_STATES = {
    "accepted": S.ACCEPTED,
    "scheduled": S.ACCEPTED,
    "queued": S.ACCEPTED,
    "sending": S.ACCEPTED,
    "sent": S.SENT,
    "delivered": S.DELIVERED,
    "read": S.DELIVERED,
    "undelivered": S.UNDELIVERED,
    "partially_delivered": S.UNDELIVERED,
    "failed": S.FAILED,
    "canceled": S.CANCELLED,
}


def follows(current: AttemptState, current_sequence: int, new: AttemptState, sequence: int | None) -> bool:
    """Whether a reported state replaces the current one: callbacks come twice, late and in any order (invariant I11).
    Final states stay, but a message reported as undelivered may still turn out delivered. `sequence` is the carrier's
    own order where it gives one; `current_sequence` is the highest applied so far, -1 before any."""
    if current in FINAL:
        return current is S.UNDELIVERED and new is S.DELIVERED
    if sequence is not None and sequence <= current_sequence:
        return False
    if new in FINAL:
        return True
    return RANK[new] > RANK[current]


@dataclass(frozen=True)
class RetryAt:
    at: datetime


@dataclass(frozen=True)
class GiveUp:
    pass


def after_transient_mail(tries: int, purpose: str, planned_at: datetime, now: datetime) -> RetryAt | GiveUp:
    """As `after_transient`, for mail. A page by mail is given up as fast as one by telephone, because another method
    waits; a customer's mail has no other way and is tried for days; what concerns a shift is stale within the hour.
    `planned_at` is when the mail was first to leave."""
    if purpose == "page":
        return after_transient(tries, None, now)
    if tries <= len(MAIL_RETRY_DELAYS):
        return RetryAt(now + MAIL_RETRY_DELAYS[tries - 1])
    if purpose != "customer" or now - planned_at > MAIL_PATIENCE:
        return GiveUp()
    return RetryAt(now + MAIL_RETRY_EVERY)


def after_transient(tries: int, retry_after: float | None, now: datetime) -> RetryAt | GiveUp:
    """Back-off on the same channel, then give it up so that the next method takes over. `tries` counts from 1. The
    carrier's own Retry-After is respected, also when it is longer."""
    if tries > len(RETRY_DELAYS):
        return GiveUp()
    delay = RETRY_DELAYS[tries - 1]
    if retry_after is not None:
        delay = max(delay, timedelta(seconds=retry_after))
    return RetryAt(now + delay)
