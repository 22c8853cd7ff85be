"""How instants, spans and telephone numbers are written on a page. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

WEEKDAYS = {
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
MONTHS = {
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


def offset(local: datetime) -> str:
    """`+01:00`; with it a time is never in doubt, not even in the night when 02:30 comes twice."""
    sign = local.strftime("%z")
    return f"{sign[:3]}:{sign[3:5]}"


def clock(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """`03:12:05 (+01:00)` today, `23/11/2026 03:12:05 (+01:00)` on other days."""
    local = at.astimezone(zone)
    day = "" if local.date() == now.astimezone(zone).date() else f"{local:%d/%m/%Y} "
    return f"{day}{local:%H:%M:%S} ({offset(local)})"


def dated(at: datetime, zone: ZoneInfo) -> str:
    """`23/11/2026 03:12:05 (+01:00)` whatever day it is: for what is printed, and read another day."""
    local = at.astimezone(zone)
    return f"{local:%d/%m/%Y %H:%M:%S} ({offset(local)})"


def short_clock(at: datetime, zone: ZoneInfo, now: datetime, language: str) -> str:
    """`03:12`, for a sentence; `mon 23/11 09:00` when it is not today."""
    local = at.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M}"
    return f"{WEEKDAYS[language][local.weekday()]} {local:%d/%m %H:%M}"


def weekday_clock(at: datetime, zone: ZoneInfo, language: str) -> str:
    """`lun 23/11 09:00 (+01:00)`: a table of shifts."""
    local = at.astimezone(zone)
    return f"{WEEKDAYS[language][local.weekday()]} {local:%d/%m %H:%M} ({offset(local)})"


def weekday_date(day: date, language: str) -> str:
    """`vie 01/01/2027`: a list of days."""
    return f"{WEEKDAYS[language][day.weekday()]} {day:%d/%m/%Y}"


def hand_off(at: datetime, zone: ZoneInfo) -> str:
    """`09:00 (+01:00)`: in a calendar, where the day stands above."""
    local = at.astimezone(zone)
    return f"{local:%H:%M} ({offset(local)})"


def element(at: datetime, text: str) -> Markup:
    """`<time>` with the UTC instant for programs."""
    instant = at.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{}">{}</time>').format(instant, text)


def span(length: timedelta) -> str:
    """`3 min 5 s`, `2 h 4 min`, `45 s`; units that both languages share. From an hour on seconds are left out."""
    seconds = max(0, int(length.total_seconds()))
    hours, minutes = seconds // 3600, seconds // 60 % 60
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else seconds % 60, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def month(first: date, language: str) -> str:
    """`nov 2026`"""
    return f"{MONTHS[language][first.month - 1]} {first.year}"


def decimal(number: float, language: str) -> str:
    """`12,5` in Spanish, `12.5` in English; whole numbers without a comma."""
    written = f"{number:.1f}".removesuffix(".0")
    return written.replace(".", ",") if language == "es" else written


def size(count: int, language: str) -> str:
    """In round figures: `812 B`, `120 kB`, `2,5 MB`."""
    if count < 1000:
        return f"{count} B"
    return f"{round(count / 1000)} kB" if count < 1_000_000 else f"{decimal(count / 1_000_000, language)} MB"


def masked(address: str) -> str:
    """`+34••••001`, `a•••@itsafer.example`: enough to tell two apart, too little to call."""
    if "@" in address:
        name, _, domain = address.partition("@")
        return f"{name[:1]}•••@{domain}"
    return f"{address[:3]}••••{address[-3:]}" if len(address) > 6 else "••••"


def grouped(phone: str) -> str:
    """`+34 910 000 000`: read aloud from a screen at night. Only Spanish numbers have this grouping; others stay."""
    if phone.startswith("+34") and len(phone) == 12:
        return f"+34 {phone[3:6]} {phone[6:9]} {phone[9:]}"
    return phone
