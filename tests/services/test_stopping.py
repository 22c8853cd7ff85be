"""Ctrl-C ends what it should, whatever the process is doing when it comes."""

from __future__ import annotations

import signal
from types import FrameType

from service.stopping import Stop

SIGNALS = 2_000
APART_SECONDS = 0.00005


def test_a_signal_at_any_moment_stops_the_one_who_waits() -> None:
    stop, asked = Stop(), 0

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked += 1
        again.set()
        if asked >= SIGNALS:
            stop.set()

    again = Stop()
    before = signal.signal(signal.SIGALRM, ask)
    signal.setitimer(signal.ITIMER_REAL, APART_SECONDS, APART_SECONDS)
    try:
        while not stop.wait(0.0):
            again.wait(0.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert stop.is_set()
