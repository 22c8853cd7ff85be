"""Bytes as they came over the wire, read as a mail. Never raises: a mail that nobody can read is still a mail that
somebody sent, and is put before a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses
from typing import TypeAlias

from alerting.mailbox import html_text
from alerting.mailbox.automatic import why_automatic
from alerting.mailbox.quoting import new_text
from alerting.mailbox.received import Attachment, Received, Report
from alerting.mailbox.verdict import verdict_of

LONGEST_TEXT = 200_000
LONGEST_LINE = 500
MOST_PARTS = 200
MOST_IDS = 100
RECIPIENT_HEADERS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
# Parts that a mail program adds by itself: reports, and signatures of the mail.
NO_FILES = frozenset(
    {
        "message/delivery-status", "text/rfc822-headers", "application/pkcs7-signature",
        "application/x-pkcs7-signature", "application/pgp-signature",
    }
)  # fmt: skip
NAMED = {"message/rfc822": "mail.eml", "text/calendar": "event.ics", "text/html": "text.html"}
_IDS = re.compile(r"<[^\s<>]{1,250}@[^\s<>]{1,250}>")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_UNSOUND = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
Mail: TypeAlias = "Message[str, str]"  # generic for the type checker alone


def parse(
    raw: bytes, *, envelope_from: str | None = None, envelope_to: Sequence[str] = (), trusted_host: str = ""
) -> Received:
    """`envelope_from` is "" for the null sender, None when the envelope is not known; then Return-Path says."""
    try:
        return _read(BytesParser(policy=compat32).parsebytes(raw), raw, envelope_from, envelope_to, trusted_host)
    except Exception:  # the standard library's parser has more ways to fail than it names, and this is anybody's input
        return Received(recipients=tuple(envelope_to), return_path=envelope_from, readable=False)


def message_id_of(raw: bytes) -> str | None:
    """Of the header alone; None when there is none that can be read."""
    head = re.split(rb"\r?\n\r?\n", raw[:65536], maxsplit=1)[0]
    found = re.search(rb"(?im)^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^\s<>]{1,250}>)", head)
    return found[1].decode("ascii", "replace") if found else None


def _read(mail: Mail, raw: bytes, envelope_from: str | None, envelope_to: Sequence[str], trusted_host: str) -> Received:
    senders = _addresses(mail, ("From",))
    name, sender = senders[0] if len(senders) == 1 else ("", "")
    return_path = envelope_from if envelope_from is not None else _return_path(mail)
    subject = _line(mail, "Subject")
    whole, attachments = _content(mail)
    return Received(
        message_id=next(iter(_ids(mail, ("Message-ID",))), None),
        sender=sender,
        sender_name=name[:LONGEST_LINE],
        return_path=return_path,
        recipients=tuple(
            dict.fromkeys(
                one.lower() for one in (*envelope_to, *(a for _, a in _addresses(mail, RECIPIENT_HEADERS)))
            )
        ),
        subject=subject,
        text=new_text(whole),
        whole_text=whole,
        attachments=attachments,
        references=_ids(mail, ("References", "In-Reply-To")),
        automatic=why_automatic(
            lambda header: _line(mail, header).lower(), sender, return_path, subject,
            str(mail.get("Content-Type", "")).lower(),
        ),
        report=_report(mail, raw, sender, return_path),
        verdict=verdict_of([str(one) for one in mail.get_all("Authentication-Results", [])], trusted_host, sender),
        hops=len(mail.get_all("Received", [])),
    )  # fmt: skip


# --- headers


def _line(mail: Mail, name: str) -> str:
    return _decoded(mail.get(name))


def _decoded(value: object) -> str:
    """Of encoded words too; what cannot be decoded stays as it is."""
    if value is None:
        return ""
    text = str(value)
    with suppress(ValueError, LookupError, UnicodeError):
        text = str(make_header(decode_header(text)))
    return " ".join(_sound(text).split())[:LONGEST_LINE]


def _addresses(mail: Mail, headers: Iterable[str]) -> list[tuple[str, str]]:
    """(name, address in lower case); what is no address is left out."""
    values = [str(one) for name in headers for one in mail.get_all(name, [])]
    found = getaddresses(values)
    return [(_decoded(name), address.strip().lower()) for name, address in found if _is_address(address.strip())]


def _is_address(text: str) -> bool:
    return re.fullmatch(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\\]{1,189}", text) is not None


def _return_path(mail: Mail) -> str | None:
    value = mail.get("Return-Path")
    return None if value is None else str(value).strip().strip("<>").lower()


def _ids(mail: Mail, headers: Iterable[str]) -> tuple[str, ...]:
    values = [str(one) for name in headers for one in mail.get_all(name, [])]
    return tuple(dict.fromkeys(one for value in values for one in _IDS.findall(value)))[:MOST_IDS]


# --- text and attachments


def _content(mail: Mail) -> tuple[str, tuple[Attachment, ...]]:
    plain: list[str] = []
    html: list[str] = []
    attachments: list[Attachment] = []
    for part in _leaves(mail):
        kind, name = part.get_content_type(), _decoded(part.get_filename())
        shown = not name and part.get_content_disposition() != "attachment"
        if shown and kind == "text/plain":
            plain.append(_text(part))
        elif shown and kind == "text/html":
            html.append(html_text.text_of(_text(part)))
        elif kind not in NO_FILES:
            content = _bytes(part) or part.as_bytes()
            attachments.append(Attachment(name or NAMED.get(kind, kind), len(content), content))
    said = "\n\n".join(one for one in plain if one.strip())
    whole = said or "\n\n".join(one for one in html if one.strip())
    return whole.strip()[:LONGEST_TEXT], tuple(attachments)


def _leaves(mail: Mail) -> Iterator[Mail]:
    """Its parts; a mail inside the mail is an attachment as a whole."""
    waiting, seen = [mail], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting[:0] = [one for one in inner if isinstance(one, Message)]
        else:
            yield part


def _bytes(part: Mail) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: Mail) -> str:
    payload = _bytes(part)
    for charset in (part.get_content_charset(), "utf-8"):
        try:
            return _sound(payload.decode(charset or "utf-8"))
        except (LookupError, UnicodeError):
            continue
    return _sound(payload.decode("cp1252", "replace"))


def _sound(text: str) -> str:
    """As every database keeps it: no NUL, no half of a surrogate pair, one kind of line end."""
    return _UNSOUND.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


# --- reports of mail servers


def _report(mail: Mail, raw: bytes, sender: str, return_path: str | None) -> Report | None:
    """RFC 3464; and the free-form bounces of servers that know no better, told by the mailbox they come from."""
    if mail.get_content_type() == "multipart/report":
        for part in mail.walk():
            if part.get_content_type() == "message/delivery-status":
                return _of_fields(part, raw)
    daemon = sender.partition("@")[0] in ("mailer-daemon", "postmaster") or bool(mail.get("X-Failed-Recipients"))
    if daemon and return_path in ("", None):
        status = _STATUS.search(_content(mail)[0])
        return Report("failed", status[1] if status else None, _quoted_ids(raw))
    return None


def _of_fields(part: Mail, raw: bytes) -> Report:
    blocks = part.get_payload()
    fields = [block for block in blocks if isinstance(block, Message)] if isinstance(blocks, list) else []
    actions = [_line(block, "Action").lower() for block in fields]
    statuses = [found[1] for block in fields if (found := _STATUS.search(_line(block, "Status")))]
    action = "failed" if "failed" in actions else next(filter(None, actions), "failed")
    return Report(action, next(iter(statuses), None), _quoted_ids(raw))


def _quoted_ids(raw: bytes) -> tuple[str, ...]:
    """Message-IDs that stand in what was sent back, whether as a part, as headers or in the text."""
    text = raw.decode("latin-1")
    found = re.findall(r"(?im)^[>\s]*message-id:\s*(<[^\s<>]{1,250}@[^\s<>]{1,250}>)", text)
    return tuple(dict.fromkeys(found))[:MOST_IDS]
