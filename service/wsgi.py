"""What gunicorn loads."""

from __future__ import annotations

import threading

from alerting.api import journalled
from alerting.pagerduty import watch
from core.logs import configure
from core.settings import Settings
from service import garbage, wiring
from service.app import create_app
from webhooks.inbound import replaying

_settings = Settings()
configure(_settings)
_runtime = wiring.runtime(_settings)
app = create_app(_runtime)
# What this process does besides answering: what is kept is on its disk, and it lives when clock and workers do not.
for name, task in (
    ("journal", journalled.keep_replaying),
    ("kept-answers", replaying.keep_replaying),
    ("last-resort", watch.keep_watching),
):
    threading.Thread(target=task, args=(_runtime, threading.Event()), name=name, daemon=True).start()
garbage.leave_what_stays()
