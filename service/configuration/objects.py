"""What the files say, object by object: each typed by its model, or told with its line why it cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from service.configuration.document import FileDocument, Path
from service.configuration.keys import UnknownKey, without_unknown
from service.configuration.problems import Problem, did_you_mean, in_order
from service.configuration.schema import SECTIONS, SINGLES, object_id, written
from service.configuration.wording import explain

WORD = {
    "provider": "provider",
    "defaults": "defaults",
    "calendars": "calendar",
    "people": "person",
    "teams": "team",
    "rotations": "rotation",
    "rotation_changes": "change of a rotation",
    "schedules": "schedule",
    "overrides": "override",
    "temporary_schedules": "temporary schedule",
    "absences": "absence",
    "escalation_policies": "escalation policy",
    "pagerduty": "PagerDuty service",
    "sla": "SLA target",
    "customers": "customer",
    "integrations": "integration",
    "heartbeats": "heartbeat",
    "users": "user",
}
"""One object of a section, as a person says it."""


@dataclass(frozen=True)
class Place:
    """Where an object stands in a file."""

    document: FileDocument
    path: Path

    def line(self, inside: Path = ()) -> int:
        return self.document.line((*self.path, *inside))


@dataclass(frozen=True)
class Item:
    """One object. `value` is None when it has not the right shape, and `body` then as it was written; `place` is None
    for one that no file names: it is in force already, `of_console` when it was made there."""

    section: str
    id: str
    body: Mapping[str, Any]
    value: BaseModel | None
    place: Place | None
    of_console: bool = False

    def problem(self, inside: Path, message: str, remedy: str) -> Problem:
        """At the line of that field, or without a line when the object is not in a file."""
        where = dotted(self.section, self.id, inside, self.body)
        if self.place is None:
            return Problem("(in force)", 0, where, message, remedy)
        return Problem(self.place.document.name, self.place.line(inside), where, message, remedy)


@dataclass(frozen=True)
class FileObjects:
    """`named` are the sections that the files own, each with its place. `broken` are ids of objects that exist but have
    not the right shape (`rough` has them as written), `unsure` the sections of which nothing could be read: a reference
    to them is no second mistake."""

    items: tuple[Item, ...]
    named: Mapping[str, Place]
    broken: frozenset[tuple[str, str]]
    rough: tuple[Item, ...]
    unsure: frozenset[str]
    problems: tuple[Problem, ...]


@dataclass
class _Found:
    items: list[Item] = field(default_factory=list)
    named: dict[str, Place] = field(default_factory=dict)
    broken: set[tuple[str, str]] = field(default_factory=set)
    rough: list[Item] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def read_objects(documents: Sequence[FileDocument]) -> FileObjects:
    """All files as one configuration, in the order given."""
    found = _Found()
    for document in documents:
        found.problems.extend(document.problems)
        for section, place, raw in _raw_objects(document, found):
            _read_one(section, place, raw, found)
    found.problems.extend(_twice(found.items))
    return FileObjects(
        _first_of_each(found.items),
        found.named,
        frozenset(found.broken),
        tuple(found.rough),
        frozenset(found.unsure),
        in_order(found.problems),
    )


def dotted(section: str, object_id: str, inside: Path, body: object) -> str:
    """`customers.hotel-sol.plans.erp-restore.rto`: ids instead of numbers where list items have them."""
    parts = [section] if object_id == "-" else [section, object_id]
    text = ".".join(parts)
    for step in inside:
        body = _inside(body, step)
        if isinstance(step, int):
            named = body.get("id") if isinstance(body, Mapping) else None
            text += f".{named}" if isinstance(named, str) else f"[{step}]"
        else:
            text += f".{step}"
    return text


def _inside(body: object, step: str | int) -> object:
    if isinstance(body, Mapping):
        return body.get(step)
    if isinstance(body, list | tuple) and isinstance(step, int) and step < len(body):
        return body[step]
    return None


def _raw_objects(document: FileDocument, found: _Found) -> Iterator[tuple[str, Place, object]]:
    """Every object of the known sections with its place; what is wrong with the sections themselves is noted."""
    if document.data is None:
        found.unsure.update(SECTIONS)
        return
    if not isinstance(document.data, dict):
        found.unsure.update(SECTIONS)
        message = f"is {_kind(document.data)}; a configuration is sections such as people: or customers:"
        found.problems.append(Problem(document.name, 1, "file", message, "start with the name of a section"))
        return
    for section, content in document.data.items():
        place = Place(document, (section,))
        if section not in SECTIONS:
            remedy = did_you_mean(section, SECTIONS)
            found.unsure.update(get_close_matches(section, SECTIONS))
            found.problems.append(_at(place, section, f"there is no section {section!r}", remedy))
        elif section in SINGLES:
            yield from _single(section, place, content, found)
        elif section == "pagerduty":
            yield from _pagerduty(place, content, found)
        else:
            yield from _listed(section, place, content, found)


def _single(section: str, place: Place, content: object, found: _Found) -> Iterator[tuple[str, Place, object]]:
    if first := found.named.get(section):
        message = f"stands twice; first in {first.document.name} line {first.line()}"
        found.problems.append(_at(place, section, message, "keep one of the two"))
        return
    found.named[section] = place
    yield section, place, content


def _pagerduty(place: Place, content: object, found: _Found) -> Iterator[tuple[str, Place, object]]:
    if not isinstance(content, dict) or set(content) != {"services"}:
        message = "has one key, services, with the list of services"
        found.problems.append(_at(place, "pagerduty", message, "write pagerduty: {services: [...]}"))
        found.unsure.add("pagerduty")
        return
    inner = Place(place.document, ("pagerduty", "services"))
    yield from _listed("pagerduty", inner, content["services"], found)


def _listed(section: str, place: Place, content: object, found: _Found) -> Iterator[tuple[str, Place, object]]:
    if not isinstance(content, list):
        remedy = f"write one line for each {WORD[section]}, beginning with a hyphen"
        if content is None:
            remedy = "write [] to archive everything in it, or remove the line to leave the section as it is"
        found.problems.append(_at(place, section, f"is {_kind(content)}, not a list", remedy))
        found.unsure.add(section)
        return
    found.named.setdefault(section, place)
    for index, raw in enumerate(content):
        yield section, Place(place.document, (*place.path, index)), raw


def _read_one(section: str, place: Place, raw: object, found: _Found) -> None:
    if not isinstance(raw, dict):
        message = f"is {_kind(raw)}, not a {WORD[section]}"
        found.problems.append(_at(place, section, message, f"write the keys of a {WORD[section]}"))
        return
    found_id = object_id(section, raw)
    known, unknown = without_unknown(SECTIONS[section], raw)
    name = found_id if found_id is not None else f"[{place.path[-1]}]"
    found.problems.extend(_unknown(section, name, raw, place, unknown))
    try:
        value = SECTIONS[section].model_validate(known)
    except ValidationError as error:
        found.problems.extend(_invalid(section, name, raw, place, error, unknown))
        found.rough.append(Item(section, name, raw, None, place))
        if found_id is not None:
            found.broken.add((section, found_id))
        return
    body = written(value)
    final_id = object_id(section, body)
    if final_id is None:
        found.problems.append(_at(place, dotted(section, name, (), raw), "the key 'id' is missing", "add it"))
        return
    found.items.append(Item(section, final_id, body, value, place))


def _unknown(section: str, name: str, raw: object, place: Place, unknown: Iterable[UnknownKey]) -> Iterator[Problem]:
    for one in unknown:
        inside = (*one.path, one.key)
        where = dotted(section, name, inside, raw)
        remedy = did_you_mean(one.key, one.allowed)
        yield Problem(place.document.name, place.line(inside), where, f"unknown key {one.key!r}", remedy)


def _invalid(
    section: str,
    name: str,
    raw: object,
    place: Place,
    error: ValidationError,
    unknown: Iterable[UnknownKey],
) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        inside = _existing(raw, detail["loc"])
        if _repeats_an_inner_problem(detail) or any(_follows(detail["type"], inside, one) for one in unknown):
            continue
        message, remedy = explain(detail)
        yield Problem(place.document.name, place.line(inside), dotted(section, name, inside, raw), message, remedy)


def _repeats_an_inner_problem(detail: ErrorDetails) -> bool:
    """Pydantic calls a list too short when its items were wrong."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _follows(kind: str, inside: Path, unknown: UnknownKey) -> bool:
    """Whether a finding only repeats that a key was misspelt."""
    if kind == "missing":
        return inside[:-1] == unknown.path and inside[-1] in get_close_matches(unknown.key, [str(inside[-1])])
    return kind in ("target", "round_robin_pool") and inside == unknown.path


def _existing(raw: object, loc: Path) -> Path:
    """The part of pydantic's location that leads through the file, without the names of union members; a missing key
    is kept as the last step."""
    found: list[str | int] = []
    for step in loc:
        inner = _inside(raw, step)
        if inner is None and not (isinstance(raw, Mapping) and step in raw):
            continue
        found.append(step)
        raw = inner
    missing = loc and isinstance(loc[-1], str) and isinstance(raw, Mapping) and loc[-1] not in found
    return (*found, loc[-1]) if missing and loc[-1] != "[key]" else tuple(found)


def _twice(items: Iterable[Item]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Item] = {}
    for item in items:
        key = (item.section, item.id)
        if earlier := first.get(key):
            yield item.problem((), f"the {WORD[item.section]} {item.id!r} stands twice; {_first(earlier)}", _OTHER)
        first.setdefault(key, item)


_OTHER = "remove one of the two or give it another id"


def _first(item: Item) -> str:
    place = item.place
    return f"first in {place.document.name} line {place.line()}" if place else "first in force"


def _first_of_each(items: Iterable[Item]) -> tuple[Item, ...]:
    unique: dict[tuple[str, str], Item] = {}
    for item in items:
        unique.setdefault((item.section, item.id), item)
    return tuple(unique.values())


def _at(place: Place, path: str, message: str, remedy: str) -> Problem:
    return Problem(place.document.name, place.line(), path, message, remedy)


def _kind(value: object) -> str:
    names: Mapping[type, str] = {dict: "a mapping", list: "a list", str: f"the text {value!r}", type(None): "empty"}
    return names.get(type(value), repr(value))
