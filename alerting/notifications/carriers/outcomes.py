"""What a carrier's refusal means for us. Codes: Twilio's error dictionary."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.notifications.carriers.base import (
    AmbiguousDeliveryError,
    ConfigurationDeliveryError,
    DeliveryError,
    PermanentDeliveryError,
    TransientDeliveryError,
)

# The number cannot be used at all: it is invalid, blocked by its owner, or no mobile.
DEAD_ADDRESS = frozenset({"21211", "21214", "21217", "13223", "13224", "21610", "21614", "30006", "21612"})
# Our account, sender or permissions are at fault.
CONFIGURATION = frozenset(
    {"20003", "20404", "21205", "21212", "21215", "21408", "21603", "21606", "21609", "21611", "21659", "30004",
     "30007", "30034", "21602", "21617"}
)  # fmt: skip
BUSY_WITH_OTHERS = frozenset({"20429", "30001", "30022"})
OPTED_OUT = "21610"


def refusal(http_status: int, code: str | None, message: str, headers: Mapping[str, str]) -> DeliveryError:
    """The error to raise for an answer that is not 2xx. A 5xx is ambiguous: the request may have been taken."""
    if http_status == 429 or code in BUSY_WITH_OTHERS:
        return TransientDeliveryError(message, code or "429", _seconds(headers.get("Retry-After")))
    if http_status in (401, 403) or code in CONFIGURATION:
        return ConfigurationDeliveryError(message, code or str(http_status))
    if http_status >= 500:
        return AmbiguousDeliveryError(message, code or str(http_status))
    return PermanentDeliveryError(message, code or str(http_status))


def why_disabled(code: str | None) -> str | None:
    """attempt.why for an address that no later page may use; None when the address is not to blame."""
    if code == OPTED_OUT:
        return "opted_out"
    return "method_disabled" if code in DEAD_ADDRESS else None


def _seconds(header: str | None) -> float | None:
    """Retry-After as seconds; a date (RFC 9110 allows one) or nonsense counts as not given."""
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None
