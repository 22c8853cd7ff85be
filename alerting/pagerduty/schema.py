"""PagerDuty services as the configuration file writes them, and as they are in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import StringConstraints

from oncall.schema import Value
from oncall.schema.fields import Id

ENVIRONMENT_REFERENCE = r"^env:[A-Z][A-Z0-9_]*$"
DEFAULT = "default"
DEFAULT_KEY = "env:GUARDIA_PAGERDUTY_ROUTING_KEY"

SecretName = Annotated[str, StringConstraints(pattern=ENVIRONMENT_REFERENCE)]
Region = Literal["us", "eu"]


class PagerDutyService(Value):
    """`routing_key` names the environment variable that holds it: secrets never stand in the file."""

    id: Id
    routing_key: SecretName | None = None
    region: Region = "us"
    mirror: bool = False


@dataclass(frozen=True)
class Service:
    """A service in force. `key` names its routing key; `configured`: the environment holds one. With `mirror` every
    real page is shown there as well, whatever the policy names."""

    id: str
    key: str = DEFAULT_KEY
    region: Region = "us"
    mirror: bool = False
    configured: bool = False
