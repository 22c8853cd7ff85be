"""Rotations and schedules of the console: made, changed and put away beside those of the file, which owns its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from alerting import configuration
from alerting.rota import standing
from core.documents.store import Change, Document
from core.settings import Settings

Section = Literal["rotations", "schedules"]


def make(session: Session, section: Section, body: Mapping[str, Any], settings: Settings, now: datetime) -> None:
    """A new one, after those that are there. Its id must be new; whoever decided that holds the configuration."""
    position = standing.last_position(session, section) + 1
    _change(session, Change("create", section, str(body["id"]), dict(body), position, "console"), settings, now)


def alter(session: Session, document: Document, body: Mapping[str, Any], settings: Settings, now: datetime) -> None:
    """From now on it is this; what has passed was recorded and stays."""
    change = Change("update", document.section, document.id, dict(body), document.position, document.origin)
    _change(session, change, settings, now)


def put_away(session: Session, document: Document, settings: Settings, now: datetime) -> None:
    """From now on it does not count; its past can still be looked at."""
    change = Change("archive", document.section, document.id, document.body, document.position, document.origin)
    _change(session, change, settings, now)


def _change(session: Session, change: Change, settings: Settings, now: datetime) -> None:
    configuration.change(session, [change], settings, now)
