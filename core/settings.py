"""Every environment setting of the service (prefix GUARDIA_), with its default and the checks of production mode."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from core.carrier_accounts import SECOND, TWILIO, CarrierAccount, tokens_of
from core.mail import is_address

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
MIN_SECRET_LENGTH = 32
E164 = re.compile(r"\+[1-9]\d{6,14}")

# What the embedded simulator accepts. Production refuses them.
DEMO_ACCOUNT_SID = "AC" + "0" * 31 + "1"
DEMO_AUTH_TOKEN = "simulated-telephony-token"  # noqa: S105 - not a secret: only the loopback simulator takes it
# Of the PagerDuty that stands beside the simulated telephones.
DEMO_PAGERDUTY_ROUTING_KEY = "simulated0routing0key0of0guardia"
DEMO_PAGERDUTY_API_KEY = "simulated-pagerduty-key"
DEMO_PAGERDUTY_WEBHOOK_SECRET = "simulated-pagerduty-secret"  # noqa: S105 - opens nothing but a demo


class UnsafeSettings(ValueError):
    """Settings that production mode refuses; the text lists all of them, each with its remedy."""


class Settings(BaseSettings):
    """Read once at the start of a process; immutable afterwards. Spans are seconds, rates are per second."""

    # An error about one setting must not show the others: some are secrets.
    model_config = SettingsConfigDict(env_prefix="GUARDIA_", frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Literal["development", "production"] = "development"
    database_url: str = ""
    redis_url: str = ""
    data_dir: Path = Path("var")
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str = ""
    secret_key: SecretStr = SecretStr("")
    workers: int = Field(default=2, ge=1, le=64)

    provider_name: str = ""
    emergency_phone: str = ""
    timezone: str = ""
    language: Literal["", "es", "en"] = ""

    twilio_account_sid: str = DEMO_ACCOUNT_SID
    twilio_auth_token: SecretStr = SecretStr(DEMO_AUTH_TOKEN)
    twilio_api_key: str = ""
    twilio_api_secret: SecretStr = SecretStr("")
    twilio_api_url: str = ""
    sms_from: str = "+34600900900"
    voice_from: str = "+34910000001"
    second_twilio_account_sid: str = ""
    second_twilio_auth_token: SecretStr = SecretStr("")
    second_twilio_api_key: str = ""
    second_twilio_api_secret: SecretStr = SecretStr("")
    second_twilio_api_url: str = ""
    second_sms_from: str = ""
    second_voice_from: str = ""
    calls_per_second: float = Field(default=1, ge=0)
    sms_per_second: float = Field(default=1, ge=0)
    machine_detection: bool = True
    repeat_calls: bool = True
    callers_schedule: str = ""
    fallback_url: str = ""
    fallback_port: int = Field(default=8002, ge=1, le=65535)

    canary_sms_to: str = ""
    canary_call_to: str = ""
    canary_every_minutes: float = Field(default=60, ge=5, le=10_080)
    canary_within_seconds: float = Field(default=120, ge=20, le=3600)
    low_balance: float = Field(default=20, ge=0)

    pagerduty_routing_key: SecretStr = SecretStr("")
    pagerduty_api_key: SecretStr = SecretStr("")
    pagerduty_webhook_secret: SecretStr = SecretStr("")
    pagerduty_events_url: str = ""
    pagerduty_api_url: str = ""

    smtp_url: SecretStr = SecretStr("")
    mail_from: str = "guardia@itsafer.example"
    mail_in_address: str = ""
    mail_host: str = "127.0.0.1"
    mail_port: int = Field(default=8025, ge=0, le=65535)
    mail_max_megabytes: int = Field(default=10, ge=1, le=100)
    mail_trusted_host: str = ""
    mail_webhook_secret: SecretStr = SecretStr("")

    drill_months: int = Field(default=12, ge=0, le=120)

    attachments_dir: str = ""
    attachment_max_megabytes: int = Field(default=10, ge=1, le=100)
    attachments_customer_megabytes: int = Field(default=5000, ge=1, le=10_000_000)

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if name:
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError) as error:
                raise ValueError(f"{name!r} is not an IANA name; write one like Europe/Madrid") from error
        return name

    @field_validator("canary_sms_to", "canary_call_to")
    @classmethod
    def _is_a_number(cls, number: str) -> str:
        if number and not E164.fullmatch(number):
            raise ValueError(f"{number!r} is no number in international form; write one like +34600000001")
        return number

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, url: str) -> str:
        if url:
            try:
                make_url(url)
            except ArgumentError as error:
                raise ValueError("is no database; write an address like postgresql://user@host/guardia") from error
        return url

    @field_validator("mail_in_address")
    @classmethod
    def _can_carry_a_token(cls, address: str) -> str:
        if address and not is_address(address):
            raise ValueError(f"{address!r} is not one mail address; write one like soporte@itsafer.example")
        if "+" in address.partition("@")[0]:
            raise ValueError(f"{address!r} has a plus sign already, and answers come to an address with +TOKEN added")
        return address.lower()

    @model_validator(mode="after")
    def _second_account_is_whole(self) -> Self:
        needed = ("second_twilio_account_sid", "second_twilio_auth_token", "second_sms_from", "second_voice_from")
        optional = ("second_twilio_api_key", "second_twilio_api_secret", "second_twilio_api_url")
        empty = [name for name in needed if not _shown(getattr(self, name))]
        if empty and any(_shown(getattr(self, name)) for name in (*needed, *optional)):
            variables = ", ".join(f"GUARDIA_{name.upper()}" for name in empty)
            raise ValueError(f"a second account lacks {variables}: set them, or no GUARDIA_SECOND_… at all")
        if bool(self.second_twilio_api_key) != bool(self.second_twilio_api_secret.get_secret_value()):
            raise ValueError("GUARDIA_SECOND_TWILIO_API_KEY and GUARDIA_SECOND_TWILIO_API_SECRET belong together")
        return self

    @model_validator(mode="after")
    def _production_is_safe(self) -> Self:
        if self.environment == "production" and (problems := self.production_problems()):
            raise UnsafeSettings("\n".join(problems))
        return self

    def production_problems(self) -> tuple[str, ...]:
        """What stands in the way of production with these settings; empty when nothing does."""
        checks = (
            (
                urlsplit(self.public_url).scheme != "https",
                f"GUARDIA_PUBLIC_URL is {self.public_url!r}: set the https address that customers and Twilio use",
            ),
            (
                len(self.secret_key.get_secret_value()) < MIN_SECRET_LENGTH,
                "GUARDIA_SECRET_KEY is missing or shorter than 32 characters: set 32 random characters or more",
            ),
            (
                self.uses_simulated_telephony,
                "GUARDIA_TWILIO_API_URL or GUARDIA_SECOND_TWILIO_API_URL is not Twilio's: remove it, so that real "
                "telephones ring",
            ),
            (
                self.twilio_account_sid == DEMO_ACCOUNT_SID
                or DEMO_AUTH_TOKEN in self.twilio_auth_tokens
                or not self.twilio_auth_tokens,
                "GUARDIA_TWILIO_ACCOUNT_SID and GUARDIA_TWILIO_AUTH_TOKEN are the demo's: set your account's",
            ),
            (
                any(urlsplit(url).scheme == "http" for url in (self.pagerduty_events_url, self.pagerduty_api_url))
                or self.pagerduty_routing_key.get_secret_value() == DEMO_PAGERDUTY_ROUTING_KEY
                or DEMO_PAGERDUTY_WEBHOOK_SECRET in self.pagerduty_webhook_secrets,
                "GUARDIA_PAGERDUTY_* are the simulator's or not https: set your account's keys and remove "
                "GUARDIA_PAGERDUTY_EVENTS_URL and GUARDIA_PAGERDUTY_API_URL",
            ),
        )
        return tuple(message for wrong, message in checks if wrong)

    @property
    def database(self) -> str:
        """SQLAlchemy URL; a bare postgresql:// is taken by psycopg 3."""
        url = self.database_url or f"sqlite:///{(self.data_dir / 'guardia.db').resolve()}"
        for bare in ("postgres://", "postgresql://"):
            if url.startswith(bare):
                return "postgresql+psycopg://" + url.removeprefix(bare)
        return url

    @property
    def redis(self) -> str:
        """URL of Redis; the embedded server's socket when none is given."""
        return self.redis_url or f"unix://{self.valkey_socket}"

    @property
    def valkey_socket(self) -> Path:
        return (self.data_dir / "valkey" / "valkey.sock").resolve()

    @property
    def public_origin(self) -> str:
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def fallback_origin(self) -> str:
        """Where the carrier turns when the web process does not answer; the web process itself when nothing else is
        there."""
        return self.fallback_url.rstrip("/") or self.public_origin

    @property
    def mail_dir(self) -> Path:
        return self.data_dir / "mail"

    @property
    def attachments_folder(self) -> Path:
        return Path(self.attachments_dir) if self.attachments_dir else self.data_dir / "attachments"

    @property
    def mail_webhook_secrets(self) -> tuple[str, ...]:
        """Secrets that a mail gateway may show, newest first; none: the webhook is closed."""
        return tuple(s.strip() for s in self.mail_webhook_secret.get_secret_value().split(",") if s.strip())

    @property
    def own_mail_addresses(self) -> frozenset[str]:
        """What we write from and are written to, in lower case."""
        return frozenset(filter(None, (self.mail_from.lower(), self.mail_in_address)))

    @property
    def mail_domain(self) -> str:
        """Of our Message-IDs."""
        return self.mail_from.rpartition("@")[2]

    @property
    def twilio_auth_tokens(self) -> tuple[str, ...]:
        """Tokens whose signatures are accepted, newest first (several during a rotation)."""
        return tokens_of(self.twilio_auth_token.get_secret_value())

    @property
    def carrier_accounts(self) -> tuple[CarrierAccount, ...]:
        """Accounts by which calls and messages leave, the usual one first."""
        tokens = self.twilio_auth_tokens
        first = CarrierAccount(
            TWILIO,
            self.twilio_account_sid,
            tokens,
            self.twilio_api_key or self.twilio_account_sid,
            self.twilio_api_secret.get_secret_value() if self.twilio_api_key else next(iter(tokens), ""),
            self.twilio_api_url,
            self.sms_from,
            self.voice_from,
        )
        if not self.second_twilio_account_sid:
            return (first,)
        tokens = tokens_of(self.second_twilio_auth_token.get_secret_value())
        second = CarrierAccount(
            SECOND,
            self.second_twilio_account_sid,
            tokens,
            self.second_twilio_api_key or self.second_twilio_account_sid,
            self.second_twilio_api_secret.get_secret_value() if self.second_twilio_api_key else tokens[0],
            self.second_twilio_api_url,
            self.second_sms_from,
            self.second_voice_from,
        )
        return first, second

    def carrier_account(self, name: str | None) -> CarrierAccount:
        """The one of that name; the usual one for a name that is gone, or none."""
        return next((one for one in self.carrier_accounts if one.name == name), self.carrier_accounts[0])

    def carrier_account_at(self, number: str) -> CarrierAccount:
        """The one that has the number; the usual one for a number that is none of ours."""
        accounts = self.carrier_accounts
        return next((one for one in accounts if number in (one.sms_from, one.voice_from)), accounts[0])

    @property
    def uses_simulated_telephony(self) -> bool:
        """True when calls go anywhere but to Twilio: every page then carries a banner that says so."""
        return any(account.is_simulated for account in self.carrier_accounts)

    @property
    def telephony_is_loopback(self) -> bool:
        return all(urlsplit(account.origin).hostname in LOOPBACK_HOSTS for account in self.carrier_accounts)

    @property
    def pagerduty_webhook_secrets(self) -> tuple[str, ...]:
        """Secrets whose signatures are accepted (several during a rotation); empty: webhooks cannot be verified."""
        given = self.pagerduty_webhook_secret.get_secret_value().split(",")
        return tuple(secret.strip() for secret in given if secret.strip())

    def named_secret(self, reference: str) -> str:
        """What the environment holds under `env:NAME`; "" when it holds nothing."""
        name = reference.removeprefix("env:")
        field = name.removeprefix("GUARDIA_").lower()
        value = getattr(self, field, None) if name.startswith("GUARDIA_") else None
        if isinstance(value, SecretStr):
            return value.get_secret_value().strip()
        return os.environ.get(name, "").strip()

    def signing_key(self) -> bytes:
        """SECRET_KEY, or one made once and kept under DATA_DIR (mode 0600), so that a restart keeps sessions."""
        if given := self.secret_key.get_secret_value():
            return given.encode()
        path = self.data_dir / "secret.key"
        self.data_dir.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x") as file:
                path.chmod(0o600)
                file.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        return path.read_bytes()


def _shown(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
