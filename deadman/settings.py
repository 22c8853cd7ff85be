"""Settings of the watchdog, its own: prefix GUARDIA_WATCHDOG_. It reads none of the service's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deadman.decision import Rules

PREFIX = "GUARDIA_WATCHDOG_"
ROUTING_KEY_LENGTH = 32
E164 = re.compile(r"\+[1-9]\d{6,14}")


class WatchdogSettings(BaseSettings):
    """Spans are seconds unless the name says minutes. Credentials of another account than the service's are best: one
    that is suspended then takes only one of the two away."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    url: str = ""
    after_seconds: float = Field(default=60, ge=10, le=3600)
    every_seconds: float = Field(default=10, ge=1, le=600)
    again_minutes: float = Field(default=15, ge=1, le=1440)
    state_file: Path = Path("var/watchdog.json")
    name: str = Field(default="GUARDIA", max_length=20)
    language: Literal["es", "en"] = "es"
    timezone: str = "Europe/Madrid"
    ping_url: SecretStr = SecretStr("")

    pagerduty_routing_key: SecretStr = SecretStr("")
    pagerduty_events_url: str = "https://events.pagerduty.com"

    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_api_key: str = ""
    twilio_api_secret: SecretStr = SecretStr("")
    twilio_api_url: str = "https://api.twilio.com"
    twilio_from: str = ""
    twilio_to: str = ""

    @field_validator("url", "pagerduty_events_url", "twilio_api_url")
    @classmethod
    def _is_an_origin(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("https", "http") or not parts.hostname):
            raise ValueError(f"{url!r} is no address; write one like https://guardia.itsafer.example")
        return url.rstrip("/")

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is not an IANA name; write one like Europe/Madrid") from error
        return name

    @field_validator("pagerduty_routing_key")
    @classmethod
    def _is_a_routing_key(cls, key: SecretStr) -> SecretStr:
        length = len(key.get_secret_value())
        if length not in (0, ROUTING_KEY_LENGTH):
            raise ValueError(f"has {length} characters; copy the integration key of Events API v2, which has 32")
        return key

    @field_validator("twilio_to")
    @classmethod
    def _are_numbers(cls, text: str) -> str:
        for number in _split(text):
            if not E164.fullmatch(number):
                raise ValueError(f"{number!r} is no number in international form; write one like +34600000001")
        return text

    @model_validator(mode="after")
    def _can_do_its_work(self) -> Self:
        if not self.url:
            raise ValueError(f"{PREFIX}URL is missing: set the address of the service, as https://guardia.example")
        if not self.pages_pagerduty and not self.numbers:
            raise ValueError(
                f"there is nobody to call: set {PREFIX}PAGERDUTY_ROUTING_KEY, or {PREFIX}TWILIO_TO with the account"
            )
        missing = [name for name, value in (
            ("TWILIO_ACCOUNT_SID", self.twilio_account_sid),
            ("TWILIO_AUTH_TOKEN", self.twilio_password),
            ("TWILIO_FROM", self.twilio_from),
        ) if not value]  # fmt: skip
        if self.numbers and missing:
            raise ValueError(f"{PREFIX}TWILIO_TO needs {', '.join(PREFIX + name for name in missing)} too")
        return self

    @property
    def rules(self) -> Rules:
        return Rules(self.after_seconds, self.every_seconds, 60 * self.again_minutes)

    @property
    def pages_pagerduty(self) -> bool:
        return bool(self.pagerduty_routing_key.get_secret_value())

    @property
    def numbers(self) -> tuple[str, ...]:
        return _split(self.twilio_to)

    @property
    def twilio_username(self) -> str:
        return self.twilio_api_key or self.twilio_account_sid

    @property
    def twilio_password(self) -> str:
        secret = self.twilio_api_secret if self.twilio_api_key else self.twilio_auth_token
        return secret.get_secret_value()


def refused(error: ValidationError) -> str:
    """One line for each setting that is refused, without its value when that is a secret."""
    lines = []
    for one in error.errors(include_url=False, include_input=False):
        said = one.get("ctx", {}).get("error") or one["msg"]
        lines.append(f"{PREFIX}{str(one['loc'][0]).upper()}: {said}" if one["loc"] else str(said))
    return "\n".join(lines)


def _split(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
