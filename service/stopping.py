"""Being told to stop by a signal."""

from __future__ import annotations

import time


class Stop:
    """A flag that signal handlers set and the main thread waits for. threading.Event cannot be it: its lock is not
    re-entrant, and a handler that runs while the main thread holds it waits for itself for ever."""

    def __init__(self) -> None:
        self._told = False

    def set(self) -> None:
        self._told = True

    def is_set(self) -> bool:
        return self._told

    def wait(self, seconds: float) -> bool:
        """Whether it is set, at the latest after `seconds`."""
        if not self._told:
            time.sleep(seconds)
        return self._told
