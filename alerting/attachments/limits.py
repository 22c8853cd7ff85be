"""How much is kept, and why a file is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from alerting.notifications.wording import Language

MEGABYTE = 1_000_000
MOST_PIXELS = 50_000_000
"""Of one picture, all its frames together: a telephone's largest photograph."""
FILES_IN_TICKET = 50
FILES_AT_ONCE = 20
LARGEST_IN_TICKET = 10
"""A ticket holds as much as this many files of the largest size."""
LARGEST_AT_ONCE = 5


class Reason(StrEnum):
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    KIND = "kind"
    UNREADABLE = "unreadable"
    PIXELS = "pixels"
    TOO_MANY = "too_many"
    TICKET_FULL = "ticket_full"
    CUSTOMER_FULL = "customer_full"
    NO_ROOM = "no_room"


@dataclass(frozen=True)
class Limits:
    """In bytes: of one file, and of all files of one customer."""

    file: int
    customer: int

    @property
    def ticket(self) -> int:
        return self.file * LARGEST_IN_TICKET

    @property
    def at_once(self) -> int:
        """Of one request."""
        return self.file * LARGEST_AT_ONCE


@dataclass(frozen=True)
class Held:
    """What is there already: files and bytes of the ticket on that side (public or internal), bytes of the customer."""

    files: int
    ticket: int
    customer: int

    def more(self, size: int) -> Held:
        return Held(self.files + 1, self.ticket + size, self.customer + size)


class Refused(ValueError):
    """The file is not kept; `name` as it can be shown."""

    def __init__(self, name: str, reason: Reason) -> None:
        super().__init__(f"a file is not kept: {reason}")  # without its name, which is the customer's
        self.name, self.reason = name, reason


def full(held: Held, size: int, limits: Limits) -> Reason | None:
    """Why one more file of `size` bytes is too much; None when there is room."""
    if held.files >= FILES_IN_TICKET:
        return Reason.TOO_MANY
    if held.ticket + size > limits.ticket:
        return Reason.TICKET_FULL
    if held.customer + size > limits.customer:
        return Reason.CUSTOMER_FULL
    return None


_WHY: Mapping[Reason, Mapping[Language, str]] = {
    Reason.EMPTY: {
        "es": "está vacío; elija otro fichero",
        "en": "it is empty; choose another file",
    },
    Reason.TOO_LARGE: {
        "es": "ocupa más de {file} MB; comprímalo (.zip) o envíe solo la parte que importa",
        "en": "it is larger than {file} MB; compress it (.zip), or send the part that matters",
    },
    Reason.KIND: {
        "es": "su contenido no es PNG, JPEG, GIF, WebP, PDF, texto, ZIP, GZIP ni 7z; comprímalo (.zip) y envíe eso",
        "en": "its content is none of PNG, JPEG, GIF, WebP, PDF, text, ZIP, GZIP and 7z; compress it (.zip), and send "
        "that",
    },
    Reason.UNREADABLE: {
        "es": "la imagen no se puede leer; ábrala, guárdela de nuevo como PNG o JPEG y envíe esa",
        "en": "the picture cannot be read; open it, save it anew as PNG or JPEG, and send that",
    },
    Reason.PIXELS: {
        "es": "la imagen tiene más de {pixels} millones de píxeles; redúzcala",
        "en": "the picture has more than {pixels} million pixels; make it smaller",
    },
    Reason.TOO_MANY: {
        "es": "son demasiados: caben {at_once} en un envío y {files} en un ticket; reúnalos en un .zip",
        "en": "there are too many: {at_once} at once and {files} in a ticket; put them together in a .zip",
    },
    Reason.TICKET_FULL: {
        "es": "los adjuntos de un ticket no pueden sumar más de {ticket} MB; comprímalo o dígalo en el ticket",
        "en": "a ticket's attachments may have {ticket} MB in all; compress it, or say so in the ticket",
    },
    Reason.CUSTOMER_FULL: {
        "es": "se ha agotado el espacio para adjuntos de su organización; dígalo en el ticket",
        "en": "the room for your organisation's attachments is used up; say so in the ticket",
    },
    Reason.NO_ROOM: {
        "es": "ahora mismo no podemos guardar ficheros; inténtelo más tarde",
        "en": "files cannot be kept at the moment; try again later",
    },
}  # fmt: skip


def why(reason: Reason, limits: Limits, language: Language) -> str:
    """Half a sentence: what is wrong, what is allowed, what to do."""
    return _WHY[reason][language].format(
        file=limits.file // MEGABYTE, ticket=limits.ticket // MEGABYTE, pixels=MOST_PIXELS // 1_000_000,
        files=FILES_IN_TICKET, at_once=FILES_AT_ONCE,
    )  # fmt: skip
