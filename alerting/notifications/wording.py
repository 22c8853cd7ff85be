"""What every text shares, whatever carries it: languages, times, references, customers' words, and templates.

A template is plain text with `{field}` or `{field:form}`; `<…>` is left out when a field in it is missing
(None or empty); `[n|…]` too, and also when there is no room, the highest n first. They may be nested.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from alerting.notifications.gsm7 import Part, fold

Language = Literal["es", "en"]
LANGUAGES: tuple[Language, ...] = ("es", "en")
Form = Callable[[Any], str]
Table = Mapping[str, Mapping[Language, str]]

DRILL: Mapping[Language, str] = {"es": "SIMULACRO", "en": "DRILL"}
NO_PLAN: Mapping[Language, str] = {"es": "plan de contingencia", "en": "contingency plan"}

NAME_LENGTH = 60  # characters of a customer's, plan's or person's name in a text message
SPOKEN_LENGTH = 200  # characters of customers' words read aloud

_WEEKDAYS: Mapping[Language, tuple[str, ...]] = {
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*:/+", re.IGNORECASE)
_DOMAIN_DOT = re.compile(r"(?<=[a-z0-9_\-])\.(?=[a-z0-9\-]*[a-z][a-z0-9\-]*)(?=[a-z0-9\-]{2})", re.IGNORECASE)


@dataclass(frozen=True)
class Provider:
    """Who speaks: the `provider` section of the configuration, as the texts need it.
    `emergency_phone` is E.164, or empty when there is none and nothing then promises one."""

    name: str
    sms_name: str
    emergency_phone: str = ""
    reference_prefix: str = "ITS"
    timezone: str = "Europe/Madrid"
    language: Language = "es"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, kw_only=True)
class Text:
    """What to tell; its class is the message and its fields are the facts. `drill` puts SIMULACRO or DRILL
    before everything else, in every medium and language."""

    drill: bool = False

    @classmethod
    def kind(cls) -> str:
        """The name under which an attempt keeps this message: `PageSms` -> `page_sms`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def variant(self) -> str:
        """The template that says it: the kind, unless the facts ask for another wording."""
        return self.kind()

    def facts(self) -> dict[str, Any]:
        """The fields as JSON values, from which `from_facts` makes the same text again."""
        return {field.name: to_jsonable_python(getattr(self, field.name)) for field in fields(self)}


T = TypeVar("T", bound=Text)


def from_facts(kinds: Mapping[str, type[T]], kind: str, facts: Mapping[str, Any]) -> T:
    """The text that `kind` and `facts` were kept of. Facts that this version does not know are ignored and
    a missing optional one has its default, so that rows outlive an upgrade. KeyError: no such kind."""
    cls = kinds[kind]
    known = {field.name for field in fields(cls)}
    if cls not in _ADAPTERS:
        _ADAPTERS[cls] = TypeAdapter(cls)
    text: T = _ADAPTERS[cls].validate_python({k: v for k, v in facts.items() if k in known})
    return text


_ADAPTERS: dict[type[Text], TypeAdapter[Any]] = {}  # building one takes milliseconds, using it microseconds


def kinds_of(base: type[T]) -> dict[str, type[T]]:
    """Every message of one medium by its kind."""
    return {cls.kind(): cls for cls in base.__subclasses__()}


# --- times and references -----------------------------------------------------------------------------


def clock_time(at: datetime, provider: Provider) -> str:
    return at.astimezone(provider.zone).strftime("%H:%M")


def day_and_time(at: datetime, language: Language, provider: Provider) -> str:
    """`lun 23/11 09:00`: for whatever may not be today."""
    local = at.astimezone(provider.zone)
    return f"{_WEEKDAYS[language][local.weekday()]} {local:%d/%m %H:%M}"


def full_time(at: datetime, provider: Provider) -> str:
    """`23/11/2026 09:00 CET (UTC+01:00)`: a mail is read anywhere, and weeks later."""
    local = at.astimezone(provider.zone)
    offset = local.strftime("%z")
    return f"{local:%d/%m/%Y %H:%M %Z} (UTC{offset[:3]}:{offset[3:5]})"


def spoken_time(at: datetime, language: Language, provider: Provider) -> str:
    """With its article in Spanish: `las 3 y 12`, `la 1 en punto`; `3:12 AM` in English."""
    local = at.astimezone(provider.zone)
    if language == "en":
        return f"{local.hour % 12 or 12}:{local.minute:02} {'AM' if local.hour < 12 else 'PM'}"
    minutes = f"y {local.minute}" if local.minute else "en punto"
    return f"{'la' if local.hour == 1 else 'las'} {local.hour} {minutes}"


def digit_by_digit(number: str) -> str:
    """`0048213` -> `0 0 4 8 2 1 3`, for speech; a plus sign is not spoken."""
    return " ".join(c for c in number if c.isdigit())


# --- other people's words ------------------------------------------------------------------------------


def one_line(text: str, limit: int) -> str:
    """`text` without control, bidi, zero-width, private or unassigned characters, on one line, and at most
    `limit` characters of it. Everything left may stand in a mail header, in XML and in a text message."""
    visible = "".join(" " if c.isspace() else c for c in text if c.isspace() or _printable(c))
    return " ".join(visible.split())[:limit].rstrip()


def defanged(text: str) -> str:
    """GSM-7 `text` in which no telephone finds a link to tap: `https://evil.example` -> `evil(.)example`.
    Our sender is trusted, so nobody else's link may travel under it."""
    bare = text
    while _SCHEME.search(bare):
        bare = _SCHEME.sub("", bare)
    return _DOMAIN_DOT.sub("(.)", bare)


def sms_name(text: str) -> str:
    """A customer's, plan's or person's name as a text message may carry it; "-" when nothing of it is left."""
    return defanged(fold(one_line(text, NAME_LENGTH))).strip() or "-"


def _printable(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


# --- templates -----------------------------------------------------------------------------------------

_TOKEN = re.compile(r"\{(?P<field>\w+)(?::(?P<form>\w+))?\}|(?P<rank>\[\d\|)|(?P<open><)|(?P<close>[\]>])")
SHORTENED = frozenset({"name", "plan"})  # the forms whose end may go when a text message is full


def render(template: str, values: Mapping[str, Any], forms: Mapping[str, Form]) -> list[Part]:
    """The pieces of a filled template, each with its rank; groups that lack a field are gone. Outside any
    group an empty value is shown as "-": a page with a hole in it rings, one that raises does not."""
    parts, _ = _group(_tokens(template), values, forms, rank=0, optional=False)
    return parts


def template_fields(template: str) -> set[str]:
    return {match["field"] for match in _TOKEN.finditer(template) if match["field"]}


def joined(parts: Sequence[Part]) -> str:
    return "".join(part.text for part in parts)


def _tokens(template: str) -> Iterator[re.Match[str] | str]:
    position = 0
    for match in _TOKEN.finditer(template):
        if match.start() > position:
            yield template[position : match.start()]
        yield match
        position = match.end()
    if position < len(template):
        yield template[position:]


def _group(
    tokens: Iterator[re.Match[str] | str],
    values: Mapping[str, Any],
    forms: Mapping[str, Form],
    rank: int,
    optional: bool,
) -> tuple[list[Part], bool]:
    """The parts up to the group's end, and whether it lacks a field; an inner group without its field is
    dropped and the outer one stays."""
    parts: list[Part] = []
    lacks = False
    for token in tokens:
        if isinstance(token, str):
            parts.append(Part(token, rank=rank))
        elif token["close"]:
            break
        elif token["rank"] or token["open"]:
            inner_rank = max(rank, int(token["rank"][1])) if token["rank"] else rank
            inner, lacking = _group(tokens, values, forms, inner_rank, optional=True)
            parts += [] if lacking else inner
        else:
            name, form = token["field"], token["form"] or "plain"
            value = values[name]
            if form != "plan" and (value is None or value == ""):
                lacks = True
                parts += [] if optional else [Part("-")]
            else:
                parts.append(Part(forms[form](value), shorten=form in SHORTENED, rank=rank))
    return parts, lacks
