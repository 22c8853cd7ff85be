"""What a mail of somebody whom we may not serve is answered with: politely, once, and without a word about tickets that
are not theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from html import escape

from alerting.notifications.mails import Mail
from alerting.notifications.wording import Language, Provider, Text, joined, kinds_of, one_line, render

LINE_LENGTH = 200


@dataclass(frozen=True, kw_only=True)
class AnswerMail(Text):
    """The subclasses are all there are. `in_reply_to` is the Message-ID of the mail answered."""

    in_reply_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class UnknownSenderMail(AnswerMail):
    """Nobody of a customer's has this address."""


@dataclass(frozen=True, kw_only=True)
class FormerContactMail(AnswerMail):
    """We have written to this address before, and it is nobody's contact now."""


@dataclass(frozen=True, kw_only=True)
class OnlyReadsMail(AnswerMail):
    """A contact who may read tickets and not write to them."""


KINDS: Mapping[str, type[AnswerMail]] = kinds_of(AnswerMail)

TEMPLATES: Mapping[str, Mapping[Language, tuple[str, ...]]] = {
    "unknown_sender_mail": {
        "es": (
            "Hemos recibido su correo, pero no se ha abierto ningún ticket: esta dirección no está entre los contactos "
            "autorizados de nuestros clientes.",
            "Si su empresa tiene contrato con nosotros, escriba desde una dirección autorizada o pida a la persona "
            "responsable que le dé de alta. Nuestro equipo revisará su mensaje.",
        ),
        "en": (
            "We have received your mail, but no ticket was opened: this address is not among the authorised contacts "
            "of our customers.",
            "If your company has a contract with us, write from an authorised address, or ask whoever is responsible "
            "to have yours added. Our team will look at your message.",
        ),
    },
    "former_contact_mail": {
        "es": (
            "Gracias por su correo. Esta dirección no está (o ya no está) entre los contactos autorizados, y por eso "
            "no se ha añadido a ningún ticket.",
            "Si debe seguir siendo contacto, pida a la persona responsable de su empresa que nos lo confirme.",
        ),
        "en": (
            "Thank you for your mail. This address is not, or is no longer, among the authorised contacts, so it was "
            "not added to any ticket.",
            "If you should still be a contact, ask whoever is responsible at your company to confirm it to us.",
        ),
    },
    "only_reads_mail": {
        "es": (
            "Hemos recibido su correo. Su dirección puede consultar los tickets de su empresa, pero no abrirlos ni "
            "escribir en ellos.",
            "Pida a un contacto autorizado que nos escriba, o a la persona responsable que amplíe sus permisos.",
        ),
        "en": (
            "We have received your mail. Your address may read your company's tickets, but neither open them nor write "
            "to them.",
            "Ask an authorised contact to write to us, or whoever is responsible to extend your permissions.",
        ),
    },
}
_FOOTER: Mapping[Language, str] = {
    "es": "{provider_name}<, urgencias: {emergency_phone}>",
    "en": "{provider_name}<, emergencies: {emergency_phone}>",
}
_SUBJECT: Mapping[Language, str] = {"es": "Sobre su correo", "en": "About your mail"}


def answer(text: AnswerMail, language: Language, provider: Provider) -> Mail:
    """What they wrote is not repeated, not even the subject: an answer must carry nobody's text to an address that may
    be forged."""
    values = {field.name: getattr(text, field.name) for field in fields(text)} | {
        "provider_name": one_line(provider.name, LINE_LENGTH),
        "emergency_phone": provider.emergency_phone,
    }
    templates = (*TEMPLATES[text.variant][language], _FOOTER[language])
    paragraphs = [joined(render(template, values, {"plain": str})) for template in templates]
    html = "".join(f"<p>{escape(one)}</p>" for one in paragraphs)
    return Mail(
        subject=f"{_SUBJECT[language]} · {values['provider_name']}",
        text="\n\n".join(paragraphs) + "\n",
        html=f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body>{html}</body></html>\n',
    )
