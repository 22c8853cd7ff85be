"""What gunicorn loads."""

from __future__ import annotations

import threading

from alerting.api import journalled
from core.logs import configure
from core.settings import Settings
from service import wiring
from service.app import create_app

_settings = Settings()
configure(_settings)
_runtime = wiring.runtime(_settings)
app = create_app(_runtime)
threading.Thread(
    target=journalled.keep_replaying, args=(_runtime, threading.Event()), name="journal", daemon=True
).start()
