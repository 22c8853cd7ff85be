"""Every reference from one object to another: the table says where they stand, the rest finds those to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service.configuration.configuration import Configuration
from service.configuration.document import Path
from service.configuration.objects import WORD, Item, dotted
from service.configuration.problems import Problem, did_you_mean

EACH = "*"  # every item of a list
EVERY_KEY = "%"  # every value of a mapping

_TARGETS: tuple[tuple[Path, str], ...] = (
    (("person",), "people"),
    (("schedule",), "schedules"),
    (("team",), "teams"),
    (("pagerduty",), "pagerduty"),
    (("round_robin", EACH), "people"),
    (("round_robin", "schedule"), "schedules"),
    (("round_robin", "team"), "teams"),
)

REFERENCES: Mapping[str, tuple[tuple[Path, str], ...]] = {
    "teams": ((("members", EACH), "people"), (("managers", EACH), "people")),
    "rotations": (
        (("participants", EACH), "people"),
        (("changes", EACH, "participants", EACH), "people"),
        (("changes", EACH, "days", EVERY_KEY), "people"),
        (("pauses", EACH, "person"), "people"),
        (("days", EVERY_KEY), "people"),
    ),
    "rotation_changes": (
        (("rotation",), "rotations"),
        (("participants", EACH), "people"),
        (("days", EVERY_KEY), "people"),
        (("first",), "people"),
    ),
    "schedules": (
        (("layers", EACH, "rotation"), "rotations"),
        (("layers", EACH, "restrictions", EACH, "holidays_of"), "calendars"),
        (("overrides", EACH, "add"), "people"),
        (("overrides", EACH, "remove"), "people"),
        (("temporary_schedules", EACH, "shifts", EACH, "person"), "people"),
    ),
    "overrides": ((("schedule",), "schedules"), (("add",), "people"), (("remove",), "people")),
    "temporary_schedules": ((("schedule",), "schedules"), (("shifts", EACH, "person"), "people")),
    "absences": ((("person",), "people"),),
    "escalation_policies": tuple(
        ((*place, *target), section)
        for place in (("steps", EACH, "notify", EACH), ("last_resort", "notify", EACH))
        for target, section in _TARGETS
    ),
    "customers": (
        (("contract", "calendar"), "calendars"),
        (("contract", "default_escalation_policy"), "escalation_policies"),
        (("plans", EACH, "escalation_policy"), "escalation_policies"),
    ),
    "integrations": (
        (("customer",), "customers"),
        (("on_event", "escalation_policy"), "escalation_policies"),
    ),
    "heartbeats": (
        (("customer",), "customers"),
        (("on_late", "escalation_policy"), "escalation_policies"),
    ),
    "users": ((("person",), "people"), (("customer",), "customers")),
}
"""section -> (where in the object, the section that it refers to). A null there refers to nobody, on purpose."""


STANDING = frozenset({"overrides", "temporary_schedules", "rotation_changes"})
"""What was arranged for a time. Once in force it holds nobody back: a swap of last year must not keep somebody who has
left in the file. Where it still names somebody archived, it counts for nobody."""
STANDING_OF_CONSOLE = STANDING | {"absences"}
"""The same for what no file has ever named: a file that drops somebody cannot drop their absence with them."""


def references_to_nothing(configuration: Configuration) -> Iterator[Problem]:
    for item in (*configuration.items.values(), *configuration.rough):
        if item.place is None and item.section in (STANDING_OF_CONSOLE if item.of_console else STANDING):
            continue
        for pattern, section in REFERENCES.get(item.section, ()):
            known = configuration.ids(section)
            for path, value in follow(item.body, pattern):
                if isinstance(value, str) and value not in known and section not in configuration.unsure:
                    yield _to_nothing(item, path, section, value, configuration)


def follow(body: object, pattern: Path, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every value at the pattern, with its path."""
    if not pattern:
        yield path, body
        return
    step, rest = pattern[0], pattern[1:]
    if step == EACH:
        if isinstance(body, list | tuple):
            for index, inner in enumerate(body):
                yield from follow(inner, rest, (*path, index))
    elif isinstance(body, Mapping):
        for key in body if step == EVERY_KEY else (step,):
            if key in body:
                yield from follow(body[key], rest, (*path, key))


def _to_nothing(item: Item, path: Path, section: str, value: str, configuration: Configuration) -> Problem:
    archived = (section, value) in configuration.archived
    if archived:
        message = f"the {WORD[section]} {value!r} is archived"
        remedy = f"put {value!r} back under {section}, or name another one here"
    else:
        message = f"there is no {WORD[section]} {value!r}"
        known = configuration.ids(section)
        remedy = did_you_mean(value, known) if known else f"add it under {section}"
    if item.place is None and (owner := configuration.owned.get(section)) is not None:
        # The files do not show the object that refers, so the line is that of the section that dropped the other one.
        where = dotted(item.section, item.id, path, item.body)
        message = f"{message}, but {item.section} in force still needs it"
        return Problem(owner.document.name, owner.line(), where, message, remedy)
    return item.problem(path, message, remedy)
