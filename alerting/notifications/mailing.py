"""Hand one mail over: what it says, and the headers that keep a ticket's mails one thread and other robots quiet."""

from __future__ import annotations

from alerting.configuration import Configuration
from alerting.notifications import rendering
from alerting.notifications.carriers.base import PermanentDeliveryError, TransientDeliveryError
from alerting.notifications.mails import Mail
from alerting.notifications.models import AttemptRow
from alerting.notifications.threads import Thread
from core import mail
from core.settings import Settings

SMTP_SECONDS = 10


def message_id(attempt_id: str, settings: Settings) -> str:
    """Always the same for an attempt: sent twice after a lost answer, the reader's program shows it once."""
    return f"<{attempt_id}@{settings.mail_domain}>"


def is_of_a_thread(attempt: AttemptRow) -> bool:
    """A mail to a customer about their ticket, which they may answer."""
    return attempt.channel == "email" and attempt.purpose == "customer" and attempt.ticket_id is not None


def written(attempt: AttemptRow, config: Configuration, settings: Settings, link: str | None, code: str | None) -> Mail:
    """What the mail says. `link` is the end of the address behind which its reader needs no sign-in, `code` proves a
    contact method."""
    origin = settings.public_origin
    if rendering.is_mail(attempt.template):
        return rendering.mail(attempt, config, origin, link, answerable=bool(settings.mail_in_address))
    return rendering.staff_mail(attempt, config, origin, link, attempt.sent_at or attempt.due_at, code)


def send(attempt: AttemptRow, text: Mail, address: str, thread: Thread | None, settings: Settings) -> str:
    """The Message-ID under which it went. PermanentDeliveryError with the server's code, TransientDeliveryError."""
    made = outgoing(attempt, text, address, thread, settings)
    try:
        mail.send(settings.smtp_url.get_secret_value() or None, settings.mail_dir, made, timeout=SMTP_SECONDS)
    except mail.MailRefused as error:
        raise PermanentDeliveryError(str(error), error.code or "refused") from error
    except mail.MailUnavailable as error:
        raise TransientDeliveryError(str(error), "unavailable") from error
    return made.message_id


def outgoing(
    attempt: AttemptRow, text: Mail, address: str, thread: Thread | None, settings: Settings
) -> mail.OutgoingMail:
    """Where mail comes in, an answer and a report of non-delivery come to the recipient's own address; an answer to a
    stranger is never reported on (RFC 3834 section 3.3)."""
    own_id, domain = message_id(attempt.id, settings), settings.mail_domain
    answered = attempt.facts.get("in_reply_to")
    first = None if thread is None or thread.first_message_id == own_id else thread.first_message_id
    root = (thread.root(domain),) if thread else ()
    back = thread.reply_address(settings.mail_in_address) if thread and settings.mail_in_address else None
    earlier = first or answered
    return mail.OutgoingMail(
        to=address,
        sender=settings.mail_from,
        subject=text.subject,
        text=text.text,
        html=text.html,
        message_id=own_id,
        reply_to=back,
        in_reply_to=earlier,
        references=(*root, *((earlier,) if earlier else ())),
        language=attempt.language,
        answering=answered is not None,
        bounces_to="" if answered is not None else back,
    )
