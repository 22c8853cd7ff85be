"""Files in forms, for the rooms whose pages take them; and files given out, so that no browser runs one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, flash, request
from werkzeug.datastructures import FileStorage

from alerting.attachments import limits, names, queries
from alerting.attachments.folder import Folder, chunks
from alerting.attachments.limits import FILES_AT_ONCE, Limits, Reason, Refused
from alerting.attachments.models import AttachmentRow
from alerting.attachments.service import Added, Prepared, Store
from alerting.notifications.wording import Language
from alerting.tickets.models import TicketRow
from alerting.web import language
from alerting.web.language import gettext
from alerting.web.tickets import carry_out, found
from alerting.web.visitor import runtime, signed_in, visitor
from alerting.work import Work
from core.accounts.permissions import can
from core.settings import Settings

FIELD = "files"
MOST_NAMED = 4
LARGEST_FORM = 3_000_000  # what is typed beside the files: an error output of any length that somebody pastes
# Nothing in a file may load, run or send anything, not even when it is opened by itself.
POLICY = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; sandbox"
NO_SUCH_FILE = "the file of an attachment is not in the folder: is it the same for all processes?"
View = TypeVar("View", bound=Callable[..., Any])


def taking_files(view: View) -> View:
    """A page whose form has files: it may be larger than others. Stands below `needs`."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def install(app: Flask, largest: Limits) -> None:
    """Before anything reads the form, as the check of its token does: more room, but only for who may use it."""

    @app.before_request
    def make_room() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        if request.method == "POST" and getattr(view, "takes_files", False):
            permission = getattr(view, "declared", None)
            if permission is not None and can(visitor().actor, permission):
                request.max_content_length = largest.at_once + LARGEST_FORM
                request.max_form_memory_size = LARGEST_FORM


@dataclass(frozen=True)
class Uploaded:
    """The files of the form: on disk, or refused, each with its name. Those that no ticket takes are removed."""

    store: Store
    prepared: tuple[Prepared, ...]
    refused: tuple[tuple[str, Reason], ...]

    @property
    def any(self) -> bool:
        return bool(self.prepared or self.refused)

    def discard(self) -> None:
        self.store.discard(self.prepared)

    def settle(self, added: Added) -> None:
        """After the commit: what was not needed goes, and the next page says what was not kept, and why."""
        self.store.discard(added.unneeded)
        self.tell([*self.refused, *((one.name, reason) for one, reason in added.refused)])

    def tell(self, refused: Sequence[tuple[str, Reason]]) -> None:
        """A few by name: messages travel in a cookie, which holds four kilobytes."""
        for name, reason in refused[:MOST_NAMED]:
            why = limits.why(reason, self.store.limits, spoken())
            flash(gettext("%(name)s was not kept: %(why)s.", name=name, why=why), "problem")
        if (more := len(refused) - MOST_NAMED) > 0:
            flash(gettext("Not kept besides: %(count)s.", count=more), "problem")


def uploaded(reference: str | None = None) -> Uploaded:
    """Takes in the files of the form. Before any transaction: it may take seconds. 404 before that, when the ticket
    is not the visitor's."""
    store = Store(runtime().settings)
    if reference is not None and chosen():
        with runtime().database.reading() as session:
            found(session, reference)
    prepared: list[Prepared] = []
    refused: list[tuple[str, Reason]] = []
    for number, file in enumerate(given(FIELD)):
        with closing(file):
            if number >= FILES_AT_ONCE:
                refused.append((names.plain(file.filename or ""), Reason.TOO_MANY))
                continue
            try:
                prepared.append(store.prepare(file.filename or "", file.stream))
            except Refused as error:
                refused.append((error.name, error.reason))
    return Uploaded(store, tuple(prepared), tuple(refused))


def chosen() -> bool:
    """Whether the form came with files, which are not looked at."""
    return bool(given(FIELD))


def given(field: str) -> list[FileStorage]:
    """Files that were chosen; a field left empty comes as a file without a name."""
    return [one for one in request.files.getlist(field) if one.filename]


def spoken() -> Language:
    return "en" if language.current() == "en" else "es"


def carry_out_with(sent: Uploaded, reference: str, command: Callable[[Work, TicketRow], Added]) -> Added | None:
    """`tickets.carry_out` for a command that attaches: what the ticket did not take is removed and told."""
    added = carry_out(reference, command)
    if added is None:
        sent.discard()
    else:
        sent.settle(added)
    return added


def file_of(reference: str, attachment: str, *, preview: bool = False) -> Response:
    """One file of a ticket as an answer; 404 for what is not the visitor's to see."""
    with runtime().database.reading() as session:
        row = queries.find(session, found(session, reference), attachment, staff=signed_in().is_staff)
    if row is None:
        abort(404)
    return file_answer(runtime().settings, row, preview=preview)


def folder() -> Folder:
    return Store(runtime().settings).folder


def file_answer(settings: Settings, row: AttachmentRow, *, preview: bool = False) -> Response:
    """The file itself: pictures, which were written anew, may be looked at; everything else is downloaded. 404 when it
    is not on this machine's disk, which the doctor tells."""
    where = Store(settings).folder
    if preview and not row.preview:
        abort(404)
    path = where.preview_place(row.id) if preview else where.place(row.id)
    if not path.is_file():
        current_app.logger.error(NO_SUCH_FILE)
        abort(404)
    answer = Response(chunks(path), mimetype="image/webp" if preview else row.media_type)
    answer.content_length = path.stat().st_size
    answer.headers.set("Content-Disposition", "inline" if row.preview else "attachment", filename=row.name)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
