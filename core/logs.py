"""Structured logs on standard error: one JSON object a line in production, readable lines in development."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

from core.settings import Settings

PHONE = re.compile(r"\+\d{6,15}")
QUIET = ("twilio", "urllib3", "rq", "werkzeug", "alembic", "httpx2")


def masked(text: str) -> str:
    """Telephone numbers keep their country code and their last three digits."""
    return PHONE.sub(lambda found: f"{found[0][:3]}••••{found[0][-3:]}", text)


def configure(settings: Settings) -> None:
    """Called once by each process."""
    final: Any = structlog.processors.JSONRenderer() if settings.environment == "production" else _readable
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _mask,
                final,
            ],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _mask(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: masked(value) if isinstance(value, str) else value for key, value in event.items()}


def _readable(_: Any, __: str, event: structlog.typing.EventDict) -> str:
    """Line breaks in values are shown, not obeyed: a log line cannot be forged (ASVS 16.4.1)."""
    trace = event.pop("exception", None)
    head = " ".join(str(event.pop(key, "")) for key in ("timestamp", "level", "logger", "event"))
    rest = "".join(f" {key}={value!r}" for key, value in event.items())
    line = head.replace("\n", "\\n").replace("\r", "\\r") + rest
    return f"{line}\n{trace}" if trace else line
