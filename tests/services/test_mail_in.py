"""Mail that comes in, from the inbox to the ticket, and what we answer."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from alerting.attachments import queries as attachments
from alerting.configuration import change
from alerting.mailbox import inbox, service
from alerting.mailbox import jobs as mailbox_jobs
from alerting.mailbox.decision import STORM as STORM_BEGINS
from alerting.mailbox.inbox import Envelope
from alerting.mailbox.models import InboxRow
from alerting.notifications import threads
from alerting.tickets import queries
from alerting.tickets.models import TicketRow
from core import periodic
from core.accounts.models import User
from core.audit import log
from core.audit.chain import LogActor
from core.db import Database
from core.documents import store
from core.settings import Settings
from tests.support import databases
from tests.support.desk import LUIS, MARTA, Desk
from tests.support.files import picture

SUPPORT = "soporte@itsafer.example"


@pytest.fixture
def settings(database: Database, tmp_path: Path, network: str) -> Settings:
    return databases.settings_for(
        database, tmp_path, twilio_api_url=network, public_url=network, mail_in_address=SUPPORT
    )


class Post:
    """Mails in and out of one desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.folder = desk, desk.runtime.settings.mail_dir
        self._count = 0

    def arrives(
        self, text: str = "No arranca el servidor.", *, sender: str = MARTA, to: str = SUPPORT, **headers: Any
    ) -> InboxRow:
        """Kept and handled; what it became."""
        self._count += 1
        made = EmailMessage()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {
            "From": sender,
            "To": to,
            "Subject": "Copia fallida",
            "Message-ID": f"<{self._count}@hotelsol.example>",
        }
        for name, value in (given | named).items():
            made[name] = value
        made.set_content(text)
        return self.arrives_raw(made.as_bytes(), Envelope(sender, (to,)))

    def arrives_raw(self, raw: bytes, envelope: Envelope) -> InboxRow:
        runtime = self.desk.runtime
        with runtime.database.transaction() as session:
            inbox.keep(session, raw, envelope, "smtp", runtime.now(session))
        self.desk.run_due()
        return self.latest()

    def latest(self) -> InboxRow:
        with self.desk.runtime.database.reading() as session:
            return session.scalars(select(InboxRow).order_by(InboxRow.id.desc()).limit(1)).one()

    def sent(self, to: str = MARTA) -> list[EmailMessage]:
        """Oldest first."""
        found = [message_from_bytes(file.read_bytes(), policy=default) for file in sorted(self.folder.glob("*.eml"))]
        return [mail for mail in found if mail["To"] == to]

    def reply(self, text: str = "Sigue igual.", *, to: EmailMessage | None = None, **changes: Any) -> InboxRow:
        """To the last mail that Marta got, as her program would."""
        mail = to or self.sent()[-1]
        headers = {
            "to": str(mail["Reply-To"]),
            "Subject": f"Re: {mail['Subject']}",
            "In_Reply_To": str(mail["Message-ID"]),
            "References": f"{mail['References']} {mail['Message-ID']}",
        }
        return self.arrives(text, **(headers | changes))

    def ticket_of(self, row: InboxRow) -> TicketRow:
        with self.desk.runtime.database.reading() as session:
            return session.scalars(select(TicketRow).where(TicketRow.id == row.ticket_id)).one()

    def closed(self) -> TicketRow:
        """A ticket of Marta's by mail, closed an hour ago."""
        ticket = self.ticket_of(self.arrives())
        self.desk.close(ticket.reference)
        self.desk.advance(hours=1)
        return ticket


@pytest.fixture
def post(desk: Desk) -> Post:
    return Post(desk)


def said(desk: Desk, reference: str, kind: str) -> list[dict[str, Any]]:
    with desk.runtime.database.reading() as session:
        return [dict(e.personal or {}) | dict(e.link.data) for e in log.read(session, reference) if e.link.kind == kind]


def change_hotel_sol(desk: Desk, **changes: Any) -> None:
    """Its configuration from now on; of a mapping, the keys named."""
    runtime = desk.runtime
    with runtime.database.transaction() as session:
        found = store.find(session, "customers", "hotel-sol")
        assert found is not None
        body = dict(found.body)
        for key, value in changes.items():
            body[key] = body[key] | value if isinstance(value, dict) else value
        change(
            session,
            [store.Change("update", "customers", "hotel-sol", body, found.position)],
            runtime.settings,
            desk.clock.at,
        )


# --- a ticket by mail


def test_a_contacts_mail_is_a_ticket_and_the_answer_says_its_code_and_where_to_wake_somebody(post: Post) -> None:
    """S-1.1, S-2.1, S-3.2.3"""
    ticket = post.ticket_of(post.arrives("No arranca.\nDesde anoche.", Subject="RE: Copia fallida"))
    assert (ticket.customer_id, ticket.channel, ticket.title) == ("hotel-sol", "email", "Copia fallida")
    assert (ticket.symptoms, ticket.requester_email, ticket.state) == ("No arranca.\nDesde anoche.", MARTA, "new")
    (answer,) = post.sent()
    assert answer["Subject"].startswith(f"[{ticket.reference}] Ticket abierto")
    assert answer["In-Reply-To"] == "<1@hotelsol.example>"
    assert answer["Reply-To"].startswith("soporte+")
    text = answer.get_body(("plain",)).get_content()
    assert "/portal" in text
    assert "Puede responder a este correo" in text


def test_the_same_mail_twice_is_one_ticket(post: Post, desk: Desk) -> None:
    post.arrives(Message_ID="<same@hotelsol.example>")
    post.arrives(Message_ID="<same@hotelsol.example>", Received="from another server; today")
    with desk.runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(TicketRow)) == 1


def test_the_same_mail_to_two_workers_is_one_ticket(post: Post, desk: Desk) -> None:
    row = post.arrives()
    service.handle(desk.runtime, row.id)
    with desk.runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(TicketRow)) == 1


def test_a_lost_nudge_is_found_by_the_sweep(post: Post, desk: Desk) -> None:
    runtime = desk.runtime
    with runtime.database.transaction() as session:
        inbox.keep(
            session, b"From: marta@hotelsol.example\nSubject: x\n\nNo va", Envelope(), "smtp", runtime.now(session)
        )
    with runtime.database.transaction() as session:
        periodic.register(session, ["mail-in"], desk.clock.at)
    mailbox_jobs.sweep("mail-in", 10)
    assert (post.latest().state, post.latest().reason) == ("handled", "opened")
    mailbox_jobs.sweep("mail-in", 10)


def test_a_password_in_a_mail_is_nowhere_kept(post: Post) -> None:
    """S-3.D2"""
    row = post.arrives("Mi contraseña: Verano2026!\ngracias", Subject="clave=Verano2026!")
    ticket = post.ticket_of(row)
    assert "Verano2026" not in f"{ticket.symptoms}{ticket.title}{row.text}{row.subject}"
    assert row.raw is None


def test_an_expired_contract_is_no_reason_to_refuse_and_the_ticket_is_flagged(post: Post, desk: Desk) -> None:
    change_hotel_sol(desk, contract={"status": "expired"})
    assert post.ticket_of(post.arrives()).flags == ["contract_expired"]


# --- answers


def test_a_reply_with_the_token_is_a_note_without_what_it_quotes_and_all_of_it_is_kept(post: Post, desk: Desk) -> None:
    ticket = post.ticket_of(post.arrives())
    row = post.reply("Sigue igual.\n\nEl lun, Guardia escribió:\n> Hemos abierto", Subject="sin referencia")
    assert (row.state, row.reason) == ("handled", "appended")
    assert any("ha escrito" in mail["Subject"] for mail in post.sent("ana@itsafer.example"))
    (note,) = said(desk, ticket.reference, "ticket.updated")
    assert (note["text"], note["public"], note["channel"]) == ("Sigue igual.", True, "email")
    assert row.text == "Sigue igual.\n\nEl lun, Guardia escribió:\n> Hemos abierto"


def test_the_token_comes_back_in_the_references_where_the_address_lost_it(post: Post) -> None:
    post.arrives()
    mail = post.sent()[-1]
    row = post.arrives("Sigue", Subject="otra cosa", References=f"{mail['References']} {mail['Message-ID']}")
    assert row.reason == "appended"


def test_a_reply_to_a_closed_ticket_reopens_it(post: Post, desk: Desk) -> None:
    """S-3.2.6"""
    ticket = post.closed()
    row = post.reply("No está resuelto.")
    assert (row.reason, desk.ticket(ticket.reference).state) == ("reopened", "new")
    assert desk.ticket(ticket.reference).reopen_count == 1
    (entry,) = said(desk, ticket.reference, "ticket.reopened")
    assert (entry["channel"], entry["reason"]) == ("email", "No está resuelto.")
    assert post.sent()[-1]["Subject"] == f"[{ticket.reference}] Ticket reabierto"


def test_after_two_years_too(post: Post, desk: Desk) -> None:
    """S-3.2.6"""
    ticket = post.closed()
    desk.clock.advance(days=730)
    assert post.reply().reason == "reopened"
    assert desk.ticket(ticket.reference).state == "new"


def test_an_ended_token_proves_nothing_and_the_words_are_a_new_ticket(post: Post, desk: Desk) -> None:
    ticket = post.closed()
    with desk.runtime.database.transaction() as session:
        (thread,) = threads.of_ticket(session, ticket.id)
        assert threads.revoke(session, ticket.id, thread.id, desk.clock.at)
        assert not threads.revoke(session, ticket.id, thread.id, desk.clock.at)
    row = post.reply()
    assert (row.reason, desk.ticket(ticket.reference).state) == ("opened", "closed")
    assert (post.ticket_of(row).intake or {})["earlier_ticket"] == ticket.reference


def test_a_made_up_token_is_none(post: Post, desk: Desk) -> None:
    ticket = post.closed()
    row = post.arrives(to=f"soporte+{'a' * 26}@itsafer.example", Subject="hola")
    assert (row.reason, desk.ticket(ticket.reference).state) == ("opened", "closed")


def test_a_reply_about_a_merged_ticket_is_a_note_where_it_goes_on(post: Post, desk: Desk) -> None:
    one, other = post.ticket_of(post.arrives()), post.ticket_of(post.arrives())
    mail = next(mail for mail in post.sent() if one.reference in mail["Subject"])
    with desk.runtime.database.transaction() as session:
        session.execute(
            update(TicketRow)
            .where(TicketRow.id == one.id)
            .values(state="closed", merged_into=other.reference, close_code="duplicate")
        )
    row = post.reply(to=mail)
    assert post.ticket_of(row).reference == other.reference


# --- who is not answered, and who is, once


STORM = [
    {"Auto_Submitted": "auto-replied"},
    {"Precedence": "auto_reply"},
    {"X_Autoreply": "yes"},
    {"Subject": "Respuesta automática: Ticket cerrado"},
    {"Auto_Submitted": "auto-generated"},
    {"List_Id": "<todos.hotelsol.example>"},
    {"Return_Path": "<>", "Auto_Submitted": "auto-replied"},
]


def test_a_storm_of_autoresponders_reopens_nothing_and_is_never_answered(post: Post, desk: Desk) -> None:
    """S-3.2.6"""
    ticket = post.closed()
    before, mail = len(post.sent()), post.sent()[-1]
    for headers in STORM * 2:
        assert post.reply("Estoy de vacaciones.", to=mail, **headers).state == "ignored"
    assert desk.ticket(ticket.reference).state == "closed"
    assert len(post.sent()) == before


def test_an_unmarked_robot_that_answers_every_mail_is_stopped(post: Post, desk: Desk) -> None:
    ticket = post.ticket_of(post.arrives())
    mail = post.sent()[-1]
    became = [post.reply("Gracias por su mensaje.", to=mail).reason for _ in range(STORM_BEGINS)]
    assert became == ["appended"] * (STORM_BEGINS - 1) + ["storm"]
    assert len(post.sent()) == 1  # whoever wrote a note needs no mail about it
    assert len(said(desk, ticket.reference, "ticket.updated")) == STORM_BEGINS - 1


def test_nobody_we_know_is_quarantined_and_answered_once_a_day(post: Post, desk: Desk) -> None:
    """S-5.1"""
    eve = "eve@elsewhere.example"
    for _ in range(3):
        row = post.arrives(sender=eve)
        assert (row.state, row.reason, row.ticket_id) == ("quarantined", "unknown_sender", None)
        desk.advance(hours=7)
    (answer,) = post.sent(eve)
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["In-Reply-To"] == "<1@hotelsol.example>"
    assert answer["Reply-To"] is None
    desk.advance(hours=4)
    post.arrives(sender=eve)
    assert len(post.sent(eve)) == 2


def test_forged_senders_do_not_make_us_write_to_the_whole_world(desk: Desk) -> None:
    with desk.runtime.database.transaction() as session:
        answered = [inbox.may_answer(session, f"victim{n}@elsewhere.example", desk.clock.at, 3) for n in range(5)]
        assert answered == [True, True, True, False, False]
        assert inbox.may_answer(session, "another@elsewhere.example", desk.clock.at + timedelta(hours=2), 3)


def test_somebody_who_has_left_is_refused_politely(post: Post, desk: Desk) -> None:
    """S-5.1"""
    ticket = post.closed()
    change_hotel_sol(desk, contacts=[])
    row = post.reply()
    assert (row.state, row.reason) == ("refused", "former_contact")
    assert desk.ticket(ticket.reference).state == "closed"
    assert "no está (o ya no está) entre los contactos" in post.sent()[-1].get_body(("plain",)).get_content()


def test_somebody_who_may_only_read_is_told_so(post: Post) -> None:
    """S-5.1"""
    assert post.arrives(sender=LUIS).reason == "only_reads"
    assert "no abrirlos" in post.sent(LUIS)[0].get_body(("plain",)).get_content()


# --- mails of ours that did not arrive


def test_a_bounce_is_shown_on_the_ticket_to_the_customer_too_and_nobody_is_told_by_mail(post: Post, desk: Desk) -> None:
    ticket = post.ticket_of(post.arrives())
    mail, before = post.sent()[-1], len(list(post.folder.glob("*.eml")))
    row = post.arrives_raw(bounce(str(mail["Message-ID"])), Envelope("", (str(mail["Reply-To"]),)))
    assert (row.state, row.reason, row.ticket_id) == ("handled", "bounce", ticket.id)
    (attempt,) = desk.attempts(ticket.reference, channel="email")
    assert (attempt.state, attempt.error_code) == ("undelivered", "5.2.2")
    (entry,) = said(desk, ticket.reference, "mail.bounced")
    assert (entry["reason"], entry["address"]) == ("mailbox_full", MARTA)
    with desk.runtime.work() as work:
        told = [item.text for item in queries.timeline(work.session, ticket, work.config, "es")]
    assert told[-1] == f"Correo no entregado a {MARTA}: buzón lleno."
    assert len(list(post.folder.glob("*.eml"))) == before
    post.arrives_raw(bounce(str(mail["Message-ID"])) + b"again", Envelope("", (SUPPORT,)))
    assert len(said(desk, ticket.reference, "mail.bounced")) == 1


def test_a_bounce_of_nothing_of_ours_is_ignored(post: Post) -> None:
    assert post.arrives_raw(bounce("<x@elsewhere.example>"), Envelope("", (SUPPORT,))).reason == "bounce_of_nothing"


def bounce(message_id: str) -> bytes:
    return (
        "From: MAILER-DAEMON@mx.hotelsol.example\r\nSubject: Undelivered\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        "Final-Recipient: rfc822; marta@hotelsol.example\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    ).encode()


# --- files


def with_files(text: str, *files: tuple[str, bytes], sender: str = MARTA, to: str = SUPPORT, **headers: str) -> bytes:
    made = EmailMessage()
    given = {"From": sender, "To": to, "Subject": "Copia fallida", "Message-ID": "<files@hotelsol.example>"}
    for name, value in (given | headers).items():
        made[name] = value
    made.set_content(text)
    for name, content in files:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def names(desk: Desk, ticket: TicketRow, *, staff: bool = False) -> list[str]:
    with desk.runtime.database.reading() as session:
        return [one.name for one in attachments.of_ticket(session, ticket, staff=staff)]


def on_disk(desk: Desk) -> int:
    return len([path for path in desk.runtime.settings.attachments_folder.rglob("*") if path.is_file()])


def test_files_of_a_mail_are_kept_and_what_is_not_is_told_in_the_ticket(post: Post, desk: Desk) -> None:
    raw = with_files("No arranca.", ("backup.log", b"ERROR 5\n"), ("virus.exe", b"MZ\0\0"))
    ticket = post.ticket_of(post.arrives_raw(raw, Envelope(MARTA, (SUPPORT,))))
    assert names(desk, ticket) == ["backup.log"]
    assert (ticket.symptoms or "").startswith("No arranca.\n\n[Adjunto no guardado: virus.exe: su contenido no es PNG")
    assert on_disk(desk) == 1


def test_files_of_an_answer_come_to_its_ticket_and_the_signature_of_every_mail_once(post: Post, desk: Desk) -> None:
    ticket = post.ticket_of(post.arrives())
    to = str(post.sent()[-1]["Reply-To"])
    for n in (1, 2):
        raw = with_files(
            f"Otra {n}.",
            ("logo.png", picture("PNG")),
            (f"{n}.log", b"x%d" % n),
            to=to,
            **{"Message-ID": f"<a{n}@h.example>"},
        )
        post.arrives_raw(raw, Envelope(MARTA, (to,)))
        desk.advance(minutes=5)
    assert names(desk, ticket) == ["logo.png", "1.log", "2.log"]
    assert on_disk(desk) == 4  # the logo has a preview


def test_files_of_a_stranger_are_kept_once_somebody_takes_the_mail(post: Post, desk: Desk) -> None:
    eve = "eve@elsewhere.example"
    row = post.arrives_raw(with_files("Soy nueva.", ("a.log", b"uno"), sender=eve), Envelope(eve, (SUPPORT,)))
    assert on_disk(desk) == 0
    assert names(desk, taken(desk, row)) == ["a.log"]


# --- a person looks


def taken(desk: Desk, row: InboxRow) -> TicketRow:
    with desk.runtime.work() as work:
        hotel_sol = work.config.customers["hotel-sol"]
    return service.take_as_ticket(desk.runtime, row.id, hotel_sol, LogActor("person", "ana"))


def test_staff_take_a_quarantined_mail_as_a_ticket_of_a_customer_and_the_sender_is_told_nothing(
    post: Post, desk: Desk
) -> None:
    eve = "eve@elsewhere.example"
    row = post.arrives("Soy nueva en Hotel Sol", sender=eve)
    before = len(post.sent(eve))
    ticket = taken(desk, row)
    desk.run_due()
    assert ticket.symptoms == f"<{eve}>\n\nSoy nueva en Hotel Sol"
    assert len(post.sent(eve)) == before
    assert len(post.sent(MARTA)) == 1
    with pytest.raises(service.NotWaiting), desk.runtime.work() as work:
        service.discard(work, row.id)


def test_a_mail_that_cannot_be_handled_is_shown_to_a_person_and_keeps_no_other_waiting(post: Post, desk: Desk) -> None:
    row = post.arrives()
    with desk.runtime.database.transaction() as session:
        session.execute(
            update(InboxRow).where(InboxRow.id == row.id).values(state="new", fence=inbox.MOST_TRIES, raw=b"x")
        )
    service.handle(desk.runtime, row.id)
    assert (post.latest().state, post.latest().reason) == ("failed", "cannot_be_handled")


def test_what_became_part_of_no_ticket_is_forgotten_after_ninety_days(post: Post, desk: Desk) -> None:
    post.arrives(sender="eve@elsewhere.example")
    kept = post.arrives()
    with desk.runtime.work() as work:
        inbox.forget_old(work.session, desk.clock.at + timedelta(days=91))
    with desk.runtime.database.reading() as session:
        assert session.scalars(select(InboxRow.id)).all() == [kept.id]


# --- mail out


def test_a_tickets_mails_are_one_thread_and_say_that_a_robot_wrote_them(desk: Desk, post: Post) -> None:
    reference = desk.activate("erp-restore").reference
    desk.acknowledge(reference, "ana")
    first, second = post.sent()
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["References"].split() == [first["References"], first["Message-ID"]]
    assert first["Reply-To"] == second["Reply-To"]
    assert first["In-Reply-To"] is None
    for mail in (first, second):
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["X-Auto-Response-Suppress"] == "All"
        assert mail["Subject"].startswith(f"[{reference}] ")


def test_each_recipient_has_a_token_of_their_own_and_no_row_holds_it(desk: Desk, post: Post) -> None:
    reference = desk.activate("erp-restore", by=LUIS).reference
    ((to_luis,), (to_marta,)) = post.sent(LUIS), post.sent(MARTA)
    assert to_luis["Reply-To"] != to_marta["Reply-To"]
    with desk.runtime.database.reading() as session:
        found = threads.of_ticket(session, desk.ticket(reference).id)
    token = str(to_luis["Reply-To"]).partition("+")[2].partition("@")[0]
    assert len(token) == threads.TOKEN_LENGTH
    assert all(token not in f"{row.id}{row.digest}{row.address}{row.first_message_id}" for row in found)


def test_the_code_of_a_ticket_that_the_sender_does_not_see_is_no_reference_at_all(post: Post) -> None:
    """S-5.1: Luis reports for one department, and has heard of another's ticket."""
    hidden = post.ticket_of(post.arrives()).reference
    with post.desk.runtime.database.transaction() as session:
        session.execute(update(User).where(User.email == LUIS).values(visibility="own", roles=["reporter"]))
        sol = next(one for one in store.load(session) if (one.section, one.id) == ("customers", "hotel-sol"))
        contacts = [one | ({"roles": ["reporter"]} if one["id"] == "luis" else {}) for one in sol.body["contacts"]]
        body = sol.body | {"contacts": contacts}
        store.save(session, [store.Change("update", "customers", "hotel-sol", body, sol.position)], post.desk.clock.at)
    made = post.arrives(sender=LUIS, Subject=f"Re: [{hidden}] Copia fallida")
    assert post.ticket_of(made).reference != hidden
