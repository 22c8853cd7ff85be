"""An account at the carrier, as the environment describes it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

TWILIO = "twilio"
SECOND = "twilio-2"


@dataclass(frozen=True)
class CarrierAccount:
    """`name` stands in rows and log entries. `tokens`: newest first. `origin`: "" for the carrier's own. `user` and
    `password` sign in: an API key with its secret, else the account with its newest token."""

    name: str
    sid: str
    tokens: tuple[str, ...]
    user: str
    password: str
    origin: str
    sms_from: str
    voice_from: str

    @property
    def is_simulated(self) -> bool:
        """Whether its calls go anywhere but to Twilio, or one of its regions."""
        parts = urlsplit(self.origin)
        return bool(self.origin) and not (parts.scheme == "https" and f".{parts.hostname}".endswith(".twilio.com"))

    def __repr__(self) -> str:
        return f"CarrierAccount({self.name})"  # it holds secrets


def tokens_of(given: str) -> tuple[str, ...]:
    """Several, comma-separated, while one is being rotated."""
    return tuple(token.strip() for token in given.split(",") if token.strip())
