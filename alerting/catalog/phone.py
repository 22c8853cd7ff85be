"""Telephone numbers that we may call for a customer."""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

# Fixed and mobile numbers alone: a premium-rate callback number would make every bridge call a fraud.
CALLABLE = frozenset(
    {PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP}
)


class BadPhone(ValueError):
    """Not a number we can call; the text names the number and what is allowed."""


def callable_number(text: str, region: str = "ES") -> str:
    """E.164 of a fixed or mobile number; national numbers are taken as Spanish."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise BadPhone(f"{text[:32]!r} is not a telephone number; write it with its country code, such as +34600111222")
    if phonenumbers.number_type(number) not in CALLABLE:
        raise BadPhone(f"{text[:32]!r} is neither a fixed line nor a mobile; give a number of one of those kinds")
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
