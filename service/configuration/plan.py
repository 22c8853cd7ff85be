"""What an apply would do: a function of the files and of what is in force. Changes nothing itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from alerting.escalation.schema import EscalationPolicy
from core.documents.store import Change, Document
from oncall.methods.own import SECTION, Own, with_own_methods
from oncall.schema import Person
from service.configuration.checks import problems_of
from service.configuration.configuration import Configuration, Key
from service.configuration.difference import difference
from service.configuration.document import FileDocument, SourceFile, parse
from service.configuration.objects import WORD, FileObjects, Item, Place, read_objects
from service.configuration.problems import Problem, Problems, in_order
from service.configuration.reach import PHONE_CHANNELS, channels_of, people_of
from service.configuration.schema import SECTIONS, written
from service.configuration.warnings import warnings_of

ON_THE_WAY = frozenset(
    {"teams", "schedules", "overrides", "temporary_schedules", "rotations", "rotation_changes", "defaults"}
)


@dataclass(frozen=True)
class Plan:
    """The changes in the order of the file, the same as printable lines, and the objects made in the console that the
    files do not name, as (section, id)."""

    changes: tuple[Change, ...]
    difference: tuple[str, ...]
    kept_console_objects: tuple[Key, ...]
    warnings: tuple[Problem, ...]


def plan_apply(
    files: Sequence[SourceFile],
    current: Sequence[Document],
    prune: bool = False,
    active_policies: Sequence[EscalationPolicy] = (),
) -> Plan | Problems:
    """All files are one configuration; they own the sections that they name. `active_policies` are the snapshots of
    the escalations that are running now: none of them may lose everybody who could answer its last resort."""
    documents = [parse(file) for file in files]
    objects = read_objects(documents)
    stored, unreadable = _stored(current, objects)
    changes = _changes(objects, current, stored, prune)
    before = _with_own_methods(Configuration(stored), current)
    after = _with_own_methods(_after(objects, current, stored, unreadable, changes), current)
    problems = (*objects.problems, *unreadable.values(), *problems_of(after))
    # While something could not be read, nobody knows whether a running escalation loses its people.
    problems = problems or tuple(_stranded(active_policies, before, after, changes))
    if problems:
        return Problems(in_order(problems))
    return Plan(changes, difference(changes, current), _kept(objects, current, changes), warnings_of(after))


def _stored(current: Sequence[Document], objects: FileObjects) -> tuple[dict[Key, Item], dict[Key, Problem]]:
    """Live objects in force, typed; and those that no longer have the right shape and that no file replaces."""
    named = {(item.section, item.id) for item in objects.items}
    sound: dict[Key, Item] = {}
    unreadable: dict[Key, Problem] = {}
    for document in current:
        key = (document.section, document.id)
        if document.archived or document.section not in SECTIONS:
            continue
        try:
            value = SECTIONS[document.section].model_validate(document.body)
        except ValidationError as error:
            if key not in named and document.section not in objects.named:
                where = f"{document.section}.{document.id}"
                message = f"what is stored cannot be read: {error.errors()[0]['msg']}"
                unreadable[key] = Problem("(in force)", 0, where, message, "write the object in a file and apply it")
            continue
        sound[key] = Item(*key, written(value), value, None, of_console=document.origin == "console")
    return sound, unreadable


def _changes(
    objects: FileObjects, current: Sequence[Document], stored: Mapping[Key, Item], prune: bool
) -> tuple[Change, ...]:
    changes: list[Change] = []
    for section in SECTIONS:
        if section in objects.named:
            there = [document for document in current if document.section == section]
            wanted = [item for item in objects.items if item.section == section]
            changes.extend(_wanted(wanted, there, stored))
            changes.extend(_dropped(wanted, there, objects, prune))
    return tuple(changes)


def _wanted(wanted: Sequence[Item], there: Sequence[Document], stored: Mapping[Key, Item]) -> Iterator[Change]:
    existing = {document.id: document for document in there}
    positions = _positions(wanted, there)
    for item in wanted:
        document, body, position = existing.get(item.id), dict(item.body), positions[item.id]
        if document is None:
            yield Change("create", item.section, item.id, body, position)
        elif document.archived:
            yield Change("restore", item.section, item.id, body, position)
        elif position != document.position or _body(document, stored) != body:
            yield Change("update", item.section, item.id, body, position, document.origin)


def _body(document: Document, stored: Mapping[Key, Item]) -> Mapping[str, object]:
    """In canonical text, so that 180s and 3m are no difference."""
    item = stored.get((document.section, document.id))
    return document.body if item is None else item.body


def _positions(wanted: Sequence[Item], there: Sequence[Document]) -> Mapping[str, int]:
    """Where objects keep their order they keep their numbers, whatever objects of the console stand between them."""
    live = {document.id: document for document in there if not document.archived}
    names = [item.id for item in wanted]
    kept = [name for name in names if name in live]
    if names[: len(kept)] == kept == sorted(kept, key=lambda name: (live[name].position, name)):
        free = max((document.position for document in live.values()), default=-1) + 1
        fresh = names[len(kept) :]
        return {name: live[name].position for name in kept} | {name: free + n for n, name in enumerate(fresh)}
    return {name: index for index, name in enumerate(names)}


def _dropped(wanted: Sequence[Item], there: Sequence[Document], objects: FileObjects, prune: bool) -> Iterator[Change]:
    names = {item.id for item in wanted}
    for document in there:
        written_badly = (document.section, document.id) in objects.broken
        if document.archived or document.id in names or written_badly:
            continue
        if document.origin == "file" or prune:
            yield Change("archive", document.section, document.id, document.body, document.position, document.origin)


def _after(
    objects: FileObjects,
    current: Sequence[Document],
    stored: Mapping[Key, Item],
    unreadable: Mapping[Key, Problem],
    changes: Sequence[Change],
) -> Configuration:
    from_files = {(item.section, item.id): item for item in objects.items}
    dropped = {(change.section, change.id) for change in changes if change.kind == "archive"}
    gone = {(document.section, document.id) for document in current if document.archived} - from_files.keys()
    broken = objects.broken | unreadable.keys()
    items = {key: item for key, item in stored.items() if key not in dropped and key not in broken} | from_files
    return Configuration(
        items, frozenset(broken), objects.rough, objects.unsure, frozenset(gone | dropped), objects.named
    )


def _with_own_methods(configuration: Configuration, current: Sequence[Document]) -> Configuration:
    """People as they can be reached: their own methods are in no file, and count for every check."""
    own = {one.id: Own.model_validate(one.body) for one in current if one.section == SECTION and not one.archived}
    items = {
        key: replace(item, value=with_own_methods(item.value, own[item.id]))
        if isinstance(item.value, Person) and item.id in own
        else item
        for key, item in configuration.items.items()
    }
    return replace(configuration, items=items)


def _kept(objects: FileObjects, current: Sequence[Document], changes: Sequence[Change]) -> tuple[Key, ...]:
    named = {(item.section, item.id) for item in objects.items} | {(c.section, c.id) for c in changes}
    return tuple(
        (document.section, document.id)
        for document in current
        if document.section in objects.named
        and not document.archived
        and document.origin == "console"
        and (document.section, document.id) not in named
    )


def _stranded(
    active: Sequence[EscalationPolicy], before: Configuration, after: Configuration, changes: Sequence[Change]
) -> Iterator[Problem]:
    """A running escalation keeps its snapshot but resolves people live: it must not lose its last answerer. One that
    had none before is not made worse, so it does not block the apply that may repair it."""
    for policy in active:
        if _rings_a_phone(policy, after) or not _rings_a_phone(policy, before):
            continue
        yield _stranding(policy, _culprit(policy, before, changes), after)


def _culprit(policy: EscalationPolicy, before: Configuration, changes: Sequence[Change]) -> Change:
    """The change to name: of a person who could answer, else of what leads to them."""
    people = people_of(policy.last_resort.notify, before).people
    of_people = [change for change in changes if change.section == "people" and change.id in people]
    on_the_way = [change for change in changes if change.section in ON_THE_WAY]
    return (*of_people, *on_the_way, *changes)[0]


def _rings_a_phone(policy: EscalationPolicy, configuration: Configuration) -> bool:
    return bool(channels_of(policy.last_resort.notify, policy.urgency, configuration) & PHONE_CHANNELS)


def _stranding(policy: EscalationPolicy, culprit: Change, after: Configuration) -> Problem:
    doing = "archiving" if culprit.kind == "archive" else "changing"
    message = (
        f"{doing} the {WORD[culprit.section]} {culprit.id!r} would leave a running escalation of the policy "
        f"{policy.id!r} with nobody who could answer its last resort"
    )
    remedy = "wait until it is acknowledged, or keep the object in this apply"
    where = f"{culprit.section}.{culprit.id}"
    place = _place(culprit, after)
    return Problem(place.document.name, place.line(), where, message, remedy)


def _place(change: Change, after: Configuration) -> Place:
    item = after.items.get((change.section, change.id))
    if item is not None and item.place is not None:
        return item.place
    return after.owned.get(change.section, Place(FileDocument("(in force)", None, {}), ()))
