"""What `guardia doctor` says of our account and numbers at the carrier: (level, text, remedy) of each finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alerting.notifications.carriers.account import TwilioAccount, expected
from alerting.notifications.carriers.base import ConfigurationDeliveryError, DeliveryError
from alerting.notifications.carriers.numbers import (
    FALLBACK_SMS_PATH,
    FALLBACK_VOICE_PATH,
    SMS_PATH,
    VOICE_PATH,
    WARNINGS,
    Account,
    Expected,
    Fault,
    Finding,
    findings,
)
from core.settings import Settings
from service.pagerduty_checks import Found

WORDS: Mapping[Fault, tuple[str, str]] = {
    Fault.SUSPENDED: (
        "the account at {carrier} is {detail}: no call is placed",
        "settle it with the carrier (balance, identity papers)",
    ),
    Fault.LOW_BALANCE: (
        "the account at {carrier} has {detail} left; without credit no page leaves",
        "pay in, and let the account recharge by itself; GUARDIA_LOW_BALANCE says from when managers are told",
    ),
    Fault.UNKNOWN_SENDER: (
        "{about} is no number of the account at {carrier}: no SMS leaves from it",
        "set GUARDIA_SMS_FROM to a number of the account, or buy that one",
    ),
    Fault.UNKNOWN_CALLER_ID: (
        "{about} is neither a number of the account at {carrier} nor verified there: no call leaves from it",
        "set GUARDIA_VOICE_FROM to a number of the account",
    ),
    Fault.NO_SMS: ("{about} cannot send SMS", "set GUARDIA_SMS_FROM to a number with the capability SMS"),
    Fault.NO_VOICE: ("{about} cannot call", "set GUARDIA_VOICE_FROM to a number with the capability Voice"),
    Fault.SMS_ELSEWHERE: (
        "SMS to {about} go to {detail}: replies of engineers reach nobody",
        "at the carrier set 'A message comes in' of that number to POST {origin}" + SMS_PATH,
    ),
    Fault.CALLS_ELSEWHERE: (
        "calls to {about} go to {detail}: who calls back reaches nobody",
        "at the carrier set 'A call comes in' of that number to POST {origin}" + VOICE_PATH,
    ),
    Fault.SMS_WITHOUT_FALLBACK: (
        "SMS to {about} fall back to {detail} when we do not answer: who replies then hears nothing",
        "at the carrier set 'Primary handler fails' of its messages to POST {fallback}" + FALLBACK_SMS_PATH,
    ),
    Fault.CALLS_WITHOUT_FALLBACK: (
        "calls to {about} fall back to {detail} when we do not answer: who calls then hears an apology in English",
        "at the carrier set 'Primary handler fails' of its calls to POST {fallback}" + FALLBACK_VOICE_PATH,
    ),
    Fault.ONE_WAY_SENDER: (
        "{about} is a name and no number: nobody can reply, and in Spain it must be registered with the CNMC",
        "set GUARDIA_SMS_FROM to a number; see docs/telephony.md",
    ),
    Fault.NO_CALLS_BACK: (
        "{about} is another operator's number: calls back to it do not come to us",
        "set GUARDIA_VOICE_FROM to a number of the account",
    ),
}


def of_account(settings: Settings, client: TwilioAccount) -> Iterator[Found]:
    """Asks the carrier who we are and how our numbers are set up."""
    wanted = expected(settings, client.name)
    try:
        account = client.look((wanted.sms_from, wanted.voice_from))
    except ConfigurationDeliveryError as error:
        remedy = (
            "check GUARDIA_TWILIO_ACCOUNT_SID with the auth token, or the API key with its secret, and its permissions"
        )
        yield "problem", f"{client.name} refuses us: {error}, code {error.code}", remedy
    except DeliveryError as error:
        remedy = "check the way out to the carrier: proxy, firewall, DNS, GUARDIA_TWILIO_API_URL"
        yield "problem", f"{client.name} cannot be asked: {error}", remedy
    else:
        found = findings(account, wanted)
        if all(one.fault is not Fault.SUSPENDED for one in found):
            yield "ok", _well(account, client.name), ""
        for one in found:
            yield _in_words(one, client.name, wanted)
        if account.numbers is None:
            remedy = "let the API key read incoming numbers, or look at the carrier's console"
            yield "warning", "how our numbers are set up could not be read", remedy
        elif all(not one.about for one in found):
            yield "ok", f"{' and '.join(sorted({wanted.sms_from, wanted.voice_from}))} come to us", ""


def _well(account: Account, carrier: str) -> str:
    status = f", the account is {account.status}" if account.status else ""
    balance = f", {account.balance} {account.currency} left" if account.balance is not None else ""
    return f"{carrier} knows us{status}{balance}"


def _in_words(one: Finding, carrier: str, wanted: Expected) -> Found:
    text, remedy = WORDS[one.fault]
    values = {
        "carrier": carrier, "about": one.about, "detail": one.detail,
        "origin": wanted.origin, "fallback": wanted.fallback_origin,
    }  # fmt: skip
    return "warning" if one.fault in WARNINGS else "problem", text.format(**values), remedy.format(**values)
