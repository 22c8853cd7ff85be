"""Where calls, messages and telephones are kept. In memory; another keeper of the same five questions could put them
in a file."""

from collections.abc import Mapping

from simulator.profiles import Profile
from simulator.resources import Call, Message


class MemoryStore:
    """Guarded by the network's lock: every caller holds it."""

    def __init__(self, profiles: Mapping[str, Profile], default: Profile) -> None:
        self.calls: dict[str, Call] = {}
        self.messages: dict[str, Message] = {}
        self.opted_out: set[tuple[str, str]] = set()
        """(telephone, our number) pairs that said STOP."""
        self._configured = dict(profiles)
        self._default = default
        self.profiles: dict[str, Profile] = dict(profiles)

    def profile(self, number: str) -> Profile:
        return self.profiles.get(number, self._default)

    def numbers(self) -> list[str]:
        """Every telephone anybody has mentioned."""
        seen = {call.phone for call in self.calls.values()} | {sms.phone for sms in self.messages.values()}
        return sorted(seen | set(self.profiles))

    def last_sender_to(self, phone: str) -> str | None:
        """The number whose SMS this telephone got last: what a reply goes to."""
        received = (sms.from_ for sms in reversed(self.messages.values()) if sms.to == phone)
        return next(received, None)

    def clear(self) -> None:
        self.calls.clear()
        self.messages.clear()
        self.opted_out.clear()
        self.profiles = dict(self._configured)
