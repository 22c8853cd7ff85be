"""How things stand between an account and its latest invitation. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Standing(StrEnum):
    ACTIVE = "active"  # a password is set
    INVITED = "invited"
    UNDELIVERED = "undelivered"  # the mail server refused the mail
    EXPIRED = "expired"
    NEVER_INVITED = "never_invited"


class Latest(NamedTuple):
    """The latest invitation. `delivered` False: its mail has failed for good."""

    expires_at: datetime
    closed: bool
    delivered: bool


def standing(has_password: bool, latest: Latest | None, now: datetime) -> Standing:
    """A password counts for more than a link that is still open: sent again, that is only another way in."""
    if has_password:
        return Standing.ACTIVE
    if latest is None:
        return Standing.NEVER_INVITED
    if latest.closed or latest.expires_at <= now:
        return Standing.EXPIRED
    return Standing.INVITED if latest.delivered else Standing.UNDELIVERED
