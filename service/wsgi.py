"""What gunicorn loads."""

from __future__ import annotations

from core.logs import configure
from core.settings import Settings
from service import wiring
from service.app import create_app

_settings = Settings()
configure(_settings)
app = create_app(wiring.runtime(_settings))
