"""Take a file in, and make it a ticket's. The first needs no database and may take seconds; the second is a row, in
the transaction of what it belongs to."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO

from sqlalchemy import event

from alerting.attachments import images, kinds, limits, names, queries
from alerting.attachments.folder import Folder, Part, TooLong, chunks, digest_of
from alerting.attachments.limits import MEGABYTE, Limits, Reason, Refused
from alerting.attachments.models import AttachmentRow
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.audit.chain import SYSTEM, LogActor
from core.db import insert_row
from core.ids import ulid
from core.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepared:
    """A file that is on disk to stay, and no ticket's yet. Without a row it is swept away."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    received_sha256: str
    preview: bool


@dataclass(frozen=True)
class Added:
    """`kept` have a row now, `there` the ticket has already, `refused` find no room."""

    kept: tuple[Prepared, ...] = ()
    there: tuple[Prepared, ...] = ()
    refused: tuple[tuple[Prepared, Reason], ...] = ()

    @property
    def unneeded(self) -> tuple[Prepared, ...]:
        return (*self.there, *(one for one, _ in self.refused))


class Store:
    """The folder of attachments, and how much goes in."""

    def __init__(self, settings: Settings) -> None:
        self.folder = Folder(settings.attachments_folder)
        self.limits = Limits(
            settings.attachment_max_megabytes * MEGABYTE, settings.attachments_customer_megabytes * MEGABYTE
        )

    def prepare(self, name: str, stream: IO[bytes]) -> Prepared:
        """Read to its end, recognised, pictures written anew, on disk. Refused."""
        try:
            if not self.folder.has_room():
                log.error("the disk of the attachments is nearly full: nothing more is kept")
                raise Refused(names.plain(name), Reason.NO_ROOM)
            part = self.folder.receive(stream, self.limits.file)
        except TooLong:
            raise Refused(names.plain(name), Reason.TOO_LARGE) from None
        except OSError as error:
            raise self._away(name, error) from error
        try:
            return self._kept(name, part)
        finally:
            part.path.unlink(missing_ok=True)

    def prepare_text(self, name: str, text: str) -> Prepared:
        return self.prepare(name, io.BytesIO(text.encode()))

    def discard(self, files: Iterable[Prepared]) -> None:
        """What certainly has no row. After an error of the database that is not certain; then the sweep decides."""
        for one in files:
            self.folder.remove(one.id)

    def _kept(self, name: str, part: Part) -> Prepared:
        if not part.size:
            raise Refused(names.plain(name), Reason.EMPTY)
        kind = kinds.of_head(part.head) or (kinds.TEXT if kinds.is_text(chunks(part.path)) else None)
        if kind is None:
            raise Refused(names.plain(name), Reason.KIND)
        file_id, called = ulid(), names.cleaned(name, kind)
        try:
            if kind.picture is None:
                self.folder.keep(part.path, self.folder.place(file_id))
                size, sha256 = part.size, part.sha256
            else:
                size, sha256 = self._rewritten(name, part, kind.picture, file_id)
        except OSError as error:
            raise self._away(name, error) from error
        return Prepared(
            file_id, called, kind.media_type, size, sha256, part.sha256, preview=kind.picture is not None
        )  # fmt: skip

    def _rewritten(self, name: str, part: Part, picture: str, file_id: str) -> tuple[int, str]:
        anew, preview = self.folder.part(), self.folder.part()
        try:
            images.rewrite(part.path, picture, anew, preview)
            size, sha256 = digest_of(anew)
            self.folder.keep(preview, self.folder.preview_place(file_id))
            self.folder.keep(anew, self.folder.place(file_id))
        except images.TooManyPixels:
            raise Refused(names.plain(name), Reason.PIXELS) from None
        except images.Unreadable:
            raise Refused(names.plain(name), Reason.UNREADABLE) from None
        finally:
            anew.unlink(missing_ok=True)
            preview.unlink(missing_ok=True)
        return size, sha256

    def _away(self, name: str, error: OSError) -> Refused:
        log.error("the folder of the attachments takes nothing: %s", error.strerror)
        return Refused(names.plain(name), Reason.NO_ROOM)


def add(
    work: Work,
    ticket: TicketRow,
    files: Sequence[Prepared],
    allowed: Limits,
    *,
    public: bool,
    channel: str,
    person: str | None = None,
    actor: LogActor = SYSTEM,
) -> Added:
    """Rows for those that find room, and one entry in the log; the ticket must be locked. The same name and
    content once more, after a second click or in every mail's signature, is the file that is there."""
    kept: list[Prepared] = []
    there: list[Prepared] = []
    refused: list[tuple[Prepared, Reason]] = []
    held = queries.held(work.session, ticket, public=public) if files else limits.Held(0, 0, 0)
    for one in files:
        if queries.same(work.session, ticket, one.name, one.received_sha256, public=public) is not None:
            there.append(one)
        elif reason := limits.full(held, one.size, allowed):
            refused.append((one, reason))
        else:
            held = held.more(one.size)
            insert_row(work.session, _row(work, ticket, one, public, channel, person))
            kept.append(one)
    if kept:
        ticket.version += 1
        data, said = entry(kept, public=public, channel=channel, person=person)
        work.record(ticket.reference, "attachment.added", data, actor=actor, personal=said, about=ticket.customer_id)
    return Added(tuple(kept), tuple(there), tuple(refused))


def entry(
    files: Sequence[Prepared], *, public: bool, channel: str, person: str | None
) -> tuple[dict[str, object], dict[str, object]]:
    """The log's data and personal values: names are the customer's words, hashes stay when those are erased."""
    facts: list[dict[str, object]] = [
        {
            "id": one.id,
            "media_type": one.media_type,
            "size": one.size,
            "sha256": one.sha256,
            "received_sha256": one.received_sha256,
        }
        for one in files
    ]
    data: dict[str, object] = {"files": facts, "public": public, "channel": channel, "person": person}
    return data, {"names": [one.name for one in files]}


def remove(
    work: Work, ticket: TicketRow, row: AttachmentRow, folder: Folder, person: str | None, actor: LogActor
) -> None:
    """Gone for every reader with this transaction, and the file with its commit. The name stays with the log's erasable
    values, the hash in the log."""
    data = {"id": row.id, "sha256": row.sha256, "public": row.public, "person": person}
    said = {"names": [row.name]}
    row.removed_at, row.removed_by, row.name = work.now, person, ""
    ticket.version += 1
    work.record(ticket.reference, "attachment.removed", data, actor=actor, personal=said, about=ticket.customer_id)
    removed_id = row.id
    event.listen(work.session, "after_commit", lambda _: _remove_file(folder, removed_id), once=True)


def _remove_file(folder: Folder, file_id: str) -> None:
    try:
        folder.remove(file_id)
    except OSError as error:
        log.error("a removed attachment is still on disk: %s; the sweep tries again", error.strerror)


def _row(work: Work, ticket: TicketRow, one: Prepared, public: bool, channel: str, person: str | None) -> AttachmentRow:
    return AttachmentRow(
        id=one.id,
        ticket_id=ticket.id,
        customer_id=ticket.customer_id,
        name=one.name,
        media_type=one.media_type,
        size=one.size,
        sha256=one.sha256,
        received_sha256=one.received_sha256,
        preview=one.preview,
        public=public,
        channel=channel,
        person=person,
        added_at=work.now,
        removed_at=None,
        removed_by=None,
    )
