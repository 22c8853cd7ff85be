"""Settings that are accepted and kept, but that this version does not act on yet. `guardia doctor` tells which of them
are in use, so that nobody relies on one."""

from __future__ import annotations

from collections.abc import Mapping

SETTINGS_NOT_YET_ACTIVE: Mapping[str, str] = {
    "calls_per_second": "calls are handed over as they become due; the carrier's 429 is waited for",
    "sms_per_second": "messages are handed over as they become due; the carrier's 429 is waited for",
}
"""Field of `core.settings.Settings` -> what is not done."""
