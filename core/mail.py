"""One mail out: by SMTP, or as an .eml file where no server is configured. Headers cannot be injected through it."""

from __future__ import annotations

import os
import re
import smtplib
import ssl
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT_SECONDS = 10.0
PERMANENT_FROM = 500  # RFC 5321 4.2.1: 4yz may work later, 5yz never will
DEFAULT_PORTS = {"smtp": 25, "smtps": 465}
SUBMISSION_PORT = 587

_ID_HEADERS = {"message-id", "in-reply-to", "references"}

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\\]+")
_MESSAGE_ID = re.compile(r"<[^\s<>@]+@[^\s<>@]+>")
_ENHANCED = re.compile(r"5\.\d{1,3}\.\d{1,3}\b")  # RFC 3463, at the head of the text (RFC 2034)
_SEPARATORS = {"Cc", "Cs", "Zl", "Zp"}  # control characters, half surrogates, line and paragraph separators


class _Policy(EmailPolicy):
    """The standard policy, but ids stay whole: it would break a long one in References into encoded words, which no
    mail program reads as an id, and the customer's thread would fall apart."""

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in _ID_HEADERS:
            ids = f"{self.linesep} ".join(str(value).split())
            return f"{name}: {ids}{self.linesep}"
        folded: str = super().fold(name, value)
        # Rather than break the first line of a subject, the standard library begins it on the next one; unfolded, it
        # then starts with a space, and no filter on its first word finds it. RFC 5322 2.1.1 allows 998 characters.
        return folded.replace(f"Subject:{self.linesep} ", "Subject: ", 1)

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in _ID_HEADERS:
            return self.fold(name, value).encode("utf-8")
        return self.fold(name, value).encode("utf-8", "surrogateescape")


POLICY = _Policy(linesep="\r\n", cte_type="7bit")


class MailRefused(Exception):
    """Permanent: this mail will never reach this address as it is; try another way to reach the person. `code` is what
    the server gave, the more exact one if it gave two (RFC 3463 `5.2.2`, else RFC 5321 `552`), None when it was not
    even asked."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class MailUnavailable(Exception):
    """Transient, or something that the operator must put right: the same mail may go later."""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail to one address. `message_id`, `in_reply_to` and `references` are ids in angle brackets; `references`
    oldest first. `at` is the Date header, now if None. `auto_submitted` keeps other robots from answering
    (RFC 3834); `answering`: a robot's answer to somebody's mail. `bounces_to` is where a server reports that it could
    not deliver: the sender if None, nobody if empty."""

    to: str
    sender: str
    subject: str
    text: str
    message_id: str
    html: str | None = None
    to_name: str = ""
    sender_name: str = ""
    reply_to: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    language: str = "es"
    auto_submitted: bool = True
    answering: bool = False
    bounces_to: str | None = None
    at: datetime | None = None


def send(smtp_url: str | None, mail_dir: Path, message: OutgoingMail, timeout: float = TIMEOUT_SECONDS) -> Path | None:
    """Hands the mail over; the .eml file it was written to when `smtp_url` is empty. `timeout` is in seconds, for
    connecting and for each answer. MailRefused, MailUnavailable; repeated after a lost answer, the mail goes twice
    under the same message id."""
    composed = compose(message)
    if not smtp_url:
        return _write(mail_dir, message.message_id, composed)
    _hand_over(_Server.of(smtp_url), composed, message, timeout)
    return None


def compose(message: OutgoingMail) -> EmailMessage:
    """The mail as it leaves. Line breaks and control characters in subject and names become spaces; in an address or an
    id they make it no address, and raise MailRefused."""
    mail = EmailMessage(policy=POLICY)
    try:
        mail["From"] = _address(message.sender_name, message.sender)
        mail["To"] = _address(message.to_name, message.to)
        if message.reply_to:
            mail["Reply-To"] = _address("", message.reply_to)
        mail["Subject"] = one_line(message.subject)
        mail["Date"] = format_datetime((message.at or datetime.now(UTC)).astimezone(UTC))
        mail["Message-ID"] = _id(message.message_id)
        if message.in_reply_to:
            mail["In-Reply-To"] = _id(message.in_reply_to)
        if message.references:
            mail["References"] = " ".join(map(_id, message.references))
        if message.auto_submitted:
            mail["Auto-Submitted"] = "auto-replied" if message.answering else "auto-generated"
            mail["X-Auto-Response-Suppress"] = "All"  # Exchange does not read Auto-Submitted
    except (MessageError, ValueError) as error:
        raise MailRefused(f"cannot compose mail {message.message_id!r} to {message.to!r}: {error}") from error
    mail.set_content(_sound(message.text))
    if message.html is not None:
        mail.add_alternative(_sound(message.html), subtype="html")
    mail["Content-Language"] = one_line(message.language)  # after the parts: they take Content-* headers along
    return mail


def is_address(text: str) -> bool:
    """Whether mail can be addressed to it: one address, nothing around it."""
    return one_line(text) == text and _ADDRESS.fullmatch(text) is not None


def one_line(text: str) -> str:
    """`text` on one line, without characters that could end a header."""
    return " ".join("".join(" " if unicodedata.category(c) in _SEPARATORS else c for c in text).split())


@dataclass(frozen=True, slots=True)
class _Server:
    host: str
    port: int
    tls: bool
    starttls: bool
    user: str
    password: str

    @classmethod
    def of(cls, url: str) -> _Server:
        """smtp://user:password@host:port?starttls=1, or smtps://… for TLS from the first byte."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise MailUnavailable(f"GUARDIA_SMTP_URL is not a URL: {error}") from error
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise MailUnavailable(
                "GUARDIA_SMTP_URL must be smtp://[user:password@]host[:port][?starttls=1] or smtps://…"
            )
        starttls = parse_qs(parts.query).get("starttls", ["0"])[-1] in {"1", "true", "yes"}
        default = SUBMISSION_PORT if starttls else DEFAULT_PORTS[parts.scheme]
        return cls(
            host=parts.hostname,
            port=port or default,
            tls=parts.scheme == "smtps",
            starttls=starttls and parts.scheme == "smtp",
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    def connect(self, timeout: float) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.tls:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=timeout, context=context)
        connection = smtplib.SMTP(self.host, self.port, timeout=timeout)
        if self.starttls:
            try:
                connection.starttls(context=context)
            except BaseException:
                connection.close()
                raise
        return connection


def _hand_over(server: _Server, mail: EmailMessage, message: OutgoingMail, timeout: float) -> None:
    where = f"{server.host}:{server.port}"
    try:
        with server.connect(timeout) as connection:
            if server.user:
                connection.login(server.user, server.password)
            back_to = message.sender if message.bounces_to is None else message.bounces_to
            connection.send_message(mail, from_addr=back_to, to_addrs=[message.to])
    except smtplib.SMTPRecipientsRefused as error:
        code, reason = error.recipients[message.to]
        raise _refusal(code, reason, f"{where} does not take mail for {message.to}") from error
    except smtplib.SMTPDataError as error:
        what = f"{where} does not take mail {message.message_id}"
        raise _refusal(error.smtp_code, error.smtp_error, what) from error
    except smtplib.SMTPAuthenticationError as error:
        raise MailUnavailable(
            f"{where} refuses the user of GUARDIA_SMTP_URL: {error.smtp_code} {_said(error.smtp_error)}"
        ) from error
    except smtplib.SMTPSenderRefused as error:
        raise MailUnavailable(
            f"{where} refuses the sender {message.sender}: {error.smtp_code} {_said(error.smtp_error)}; "
            "see GUARDIA_MAIL_FROM"
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailUnavailable(f"cannot hand mail to {where}: {error or type(error).__name__}") from error


def _write(mail_dir: Path, message_id: str, mail: EmailMessage) -> Path:
    """Whole or not at all: a reader never sees half a mail. The same message id again replaces it."""
    target = mail_dir / f"{re.sub(r'[^A-Za-z0-9.@_+-]', '_', message_id.strip('<>'))[:200]}.eml"
    try:
        mail_dir.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=mail_dir, prefix=".", suffix=".tmp", delete=False) as file:
            file.write(mail.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(target)
    except OSError as error:
        raise MailUnavailable(f"cannot write mail to {mail_dir}: {error}") from error
    return target


def _address(name: str, address: str) -> Address:
    if not is_address(address):
        raise ValueError(f"{address!r} is not one mail address")
    return Address(display_name=one_line(name), addr_spec=address)


def _id(message_id: str) -> str:
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"{message_id!r} is not a message id like <name@host>")
    return message_id


def _refusal(code: int, reason: bytes | str, what: str) -> MailRefused | MailUnavailable:
    said = _said(reason)
    text = f"{what}: {code} {said}"
    if code < PERMANENT_FROM:
        return MailUnavailable(text)
    exact = _ENHANCED.match(said)
    return MailRefused(text, exact[0] if exact else str(code))


def _said(reason: bytes | str) -> str:
    return one_line(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason)[:200]


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
