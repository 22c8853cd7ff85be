"""What a simulator needs to know before it starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from simulator.profiles import Profile

EXAMPLE_ACCOUNT = "AC" + "0" * 31 + "1"


class SimulatorRefused(RuntimeError):
    """The simulator must not run here; the message says why and what to do."""


@dataclass(frozen=True)
class SimulatorConfig:
    port: int = 0
    """0: any free one; `serve` tells which."""
    account_sid: str = EXAMPLE_ACCOUNT
    auth_token: str = "simulated-auth-token"  # noqa: S105 - opens nothing but this simulator
    """Several, comma-separated, are all accepted at the door; webhooks are signed with the first."""
    api_key: str | None = None
    api_secret: str | None = None
    sms_url: str | None = None
    """Where the carrier posts inbound SMS of every number that is ours. None: they go nowhere."""
    voice_url: str | None = None
    sms_fallback_url: str | None = None
    """Told of a number of ours to whoever asks; inbound messages and calls are not posted there."""
    voice_fallback_url: str | None = None
    number: str = "+34910000001"
    """Our own number: what a telephone texts or calls when it names none, and the sender of a messaging service."""
    voice_number: str = "+34910000001"
    """Another number of ours, from which we call."""
    default_profile: Profile = field(default_factory=Profile)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    speech_seconds_per_word: float = 0.02
    """A person needs about 0.4; tests have no patience."""
    pause_factor: float = 1.0
    """Scales <Pause> and the timeout of <Gather>."""
    network_seconds: float = 0.02
    """From one step of a call or message to the next."""
    detection_seconds: float = 0.3
    """How long machine detection takes."""
    calls_per_second: float = 0.0
    """Calls wait queued beyond this rate; 0: no limit."""
    pagerduty_api_key: str = "simulated-pagerduty-key"
    """What PagerDuty's REST API accepts. Its Events API takes every routing key of 32 characters as a service."""
    pagerduty_webhook_url: str | None = None
    """Where PagerDuty posts what happens to incidents. None: nowhere."""
    pagerduty_webhook_secret: str = "simulated-pagerduty-secret"  # noqa: S105 - opens nothing but a demo
    """Several, comma-separated, all sign, as while a secret is rotated."""
    environment: str = "development"

    @property
    def pagerduty_webhook_secrets(self) -> tuple[str, ...]:
        return tuple(secret.strip() for secret in self.pagerduty_webhook_secret.split(","))

    def faster(self, speed: float) -> Self:
        """All that takes time takes `speed` times less; what a telephone's own profile says stays."""
        return replace(
            self,
            speech_seconds_per_word=self.speech_seconds_per_word / speed,
            pause_factor=self.pause_factor / speed,
            network_seconds=self.network_seconds / speed,
            detection_seconds=self.detection_seconds / speed,
        )

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        return tuple(token.strip() for token in self.auth_token.split(","))

    def check(self) -> None:
        """Raises SimulatorRefused in production: an engineer's page must never end in a make-believe telephone."""
        if self.environment == "production":
            raise SimulatorRefused(
                "the simulated telephone network does not start with GUARDIA_ENVIRONMENT=production: "
                "no page would reach anybody. Unset TWILIO_API_URL and run without the simulator"
            )


def settings_from(environ: Mapping[str, str]) -> dict[str, str]:
    """The fields of SimulatorConfig that the environment names."""
    public_url = environ.get("GUARDIA_PUBLIC_URL", "").rstrip("/")
    fallback_url = environ.get("GUARDIA_FALLBACK_URL", "").rstrip("/") or public_url
    named = {
        "account_sid": environ.get("GUARDIA_TWILIO_ACCOUNT_SID"),
        "auth_token": environ.get("GUARDIA_TWILIO_AUTH_TOKEN"),
        "api_key": environ.get("GUARDIA_TWILIO_API_KEY"),
        "api_secret": environ.get("GUARDIA_TWILIO_API_SECRET"),
        "number": environ.get("GUARDIA_SMS_FROM"),
        "voice_number": environ.get("GUARDIA_VOICE_FROM"),
        "environment": environ.get("GUARDIA_ENVIRONMENT"),
        "sms_url": public_url and public_url + "/webhooks/twilio/sms",
        "voice_url": public_url and public_url + "/webhooks/twilio/voice",
        "sms_fallback_url": fallback_url and fallback_url + "/webhooks/fallback/sms",
        "voice_fallback_url": fallback_url and fallback_url + "/webhooks/fallback/voice",
        "pagerduty_api_key": environ.get("GUARDIA_PAGERDUTY_API_KEY"),
        "pagerduty_webhook_secret": environ.get("GUARDIA_PAGERDUTY_WEBHOOK_SECRET"),
        "pagerduty_webhook_url": public_url and public_url + "/webhooks/pagerduty",
    }
    return {name: value for name, value in named.items() if value}
