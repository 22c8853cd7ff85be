"""What a person reads off a message."""

from __future__ import annotations

import re

from tests.support.telephones import Phone, Sms


def number(reference: str) -> str:
    """The seven digits that are written and spoken."""
    return reference.rpartition("-")[2]


def code(sms: Sms) -> str:
    """The two digits of a page."""
    found = re.search(r"(?<!\d)(\d\d)[AC]=", sms.body)
    assert found, f"no code in {sms.body!r}"
    return found[1]


def link(sms: Sms) -> str:
    found = re.search(r"https?://\S+/a/\w+", sms.body)
    assert found, f"no link in {sms.body!r}"
    return found[0]


def is_paged(phone: Phone, *texts: str) -> Sms:
    """By SMS, while the telephone rings; the SMS."""
    sms = phone.expect_sms(*texts)
    phone.rings()
    return sms
