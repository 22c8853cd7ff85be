"""The watchdog as a process: look, decide, call, remember, until SIGTERM."""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections.abc import Sequence

import requests

from deadman import decision, memory
from deadman.decision import Memory
from deadman.looking import look
from deadman.routes import Route, carry_out, masked, routes, test
from deadman.settings import WatchdogSettings

log = logging.getLogger("watchdog")

PING_EVERY = 60.0
PING_SECONDS = 5.0
STOPPING = (signal.SIGTERM, signal.SIGINT)


class Watchdog:
    """One watchdog with its memory."""

    def __init__(self, settings: WatchdogSettings) -> None:
        self._settings = settings
        self._session = requests.Session()
        self._routes: Sequence[Route] = routes(settings, self._session)
        self._memory = memory.load(settings.state_file)
        self._pinged_at: float | None = None

    def close(self) -> None:
        self._session.close()

    def step(self, now: float) -> None:
        """One look, and what follows from it; `now` is seconds since 1970. Saved after each send, so that a crash
        between two repeats none."""
        before = self._memory
        self._remember(decision.looked(before, look(self._session, self._settings.url), now, self._settings.rules))
        self._say(before, self._memory)
        names = [route.name for route in self._routes]
        wanted = dict(decision.due(self._memory, names, now, self._settings.rules))
        for route in self._routes:
            if (act := wanted.get(route.name)) is not None:
                taken = carry_out(route, act, self._memory.outage)
                log.warning("%s by %s: %s", act.value, masked(route.name), "taken" if taken else "not taken")
                self._remember(decision.sent(self._memory, route.name, act, now, taken=taken))
        self._ping(now)

    def test(self) -> bool:
        """A test page by every way, told line by line; whether all were taken."""
        taken = test(self._routes)
        for name, well in taken.items():
            sys.stdout.write(f"{name}: {'taken' if well else 'NOT taken'}\n")
        return all(taken.values())

    def _remember(self, new: Memory) -> None:
        if new != self._memory:
            memory.save(self._settings.state_file, new)
        self._memory = new

    def _say(self, before: Memory, after: Memory) -> None:
        if after.outage is not None and before.outage is None:
            log.error("the service pages nobody: %s (%s)", after.outage.why, after.outage.detail)
        elif after.outage is None and before.outage is not None:
            log.warning("the service pages again")
        elif after.bad_since is not None and before.bad_since is None:
            log.warning("a look failed; the last resort is called after %.0f s", self._settings.after_seconds)

    def _ping(self, now: float) -> None:
        """Tell somebody else that the watchdog is alive. That it cannot is no reason to call anybody."""
        url = self._settings.ping_url.get_secret_value()
        if not url or (self._pinged_at is not None and 0 <= now - self._pinged_at < PING_EVERY):
            return
        self._pinged_at = now
        try:
            self._session.post(url, timeout=PING_SECONDS, allow_redirects=False).raise_for_status()
        except requests.RequestException as error:
            log.warning("nobody took the sign of life (%s)", type(error).__name__)


def run(settings: WatchdogSettings) -> None:
    """Until SIGTERM or Ctrl-C. AnotherOne when another watchdog has the same memory."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    with memory.alone(settings.state_file):
        watchdog = Watchdog(settings)
        log.info("watching %s every %.0f s", settings.url, settings.every_seconds)
        # Blocked and waited for: a signal then ends the pause at once, and never a page half-way.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            while True:
                watchdog.step(time.time())
                if signal.sigtimedwait(STOPPING, settings.every_seconds) is not None:
                    return
        finally:
            watchdog.close()


def send_test(settings: WatchdogSettings) -> bool:
    """Whether every way took a test page."""
    watchdog = Watchdog(settings)
    try:
        return watchdog.test()
    finally:
        watchdog.close()
