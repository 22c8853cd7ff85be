"""Files that customers and engineers add to a ticket that is there, or take away again."""

from __future__ import annotations

from collections.abc import Sequence

from alerting.attachments import service as attachments
from alerting.attachments.folder import Folder
from alerting.attachments.limits import Limits
from alerting.attachments.models import AttachmentRow
from alerting.attachments.service import Added, Prepared
from alerting.handling import answered
from alerting.handling import service as handling
from alerting.handling.progress import report
from alerting.handling.service import Author
from alerting.tickets import states
from alerting.tickets.models import TicketRow
from alerting.tickets.states import TicketEvent, TicketState
from alerting.work import Work


def attach(
    work: Work,
    ticket: TicketRow,
    by: Author,
    files: Sequence[Prepared],
    allowed: Limits,
    *,
    public: bool = True,
    channel: str = "api",
    told: bool = False,
) -> Added:
    """As a note is added: by an engineer it is work; by a customer it ends a waiting for them, and whoever has the
    ticket is told, unless they have been `told` of what it came with. Who is told of notes is told of public files.
    IllegalTransition when the ticket is closed."""
    if ticket.state == states.CLOSED:
        raise states.IllegalTransition(ticket.state, "attach", ("reopen",))
    added = attachments.add(
        work, ticket, files, allowed, public=public, channel=channel, person=by.person, actor=by.actor
    )
    if not added.kept:
        return added
    if by.person:
        ticket.state = states.after(TicketState(ticket.state), TicketEvent.WORK)
    data, said = attachments.entry(added.kept, public=public, channel=channel, person=by.person)
    report(work, ticket, "attachment.added", data, said, but=None if by.person else by.email)
    if by.customer:
        if ticket.state == states.WAITING and ticket.waiting_reason == "customer":
            handling.resume(work, ticket, by)
        if not told:
            answered.tell(work, ticket, ", ".join(one.name for one in added.kept))
    return added


def remove(work: Work, ticket: TicketRow, by: Author, row: AttachmentRow, folder: Folder) -> None:
    """What nobody should have sent, whatever the ticket's state; the customer is told of a public one."""
    said = {"names": [row.name]}
    attachments.remove(work, ticket, row, folder, by.person, by.actor)
    report(work, ticket, "attachment.removed", {"public": row.public}, said, but=None)
