"""What is done with a ticket besides paging: notes, waiting, priority, assignment, reopening, merging."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from alerting.api.access import Answer, Command, Look
from alerting.api.fields import Body, LongText, ShortText, TicketPath
from alerting.api.problems import NO_SUCH_THING, refuse, refuse_fields
from alerting.api.tickets import found, locked, ticket_answer
from alerting.catalog.schema import Priority
from alerting.handling import provider_cases, reopening, service
from alerting.handling.provider_cases import Case, cases_json
from alerting.handling.reopening import NotTheSameCustomer
from alerting.handling.service import Author, Note, WaitingReason
from alerting.intake.secrets import redacted
from core.audit.chain import storable
from core.ids import parse_reference
from oncall.schema.fields import Id, Instant

Said = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), AfterValidator(storable)
]


class CasePath(TicketPath):
    case: str


class UpdateBody(Body):
    """`public` notes are mailed to the customer; a customer's own are always public. `time_spent_minutes` for staff,
    seen by the customer only with `show_time`. `causes` and `contingency_plan` are the public fields of
    clause 3.2."""

    text: Said | None = None
    public: bool = True
    time_spent_minutes: Annotated[int, Field(ge=0, le=10_000)] | None = None
    show_time: bool = False
    causes: LongText | None = None
    contingency_plan: LongText | None = None


class WaitingBody(Body):
    """`note` is public: the customer reads why the time to resolution does not count."""

    reason: WaitingReason
    note: Said


class AssignmentBody(Body):
    person: Id


class PriorityBody(Body):
    priority: Priority
    reason: LongText | None = None


class ReopeningBody(Body):
    reason: LongText | None = None


class ProviderCaseBody(Body):
    """A case at the customer's cloud provider. `target_minutes`: how long the provider has for its answer."""

    provider: Annotated[ShortText, StringConstraints(min_length=1, max_length=100)]
    case: Annotated[ShortText, StringConstraints(min_length=1, max_length=100)]
    plan: Annotated[ShortText, StringConstraints(max_length=100)] | None = None
    severity: Annotated[ShortText, StringConstraints(max_length=50)] | None = None
    opened_at: Instant | None = None
    target_minutes: Annotated[int, Field(gt=0, le=525_600)] | None = None


class MergeBody(Body):
    """`into`: the reference of the ticket that goes on."""

    into: ShortText


def update(command: Command, path: TicketPath, body: UpdateBody) -> Answer:
    """Add a note, or what the causes are and the plan against them"""
    row, by = locked(command, path), author(command)
    kept_for_staff = ("time_spent_minutes", "causes", "contingency_plan")
    staff_only = [name for name in kept_for_staff if getattr(body, name) is not None]
    if by.person is None and not command.actor.is_staff:
        staff_only += [] if body.public else ["public"]
        if staff_only:
            refuse_fields(*((name, "is for staff; leave it out") for name in staff_only))
    if body.text is None and body.causes is None and body.contingency_plan is None:
        refuse_fields(("text", "is required: what is new, for the customer or with public false for staff alone"))
    service.describe(command.work, row, by, body.causes, body.contingency_plan)
    if body.text is not None:
        note = Note(redacted(body.text), body.public, body.time_spent_minutes, body.show_time)
        service.add_note(command.work, row, by, note)
    return ticket_answer(command, row)


def wait(command: Command, path: TicketPath, body: WaitingBody) -> Answer:
    """Wait for what does not depend on us: stops the time to resolution, and the customer reads why"""
    row = locked(command, path)
    service.wait(command.work, row, author(command), body.reason, body.note)
    return ticket_answer(command, row)


def resume(command: Command, path: TicketPath) -> Answer:
    """Work goes on"""
    row = locked(command, path)
    service.resume(command.work, row, author(command))
    return ticket_answer(command, row)


def assign(command: Command, path: TicketPath, body: AssignmentBody) -> Answer:
    """Give the ticket to an engineer"""
    row = locked(command, path)
    people = command.work.config.oncall.people
    if body.person not in people:
        refuse_fields(("person", f"there is no person {body.person!r}; allowed: {', '.join(sorted(people)) or 'none'}"))
    service.assign(command.work, row, author(command), body.person)
    return ticket_answer(command, row)


def prioritise(command: Command, path: TicketPath, body: PriorityBody) -> Answer:
    """Change the priority; its targets hold from the opening on"""
    row = locked(command, path)
    service.prioritise(command.work, row, author(command), body.priority, body.reason or None)
    return ticket_answer(command, row)


def reopen(command: Command, path: TicketPath, body: ReopeningBody) -> Answer:
    """Reopen a closed ticket, whatever its age"""
    row = locked(command, path)
    reopening.reopen(command.work, row, author(command), body.reason or None)
    return ticket_answer(command, row)


def merge(command: Command, path: TicketPath, body: MergeBody) -> Answer:
    """Close the ticket as a duplicate of another one, where it goes on"""
    # Locked in the order of their references: two merges the other way round do not wait for each other.
    prefix = command.work.config.provider.reference_prefix
    first = (parse_reference(path.ref, prefix) or "") < (parse_reference(body.into, prefix) or "")
    paths = (path, TicketPath(ref=body.into))
    rows = [locked(command, one) for one in (paths if first else reversed(paths))]
    row, into = rows if first else reversed(rows)
    if row.id == into.id:
        refuse_fields(("into", "is the ticket itself; name another one"))
    try:
        reopening.merge(command.work, row, into, author(command))
    except NotTheSameCustomer:
        refuse(404, NO_SUCH_THING)
    return ticket_answer(command, row)


def add_case(command: Command, path: TicketPath, body: ProviderCaseBody) -> Answer:
    """Note a case at the cloud provider; when its time has passed, the owner is reminded"""
    row = locked(command, path)
    opened_at = body.opened_at or command.work.now
    if opened_at.tzinfo is None:
        refuse_fields(("opened_at", "has no offset; write it like 2026-01-05T09:00:00+01:00"))
    target = None if body.target_minutes is None else timedelta(minutes=body.target_minutes)
    case = Case(body.provider, body.case, body.plan or None, body.severity or None, opened_at, target)
    provider_cases.add(command.work, row, author(command), case)
    return ticket_answer(command, row) | {"provider_cases": cases_json(command.work.session, row)}


def cases(look: Look, path: TicketPath) -> Answer:
    """The ticket's cases at the cloud provider"""
    return {"items": cases_json(look.session, found(look, path)), "next_cursor": None}


def close_case(command: Command, path: CasePath) -> Answer:
    """The provider has answered"""
    row = locked(command, TicketPath(ref=path.ref))
    if not provider_cases.close(command.work, row, path.case):
        refuse(404, NO_SUCH_THING)
    return {"provider_cases": cases_json(command.work.session, row)}


def author(command: Command) -> Author:
    actor = command.actor
    person = actor.person_id if actor.is_staff else None
    return Author(actor.as_logged, person, actor.email, customer=not actor.is_staff)
