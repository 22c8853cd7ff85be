"""A mail that came in, as a value: what of it decides what happens to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["pass", "fail"]
Automatic = Literal["auto_replied", "auto_generated", "bulk", "list", "vacation", "receipt", "null_sender", "no_reply"]


@dataclass(frozen=True)
class Attachment:
    """`size` in bytes, of `content`."""

    name: str
    size: int
    content: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True)
class Report:
    """A mail server's report on a mail of ours (RFC 3464). `action` is its own word: failed, delayed, delivered,
    relayed, expanded. `status` is `5.2.2` (RFC 3463), None when it gives none. `message_ids`: the mails it is about."""

    action: str
    status: str | None
    message_ids: tuple[str, ...]


@dataclass(frozen=True)
class Received:
    """`sender` is the one address of From in lower case, "" when there is none or several. `return_path` is where the
    mail server would report back: "" for nobody, None when unknown. `recipients` are all addresses it came to, the
    envelope's first. `text` is what is new in it, `whole_text` all of it, quotations too. `references`: ids of
    References and In-Reply-To. `automatic`: why no person wrote it, None when one seems to have. `verdict`: what our
    own mail server found out about the sender, None when nothing. `hops`: mail servers it came through."""

    message_id: str | None = None
    sender: str = ""
    sender_name: str = ""
    return_path: str | None = None
    recipients: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    whole_text: str = ""
    attachments: tuple[Attachment, ...] = ()
    references: tuple[str, ...] = ()
    automatic: Automatic | None = None
    report: Report | None = None
    verdict: Verdict | None = None
    hops: int = 0
    readable: bool = True
