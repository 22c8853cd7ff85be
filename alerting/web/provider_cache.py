"""Name and emergency telephone of the provider, kept where they can be read while the database cannot."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from alerting.notifications.wording import Provider
from core.ids import opaque_token
from core.settings import Settings

log = logging.getLogger(__name__)

_remembered: dict[Path, KnownProvider] = {}


@dataclass(frozen=True)
class KnownProvider:
    name: str
    emergency_phone: str


def remember(settings: Settings, provider: Provider) -> None:
    """Written when it has changed since this process last looked. A full disk is no reason to refuse a page."""
    path, known = _path(settings), KnownProvider(provider.name, provider.emergency_phone)
    if _remembered.get(path) == known:
        return
    _remembered[path] = known
    try:
        _replace(path, json.dumps(asdict(known)))
    except OSError as error:
        log.warning("cannot keep the emergency phone in %s: %s", path, error)


def recall(settings: Settings) -> KnownProvider:
    """What the environment says, else what was last in force, else nothing but our own name."""
    path = _path(settings)
    known = _remembered.get(path) or _read(path) or KnownProvider("Guardia", "")
    return KnownProvider(settings.provider_name or known.name, settings.emergency_phone or known.emergency_phone)


def forget() -> None:
    """As a process that has just started."""
    _remembered.clear()


def _path(settings: Settings) -> Path:
    return settings.data_dir / "provider.json"


def _read(path: Path) -> KnownProvider | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return KnownProvider(str(found["name"]), str(found["emergency_phone"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _replace(path: Path, text: str) -> None:
    """At once: several processes write the same file, and one may be killed in the middle of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{opaque_token(8)}")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)
