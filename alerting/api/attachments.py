"""Files of a ticket: adding, listing, giving out, removing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import request
from werkzeug.exceptions import HTTPException

from alerting.api.access import LARGEST, PERMISSIONS, TAKES_FILES, Answer, Command, Json, Look, View, commanding
from alerting.api.fields import TicketPath
from alerting.api.handling import author
from alerting.api.problems import NO_SUCH_THING, refuse, refuse_fields
from alerting.api.tickets import found, locked, ticket_answer
from alerting.attachments import limits, names, queries
from alerting.attachments.limits import FILES_AT_ONCE, Reason, Refused
from alerting.attachments.service import Prepared, Store
from alerting.handling import files
from alerting.runtime import Runtime
from alerting.tickets.models import TicketRow
from alerting.tickets.service import UnknownTicket
from alerting.tickets.states import IllegalTransition
from alerting.web.uploads import file_answer, given
from core.accounts.permissions import Permission

FIELD, PUBLIC = "file", "public"
FIELDS_BESIDE = 100_000  # bytes of the body that are no file
BOOLEANS = {"true": True, "false": False}

MULTIPART_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {
                        FIELD: {"type": "array", "items": {"type": "string", "format": "binary"}},
                        PUBLIC: {
                            "type": "boolean",
                            "default": True,
                            "description": "false: for staff alone; a customer's files are always public",
                        },
                    },
                }
            }
        },
    }
}


class AttachmentPath(TicketPath):
    attachment: str


@dataclass(frozen=True)
class Taken:
    """The files of a request, on disk. `unneeded`: those that the ticket has already, known after the transaction."""

    store: Store
    prepared: Sequence[Prepared]
    public: bool
    unneeded: list[Prepared] = field(default_factory=list)


def uploading(runtime: Runtime, view: Callable[..., Answer], permissions: Sequence[Permission]) -> View:
    """`commanding` for a view that gets the files of the body as well. They are taken in before the transaction,
    because that may take seconds; all of them are kept or none."""
    store = Store(runtime.settings)

    @wraps(view)
    def admitted(path: TicketPath) -> Answer:
        public = _public()
        taken = Taken(store, _prepared(store), public)
        with_files = commanding(runtime, lambda command, path: view(command, path, taken), permissions)
        try:
            answer = with_files(path=path)
        except (HTTPException, UnknownTicket, IllegalTransition):  # rolled back for certain
            store.discard(taken.prepared)
            raise
        store.discard(taken.unneeded)
        return answer

    setattr(admitted, PERMISSIONS, tuple(permissions))
    setattr(admitted, TAKES_FILES, True)
    setattr(admitted, LARGEST, store.limits.at_once + FIELDS_BESIDE)
    return admitted


def upload(command: Command, path: TicketPath, taken: Taken) -> Answer:
    """Add files to a ticket: several parts named `file`; the same name and content twice are kept once"""
    ticket, by = locked(command, path), author(command)
    if not taken.public and not command.actor.is_staff:
        refuse_fields((PUBLIC, "is for staff; leave it out"))
    added = files.attach(command.work, ticket, by, taken.prepared, taken.store.limits, public=taken.public)
    _refuse(taken.store, [(one.name, reason) for one, reason in added.refused])
    taken.unneeded[:] = added.unneeded
    return ticket_answer(command, ticket) | _listed(command, ticket)


def attachments(look: Look, path: TicketPath) -> Answer:
    """The ticket's files, oldest first; internal ones for staff alone"""
    staff = look.actor.is_staff
    rows = queries.of_ticket(look.session, found(look, path), staff=staff)
    return {"items": queries.attachments_json(rows, staff=staff), "next_cursor": None}


def download(look: Look, path: AttachmentPath) -> Answer:
    """The file itself"""
    ticket = found(look, path)
    row = queries.find(look.session, ticket, path.attachment, staff=look.actor.is_staff)
    if row is None:
        refuse(404, NO_SUCH_THING)
    return file_answer(look.settings, row)


def remove(command: Command, path: AttachmentPath) -> Answer:
    """Remove a file that nobody should have sent; its hash stays in the log"""
    ticket = locked(command, path)
    row = queries.find(command.work.session, ticket, path.attachment, staff=True)
    if row is None:
        refuse(404, NO_SUCH_THING)
    files.remove(command.work, ticket, author(command), row, Store(command.settings).folder)
    return ticket_answer(command, ticket) | _listed(command, ticket)


def _listed(command: Command, ticket: TicketRow) -> Json:
    staff = command.actor.is_staff
    rows = queries.of_ticket(command.work.session, ticket, staff=staff)
    return {"attachments": queries.attachments_json(rows, staff=staff)}


def _prepared(store: Store) -> Sequence[Prepared]:
    sent = given(FIELD)
    if not sent:
        refuse_fields((FIELD, "is required: one part or several, each with a filename"))
    prepared: list[Prepared] = []
    refused: list[tuple[str, Reason]] = []
    for number, file in enumerate(sent):
        with closing(file):
            try:
                if number >= FILES_AT_ONCE:
                    raise Refused(names.plain(file.filename or ""), Reason.TOO_MANY)
                prepared.append(store.prepare(file.filename or "", file.stream))
            except Refused as error:
                refused.append((error.name, error.reason))
    if refused:
        store.discard(prepared)
    _refuse(store, refused)
    return prepared


def _refuse(store: Store, refused: Sequence[tuple[str, Reason]]) -> None:
    if refused:
        refuse_fields(*((FIELD, f"{name}: {limits.why(reason, store.limits, 'en')}") for name, reason in refused))


def _public() -> bool:
    given_ = request.form.get(PUBLIC, "true")
    if given_ not in BOOLEANS:
        refuse_fields((PUBLIC, "is neither true nor false"))
    return BOOLEANS[given_]
