"""The account at the carrier and its numbers, as they are set up there; what a test or a demo may change."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from simulator.config import SimulatorConfig


class Number(BaseModel):
    """A number of the account, as it is set up there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: str
    voice: bool = True
    sms: bool = True
    voice_url: str = ""
    voice_method: Literal["GET", "POST"] = "POST"
    sms_url: str = ""
    sms_method: Literal["GET", "POST"] = "POST"
    voice_fallback_url: str = ""
    sms_fallback_url: str = ""
    trunk_sid: str | None = None


class Account(BaseModel):
    """`balance` as the API writes it; None: it may not be read, as of a sub-account. `caller_ids` are numbers of other
    operators from which it may call."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    status: Literal["active", "suspended", "closed"] = "active"
    balance: str | None = "100.00"
    currency: str = "EUR"
    numbers: tuple[Number, ...] = ()
    caller_ids: tuple[str, ...] = ()


def account_of(config: SimulatorConfig) -> Account:
    """Set up as it should be: both of our numbers lead to the product."""
    ours = dict.fromkeys((config.number, config.voice_number))
    urls = {
        "voice_url": config.voice_url or "",
        "voice_fallback_url": config.voice_fallback_url or "",
        "sms_url": config.sms_url or "",
        "sms_fallback_url": config.sms_fallback_url or "",
    }
    return Account(numbers=tuple(Number(number=number, **urls) for number in ours))
