"""Connection overrides: what Twilio reads in the fragment of a webhook's url (its page of that name)."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag


@dataclass(frozen=True)
class Overrides:
    connect_seconds: float = 5.0
    read_seconds: float = 15.0
    total_seconds: float = 15.0
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})
    """ct connect failed, rt no answer in time, 4xx, 5xx, all."""

    def retries_after(self, outcome: str) -> bool:
        return "all" in self.retry_on or outcome in self.retry_on


def split_overrides(url: str) -> tuple[str, Overrides]:
    """The url without its fragment, which is neither sent nor signed, and what the fragment asks for:
    `#rc=3&rp=ct,rt,5xx&ct=2000&rt=4000&tt=14000`, times in milliseconds. Out of range is brought into range."""
    bare, fragment = urldefrag(url)
    asked = {key: values[-1] for key, values in parse_qs(fragment).items()}
    return bare, Overrides(
        connect_seconds=_number(asked.get("ct"), 100, 10000, 5000) / 1000,
        read_seconds=_number(asked.get("rt"), 100, 15000, 15000) / 1000,
        total_seconds=_number(asked.get("tt"), 100, 15000, 15000) / 1000,
        retries=_number(asked.get("rc"), 0, 5, 1),
        retry_on=frozenset(asked.get("rp", "ct").split(",")),
    )


def _number(text: str | None, least: int, most: int, default: int) -> int:
    return min(max(int(text), least), most) if text is not None and text.isdigit() else default
