"""Where the carrier asks next. Each address ends in an attempt's opaque token; the query carries what the next request
needs and nothing personal. Signed by the carrier as a whole, so it comes back as we wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from alerting.notifications.carriers.twilio import CALLBACK_OVERRIDES
from alerting.notifications.dispatch import LANGUAGE, PAGE
from alerting.notifications.wording import Language
from webhooks.line import Choice, LineState
from webhooks.several import SeveralState
from webhooks.voice import MenuState

PREFIX = "/webhooks/twilio"
TURN, NUMBER, AGAIN = "n", "to", "again"
WHO, PLAN, MODE = "who", "plan", "mode"


@dataclass(frozen=True)
class Addresses:
    """Of one call. `turn` counts its questions, so that the same key pressed twice is two answers and one request
    delivered twice is one. `page`: of a call that pages, which is said so that it is known without looking it up."""

    origin: str
    token: str
    language: Language
    turn: int = 0
    page: bool = False

    def keys(self, state: MenuState) -> str:
        page = {PAGE: 1} if self.page else {}
        return self._to(f"keys/{self.token}/{state.token}", {TURN: self.turn + 1} | page)

    def several(self, state: SeveralState) -> str:
        """Of a call for several tickets, which always pages."""
        return self._to(f"several/{self.token}/{state.token}", {TURN: self.turn + 1, PAGE: 1})

    def bridge(self, number: int) -> str:
        return self._to(f"bridge/{self.token}", {TURN: self.turn + 1, NUMBER: number})

    def bridge_status(self) -> str:
        return self._to(f"bridge-status/{self.token}", {})

    def whisper(self) -> str:
        return self._to(f"whisper/{self.token}", {})

    def whisper_key(self, again: int = 0) -> str:
        return self._to(f"whisper/{self.token}/key", {AGAIN: again})

    def _to(self, path: str, query: dict[str, int]) -> str:
        return _address(self.origin, path, {LANGUAGE: self.language, **query})


@dataclass(frozen=True)
class LineAddresses:
    """Of a call to us. `who` is the id of the user whose PIN was right, "" before; it says nothing to anybody else."""

    origin: str
    language: Language
    turn: int = 0

    def step(self, state: LineState, who: str, choice: Choice) -> str:
        chosen = {WHO: who, PLAN: choice.plan, MODE: choice.mode}
        query = {
            LANGUAGE: self.language,
            TURN: self.turn + 1,
            **{name: value for name, value in chosen.items() if value},
        }
        return _address(self.origin, f"line/{state.token}", query)

    def whisper(self, token: str) -> str:
        return _address(self.origin, f"line-whisper/{token}", {LANGUAGE: self.language})

    def whisper_key(self, token: str) -> str:
        return _address(self.origin, f"line-whisper/{token}/key", {LANGUAGE: self.language})

    def ended(self, token: str) -> str:
        return _address(self.origin, f"line-ended/{token}", {LANGUAGE: self.language})


def _address(origin: str, path: str, query: Mapping[str, str | int]) -> str:
    return f"{origin}{PREFIX}/{path}?{urlencode(query)}{CALLBACK_OVERRIDES}"
