"""What the last resort reads and hears. Texts for SMS stay within GSM-7 and one segment: no accents. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from deadman.decision import Outage

Language = Literal["es", "en"]
SEGMENT = 160

REASONS: Mapping[str, Mapping[Language, str]] = {
    "silent": {"es": "no responde", "en": "it does not answer"},
    "strange": {"es": "responde algo que no es suyo", "en": "what answers is not the service"},
    "clock": {"es": "el reloj no avanza", "en": "the clock does not go on"},
    "checks": {"es": "dice que no puede avisar", "en": "it says that it cannot page"},
}
_SMS: Mapping[str, Mapping[Language, str]] = {
    "page": {
        "es": "{name}: el servicio de guardia NO AVISA A NADIE desde las {at}: {why}. Mirelo ya: {host}",
        "en": "{name}: the on-call service PAGES NOBODY since {at}: {why}. Look now: {host}",
    },
    "resolve": {
        "es": "{name}: el servicio de guardia vuelve a avisar. {host}",
        "en": "{name}: the on-call service pages again. {host}",
    },
    "test": {
        "es": "{name} PRUEBA del vigilante de {host}. No es una incidencia.",
        "en": "{name} TEST of the watchdog of {host}. It is no incident.",
    },
}
_SPOKEN: Mapping[str, Mapping[Language, str]] = {
    "page": {
        "es": "Aviso urgente de {name}. El servicio de guardia no avisa a nadie desde las {at}: {why}. "
        "Los clientes que pidan ayuda no la reciben. Mírelo ahora.",
        "en": "Urgent page from {name}. The on-call service has been paging nobody since {at}: {why}. "
        "Customers who ask for help do not get it. Look at it now.",
    },
    "test": {
        "es": "Llamada de prueba del vigilante de {name}. No es una incidencia. No tiene que hacer nada.",
        "en": "Test call from the watchdog of {name}. It is no incident. There is nothing to do.",
    },
}
_SUMMARY: Mapping[str, Mapping[Language, str]] = {
    "page": {
        "es": "{name}: el servicio de guardia no avisa a nadie desde las {at}: {why}",
        "en": "{name}: the on-call service pages nobody since {at}: {why}",
    },
    "test": {
        "es": "{name}: prueba del vigilante. No es una incidencia",
        "en": "{name}: test of the watchdog. It is no incident",
    },
}


def sms(kind: str, outage: Outage | None, *, name: str, url: str, language: Language, timezone: str) -> str:
    """One segment: a long host name loses its end."""
    text = _filled(_SMS[kind][language], outage, name, url, language, timezone)
    return text[:SEGMENT]


def spoken(kind: str, outage: Outage | None, *, name: str, url: str, language: Language, timezone: str) -> str:
    return _filled(_SPOKEN[kind][language], outage, name, url, language, timezone)


def summary(kind: str, outage: Outage | None, *, name: str, url: str, language: Language, timezone: str) -> str:
    return _filled(_SUMMARY[kind][language], outage, name, url, language, timezone)


def _filled(template: str, outage: Outage | None, name: str, url: str, language: Language, timezone: str) -> str:
    return template.format(
        name=name,
        host=urlsplit(url).netloc,
        at=f"{datetime.fromtimestamp(outage.since, ZoneInfo(timezone)):%H:%M}" if outage else "",
        why=REASONS[outage.why][language] if outage else "",
    )
