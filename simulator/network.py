"""The telephone network as the rest sees it: place calls, send messages, act on telephones, start anew."""

import threading

from simulator.calls import Calls, WrongCallState
from simulator.config import SimulatorConfig
from simulator.messages import Messages
from simulator.numbers import account_of
from simulator.profiles import Profile
from simulator.resources import Call, Ending, Instructions
from simulator.switch import Switch

# Longer than any answer of a healthy product; a hanging one must not hold up the next test.
_SETTLING_SECONDS = 2.0


class Network(Switch):
    def __init__(self, config: SimulatorConfig) -> None:
        super().__init__(config)
        self.calls = Calls(self)
        self.messages = Messages(self)
        self.account = account_of(config)

    def set_profile(self, number: str, profile: Profile) -> None:
        with self.lock:
            self.store.profiles[number] = profile
            self.events.add("profile", {"phone": number, "profile": profile.model_dump()})

    def call_in(self, phone: str, to: str | None) -> Call:
        """A telephone calls our number. Raises WrongCallState when our number leads nowhere."""
        if self.config.voice_url is None:
            raise WrongCallState("our number has no voice_url: start the simulator with one")
        call = Call(
            account_sid=self.config.account_sid,
            to=to or self.config.number,
            from_=phone,
            direction="inbound",
            instructions=Instructions(url=self.config.voice_url),
            changed=threading.Condition(self.lock),
        )
        self.calls.start(call)
        return call

    def reset(self) -> None:
        """Forget everything but the configuration; calls in progress end without a word to the product, and what was
        on its way to it has arrived."""
        self._forget()
        self.courier.settle(_SETTLING_SECONDS)
        with self.lock:
            self.events.clear()

    def close(self) -> None:
        """At once, whatever is on the way."""
        self._forget()
        self.scheduler.close()
        self.events.close()

    def _forget(self) -> None:
        with self.lock:
            self.scheduler.clear()
            self.courier.clear()
            self.faults.order((), ())
            for call in self.store.calls.values():
                call.silent = True
                self.calls.end(call, Ending("canceled", 487))
            self.store.clear()
            self.account = account_of(self.config)
