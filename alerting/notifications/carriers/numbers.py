"""How our account and numbers are set up at the carrier, and what is wrong with that. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

VOICE_PATH, SMS_PATH = "/webhooks/twilio/voice", "/webhooks/twilio/sms"
FALLBACK_VOICE_PATH, FALLBACK_SMS_PATH = "/webhooks/fallback/voice", "/webhooks/fallback/sms"
ACTIVE = ("active", "")
NOWHERE = "nowhere"
POST = "POST"
E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True)
class Number:
    """A number of the account. `voice_url` is where a call to it is posted, "" when nowhere; a trunk or an application
    named in its place is in `voice_instead`, and then counts. `voice_fallback` is asked when `voice_url` gives no
    answer. The same for messages."""

    number: str
    voice: bool
    sms: bool
    voice_url: str = ""
    voice_method: str = POST
    voice_instead: str = ""
    sms_url: str = ""
    sms_method: str = POST
    sms_instead: str = ""
    voice_fallback: str = ""
    sms_fallback: str = ""


@dataclass(frozen=True)
class Account:
    """`status` in the carrier's own word, "" when it may not be asked for. `balance` and `numbers` None: the same.
    `caller_ids` are numbers of other operators from which the account may call."""

    status: str = ""
    balance: Decimal | None = None
    currency: str = ""
    numbers: Sequence[Number] | None = ()
    caller_ids: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Expected:
    """What we rely on. `origin` is ours, `fallback_origin` where the carrier turns when we do not answer ("": not
    looked at); a `least_balance` of 0 is no limit."""

    sms_from: str
    voice_from: str
    origin: str
    least_balance: Decimal = Decimal(0)
    fallback_origin: str = ""


class Fault(StrEnum):
    """In the order of their weight. The last four keep no page from leaving, but are worth knowing."""

    SUSPENDED = "suspended"
    LOW_BALANCE = "low_balance"
    UNKNOWN_SENDER = "unknown_sender"
    UNKNOWN_CALLER_ID = "unknown_caller_id"
    NO_SMS = "no_sms"
    NO_VOICE = "no_voice"
    SMS_ELSEWHERE = "sms_elsewhere"
    CALLS_ELSEWHERE = "calls_elsewhere"
    SMS_WITHOUT_FALLBACK = "sms_without_fallback"
    CALLS_WITHOUT_FALLBACK = "calls_without_fallback"
    ONE_WAY_SENDER = "one_way_sender"
    NO_CALLS_BACK = "no_calls_back"


WARNINGS = frozenset(
    {Fault.SMS_WITHOUT_FALLBACK, Fault.CALLS_WITHOUT_FALLBACK, Fault.ONE_WAY_SENDER, Fault.NO_CALLS_BACK}
)


@dataclass(frozen=True)
class Finding:
    """`about` is the number concerned, or "" for the account; `detail` what the carrier says."""

    fault: Fault
    about: str = ""
    detail: str = ""


def findings(account: Account, expected: Expected) -> list[Finding]:
    """What is wrong, the heaviest first; nothing when all is well."""
    found = list(_of_account(account, expected))
    if account.numbers is not None:
        found += [*_of_sender(account.numbers, expected), *_of_caller_id(account.numbers, account.caller_ids, expected)]
    order = list(Fault)
    return sorted(found, key=lambda one: order.index(one.fault))


def _of_account(account: Account, expected: Expected) -> Iterator[Finding]:
    if account.status not in ACTIVE:
        yield Finding(Fault.SUSPENDED, detail=account.status)
    if account.balance is not None and account.balance < expected.least_balance:
        yield Finding(Fault.LOW_BALANCE, detail=f"{account.balance} {account.currency}".strip())


def _of_sender(numbers: Sequence[Number], expected: Expected) -> Iterator[Finding]:
    sender = expected.sms_from
    if not E164.fullmatch(sender):
        yield Finding(Fault.ONE_WAY_SENDER, sender)
        return
    number = _named(numbers, sender)
    if number is None:
        yield Finding(Fault.UNKNOWN_SENDER, sender)
        return
    if not number.sms:
        yield Finding(Fault.NO_SMS, sender)
    elsewhere = _elsewhere(number.sms_instead, number.sms_url, number.sms_method, expected.origin + SMS_PATH)
    if elsewhere is not None:
        yield Finding(Fault.SMS_ELSEWHERE, sender, elsewhere)
    elif _lacks(number.sms_instead, number.sms_fallback, expected, FALLBACK_SMS_PATH):
        yield Finding(Fault.SMS_WITHOUT_FALLBACK, sender, number.sms_fallback or NOWHERE)


def _of_caller_id(numbers: Sequence[Number], caller_ids: Collection[str], expected: Expected) -> Iterator[Finding]:
    caller = expected.voice_from
    number = _named(numbers, caller)
    if number is None:
        fault = Fault.NO_CALLS_BACK if caller in caller_ids else Fault.UNKNOWN_CALLER_ID
        yield Finding(fault, caller)
        return
    if not number.voice:
        yield Finding(Fault.NO_VOICE, caller)
    elsewhere = _elsewhere(number.voice_instead, number.voice_url, number.voice_method, expected.origin + VOICE_PATH)
    if elsewhere is not None:
        yield Finding(Fault.CALLS_ELSEWHERE, caller, elsewhere)
    elif _lacks(number.voice_instead, number.voice_fallback, expected, FALLBACK_VOICE_PATH):
        yield Finding(Fault.CALLS_WITHOUT_FALLBACK, caller, number.voice_fallback or NOWHERE)


def _named(numbers: Sequence[Number], number: str) -> Number | None:
    return next((one for one in numbers if one.number == number), None)


def _elsewhere(instead: str, url: str, method: str, ours: str) -> str | None:
    """Where it goes, in words; None when it comes to us. The part behind # are options of the carrier's."""
    if instead:
        return instead
    address = url.partition("#")[0].rstrip("/")
    if address != ours:
        return address or NOWHERE
    return None if method == POST else f"{method} {address}"


def _lacks(instead: str, fallback: str, expected: Expected, path: str) -> bool:
    if instead or not expected.fallback_origin:
        return False
    return fallback.partition("#")[0].rstrip("/") != expected.fallback_origin + path
