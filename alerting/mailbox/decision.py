"""What happens to a mail that came in. The table is the rule: from the top, the first that fits decides.

Nobody's From proves who wrote it. So a mail may add to what is open, which any reader can weigh, but it may only wake
what is closed with a proof: the token in our own mail, or our mail server's word for the sender's domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from alerting.mailbox.received import Received
from core.accounts.permissions import ALLOWED, Permission

MOST_HOPS = 30
STORM = 10
"""Mails of one address within STORM_WITHIN from which on a person has to look."""
STORM_WITHIN = timedelta(minutes=10)
FASTER_THAN_A_PERSON = timedelta(seconds=10)

Answer = Literal["unknown_sender", "former_contact", "only_reads"]
AT_ONCE_IGNORED = frozenset({"auto_replied", "receipt"})


@dataclass(frozen=True)
class Known:
    """A ticket that the mail points to."""

    reference: str
    customer_id: str
    closed: bool


@dataclass(frozen=True)
class Situation:
    """What the rows and the configuration say when the mail is handled. `by_token`: the ticket of a token that is in
    force; `by_subject`: the one whose reference stands in the subject. `roles`: of the sender's address as a contact,
    by customer. `former`: we have written to the address before. `lately`: mails of this address within STORM_WITHIN,
    this one included. `since_our_mail`: how long ago the last mail about the ticket left for this address."""

    own_addresses: frozenset[str] = frozenset()
    by_token: Known | None = None
    by_subject: Known | None = None
    roles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    former: bool = False
    staff: bool = False
    lately: int = 1
    since_our_mail: timedelta | None = None


@dataclass(frozen=True)
class OpenTicket:
    """`earlier` is the closed ticket that the mail speaks of but may not reopen."""

    customer_id: str
    earlier: str | None = None


@dataclass(frozen=True)
class Append:
    reference: str


@dataclass(frozen=True)
class Reopen:
    reference: str


@dataclass(frozen=True)
class Bounce:
    """A mail of ours did not arrive."""

    status: str | None
    message_ids: tuple[str, ...]


@dataclass(frozen=True)
class Quarantine:
    """A person has to look; nothing has happened. `answer`: what the sender is told, None for nothing."""

    reason: str
    answer: Answer | None = None


@dataclass(frozen=True)
class Refuse:
    """The sender may not do this and is told so; a person may look."""

    reason: Answer


@dataclass(frozen=True)
class Ignore:
    reason: str


Decision = OpenTicket | Append | Reopen | Bounce | Quarantine | Refuse | Ignore


def decide(mail: Received, now: Situation) -> Decision:
    """Quarantine and Refuse name an answer only where a person seems to have written; whether it is sent depends on
    when that address had its last one."""
    if not mail.readable:
        return Quarantine("unreadable")
    if mail.hops > MOST_HOPS:
        return Ignore("loop")
    if mail.report is not None:
        if mail.report.action == "failed":
            return Bounce(mail.report.status, mail.report.message_ids)
        return Ignore(f"report_{mail.report.action}"[:30])
    if not mail.sender:
        return Quarantine("no_sender")
    if _plain(mail.sender) in now.own_addresses:
        return Ignore("own_mail")
    if mail.automatic is not None:
        return _automatic(mail, now)
    if mail.verdict == "fail":
        return Quarantine("forged")
    if now.lately > STORM:
        return Quarantine("storm")
    if now.staff:
        return Quarantine("staff")
    return _of_a_person(mail, now)


def _automatic(mail: Received, now: Situation) -> Decision:
    """Nobody's answer. What a customer's own machine reports by itself may matter, and a subject may only look like an
    absence notice: a person looks, and nobody is answered."""
    answers_us = now.by_token is not None or now.by_subject is not None or bool(mail.references)
    if mail.automatic in AT_ONCE_IGNORED or answers_us or not _may_write_somewhere(now):
        return Ignore(f"automatic_{mail.automatic}")
    return Quarantine("automatic")


def _of_a_person(mail: Received, now: Situation) -> Decision:
    if now.by_token is not None:
        if now.by_token.customer_id in now.roles:
            return _to_ticket(now.by_token, mail, now, proven=True)
        return Quarantine("foreign_ticket") if now.roles else _stranger(now)
    if now.by_subject is not None and now.by_subject.customer_id in now.roles:
        return _to_ticket(now.by_subject, mail, now, proven=mail.verdict == "pass")
    return _new(now)


def _to_ticket(ticket: Known, mail: Received, now: Situation, *, proven: bool) -> Decision:
    if not _may(Permission.UPDATE_TICKET, now.roles[ticket.customer_id]):
        return Refuse("only_reads")
    if not ticket.closed:
        return Append(ticket.reference)
    if now.since_our_mail is not None and now.since_our_mail < FASTER_THAN_A_PERSON:
        return Quarantine("too_fast")
    if not proven:
        return OpenTicket(ticket.customer_id, earlier=ticket.reference)
    return Reopen(ticket.reference)


def _new(now: Situation) -> Decision:
    """Another customer's reference in the subject is, for this sender, no reference at all."""
    allowed = [one for one, roles in now.roles.items() if _may(Permission.OPEN_TICKET, roles)]
    if len(allowed) == 1:
        return OpenTicket(allowed[0])
    if allowed:
        return Quarantine("several_customers")
    return Refuse("only_reads") if now.roles else _stranger(now)


def _stranger(now: Situation) -> Decision:
    return Refuse("former_contact") if now.former else Quarantine("unknown_sender", "unknown_sender")


def _may_write_somewhere(now: Situation) -> bool:
    return any(_may(Permission.OPEN_TICKET, roles) for roles in now.roles.values())


def _may(permission: Permission, roles: Sequence[str]) -> bool:
    return not ALLOWED[permission].isdisjoint(roles)


def _plain(address: str) -> str:
    """Without what follows a plus sign."""
    local, _, domain = address.partition("@")
    return f"{local.partition('+')[0]}@{domain}"
