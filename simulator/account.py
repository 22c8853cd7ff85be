"""The account, its balance and its numbers, as the REST API tells them."""

from datetime import UTC, datetime
from typing import Any

from flask import request

from simulator.carrier import carrier, network, paged
from simulator.numbers import Number
from simulator.requests_in import NUMBER_LIST, check_fields
from simulator.resources import API_VERSION, rfc2822

Json = dict[str, Any]
BORN = rfc2822(datetime(2026, 1, 1, tzinfo=UTC))


@carrier.get("/<account>.json")
def fetch_account(account: str) -> Json:
    uri = f"/{API_VERSION}/Accounts/{account}"
    return {
        "sid": account,
        "owner_account_sid": account,
        "friendly_name": "Simulated telephone network",
        "auth_token": "",
        "status": network().account.status,
        "type": "Full",
        "date_created": BORN,
        "date_updated": BORN,
        "uri": uri + ".json",
        "subresource_uris": {"calls": uri + "/Calls.json", "messages": uri + "/Messages.json"},
    }


@carrier.get("/<account>/Balance.json")
def fetch_balance(account: str) -> Json | tuple[Json, int]:
    of_account = network().account
    if of_account.balance is None:
        said = "The requested resource /Balance.json was not found"
        more = "https://www.twilio.com/docs/errors/20404"
        return {"code": 20404, "message": said, "more_info": more, "status": 404}, 404
    return {"account_sid": account, "balance": of_account.balance, "currency": of_account.currency}


@carrier.get("/<account>/IncomingPhoneNumbers.json")
def list_numbers(account: str) -> Json:
    check_fields(request.args, NUMBER_LIST)
    wanted = request.args.get("PhoneNumber")
    numbers = [one for one in network().account.numbers if wanted in (None, one.number)]
    return paged("incoming_phone_numbers", [_number(account, place, one) for place, one in enumerate(numbers)])


@carrier.get("/<account>/OutgoingCallerIds.json")
def list_caller_ids(account: str) -> Json:
    check_fields(request.args, NUMBER_LIST)
    wanted = request.args.get("PhoneNumber")
    known = [number for number in network().account.caller_ids if wanted in (None, number)]
    return paged("outgoing_caller_ids", [_caller_id(account, place, one) for place, one in enumerate(known)])


def _number(account: str, place: int, one: Number) -> Json:
    sid = f"PN{place:032x}"
    return {
        "sid": sid,
        "account_sid": account,
        "friendly_name": one.number,
        "phone_number": one.number,
        "capabilities": {"voice": one.voice, "sms": one.sms, "mms": False, "fax": False},
        "voice_url": one.voice_url or None,
        "voice_method": one.voice_method,
        "voice_fallback_url": one.voice_fallback_url or None,
        "voice_fallback_method": "POST",
        "voice_application_sid": None,
        "trunk_sid": one.trunk_sid,
        "sms_url": one.sms_url or None,
        "sms_method": one.sms_method,
        "sms_fallback_url": one.sms_fallback_url or None,
        "sms_fallback_method": "POST",
        "sms_application_sid": None,
        "origin": "twilio",
        "beta": False,
        "status": "in-use",
        "api_version": API_VERSION,
        "date_created": BORN,
        "date_updated": BORN,
        "uri": f"/{API_VERSION}/Accounts/{account}/IncomingPhoneNumbers/{sid}.json",
    }


def _caller_id(account: str, place: int, number: str) -> Json:
    sid = f"PN{place + 4096:032x}"
    return {
        "sid": sid,
        "account_sid": account,
        "friendly_name": number,
        "phone_number": number,
        "date_created": BORN,
        "date_updated": BORN,
        "uri": f"/{API_VERSION}/Accounts/{account}/OutgoingCallerIds/{sid}.json",
    }
