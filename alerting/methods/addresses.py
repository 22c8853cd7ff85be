"""What somebody typed as the address of a contact method, checked and written in one way. Pure."""

from __future__ import annotations

import re
from typing import Literal

import phonenumbers
from phonenumbers import PhoneNumberType

from alerting.catalog.phone import BadPhone, callable_number

Channel = Literal["sms", "voice", "email"]
CHANNELS: tuple[Channel, ...] = ("sms", "voice", "email")
LONGEST = 254
_EMAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+\.[^@\s<>,;:\"()\[\]\\]+")


class BadAddress(ValueError):
    """`problem` is `phone`, `landline` (no text message reaches it) or `email`."""

    def __init__(self, problem: Literal["phone", "landline", "email"], typed: str) -> None:
        super().__init__(f"{typed[:64]!r}: {problem}")
        self.problem = problem


def checked_address(channel: Channel, typed: str) -> str:
    """E.164 for a telephone (without a country code: Spanish), lower case for mail."""
    text = typed.strip()
    if channel == "email":
        if len(text) > LONGEST or not _EMAIL.fullmatch(text):
            raise BadAddress("email", text)
        return text.lower()
    try:
        number = callable_number(text)
    except BadPhone as error:
        raise BadAddress("phone", text) from error
    if channel == "sms" and phonenumbers.number_type(phonenumbers.parse(number)) == PhoneNumberType.FIXED_LINE:
        raise BadAddress("landline", number)
    return number
