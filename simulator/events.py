"""Everything that happened, in order, so that a test waits for an event instead of sleeping."""

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Event = dict[str, Any]

# A simulator left running for weeks must not eat the machine; numbers go on rising, the oldest are forgotten.
KEPT = 20_000


class EventLog:
    """Append-only; `n` counts from 1 and never repeats, not even after a reset."""

    def __init__(self, lock: threading.RLock) -> None:
        self._events: list[Event] = []
        self._last = 0
        self._closed = False
        self._changed = threading.Condition(lock)

    def add(self, kind: str, fields: Mapping[str, Any]) -> None:
        with self._changed:
            self._last += 1
            stamp = {"n": self._last, "type": kind, "at": datetime.now(UTC).isoformat()}
            self._events.append({**stamp, "monotonic_ns": time.monotonic_ns(), **fields})
            if len(self._events) > 2 * KEPT:
                del self._events[:KEPT]
            self._changed.notify_all()

    @property
    def last(self) -> int:
        with self._changed:
            return self._last

    def after(self, n: int, timeout_seconds: float) -> list[Event]:
        """The events numbered above `n`; waits up to `timeout_seconds` for the first one."""
        with self._changed:
            self._changed.wait_for(lambda: self._last > n or self._closed, timeout_seconds)
            kept = len(self._events) - (self._last - n)
            return self._events[max(kept, 0) :] if self._last > n else []

    def clear(self) -> None:
        with self._changed:
            self._events.clear()

    def close(self) -> None:
        """Let those who wait go home."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
