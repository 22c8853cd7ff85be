"""Python's garbage collector in a process that keeps nearly everything it has loaded."""

from __future__ import annotations

import gc

# Collections of the youngest objects, and how many of them before older ones are looked through too. Python's own
# numbers are for scripts: our processes hold a million objects for ever, and looking through them all takes longer than
# a page should wait.
THRESHOLDS = (20_000, 20, 50)


def leave_what_stays() -> None:
    """To be called when a process has loaded what it needs: that is never looked through again (gc.freeze)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
