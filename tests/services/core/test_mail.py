"""Mail handed to a real SMTP server, or to a directory."""

import socket
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from core.mail import MailRefused, MailUnavailable, OutgoingMail, send


class Mailbox:
    """A mail server: keeps what it takes, or answers with `answers[command]`."""

    def __init__(self):
        self.kept = []
        self.answers = {}

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server, session, envelope):
        if "DATA" not in self.answers:
            self.kept.append(envelope)
        return self.answers.get("DATA", "250 OK")


def authenticate(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and data == LoginPassword(b"guardia@x", b"p/w:d")
    return AuthResult(success=right, handled=False)


@pytest.fixture
def mailbox():
    box = Mailbox()
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=authenticate,
        auth_require_tls=False,
        auth_exclude_mechanism=["CRAM-MD5"],
    )
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}"
    yield box
    controller.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def mail(**changes):
    given = {
        "to": "marta@hotelsol.example",
        "sender": "guardia@itsafer.example",
        "subject": "[ITS-0048217] Activación",
        "text": "Hemos recibido su petición.",
        "message_id": "<01J.1@itsafer.example>",
    }
    return OutgoingMail(**(given | changes))


def test_a_mail_reaches_its_one_recipient(mailbox, tmp_path):
    assert send(mailbox.url, tmp_path, mail(html="<p>Hola</p>")) is None
    (envelope,) = mailbox.kept
    assert envelope.mail_from == "guardia@itsafer.example"
    assert envelope.rcpt_tos == ["marta@hotelsol.example"]
    got = message_from_bytes(envelope.content, policy=policy.default)
    assert got["Subject"] == "[ITS-0048217] Activación"
    assert got["Message-ID"] == "<01J.1@itsafer.example>"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("field", ["subject", "to_name", "sender_name"])
def test_a_name_that_carries_another_recipient_reaches_one_recipient(mailbox, tmp_path, field):
    send(mailbox.url, tmp_path, mail(**{field: "Sol\r\nBcc: eve@example.com\r\n\r\nHello"}))
    (envelope,) = mailbox.kept
    assert envelope.rcpt_tos == ["marta@hotelsol.example"]
    assert message_from_bytes(envelope.content, policy=policy.default)["Bcc"] is None


def test_user_and_password_of_the_url_may_hold_any_character(mailbox, tmp_path):
    send(mailbox.url.replace("//", "//guardia%40x:p%2Fw%3Ad@"), tmp_path, mail())
    assert len(mailbox.kept) == 1


def test_a_wrong_password_of_ours_is_for_the_operator_and_the_mail_stays_good(mailbox, tmp_path):
    with pytest.raises(MailUnavailable, match="refuses the user of GUARDIA_SMTP_URL") as refused:
        send(mailbox.url.replace("//", "//guardia%40x:secret@"), tmp_path, mail())
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("RCPT", "550 no such user", MailRefused),
        ("RCPT", "450 mailbox busy", MailUnavailable),
        ("DATA", "554 we take no such content", MailRefused),
        ("DATA", "451 try later", MailUnavailable),
        ("MAIL", "550 not from you", MailUnavailable),
    ],
)
def test_the_answer_of_the_server_says_who_can_fix_it(mailbox, tmp_path, command, answer, error):
    mailbox.answers[command] = answer
    with pytest.raises(error, match=answer):
        send(mailbox.url, tmp_path, mail())


def test_a_server_that_is_not_there_may_be_there_later(tmp_path):
    with pytest.raises(MailUnavailable, match="cannot hand mail to"):
        send(f"smtp://127.0.0.1:{free_port()}", tmp_path, mail())


def test_a_server_that_says_nothing_does_not_hold_us(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(MailUnavailable, match="timed out"):
        send(f"smtp://127.0.0.1:{silent.getsockname()[1]}", tmp_path, mail(), timeout=0.2)


def test_a_server_without_starttls_gets_no_mail_in_the_clear_when_it_was_asked_for(mailbox, tmp_path):
    with pytest.raises(MailUnavailable, match="STARTTLS"):
        send(mailbox.url + "?starttls=1", tmp_path, mail())
    assert mailbox.kept == []


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example", "smtp://mail.example:port"])
def test_an_address_of_no_mail_server_says_what_was_expected(tmp_path, url):
    with pytest.raises(MailUnavailable, match="GUARDIA_SMTP_URL"):
        send(url, tmp_path, mail())


def test_without_a_server_the_mail_is_a_whole_file_named_by_its_id(tmp_path):
    path = send(None, tmp_path / "mail", mail())
    assert path == tmp_path / "mail" / "01J.1@itsafer.example.eml"
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["To"] == "marta@hotelsol.example"
    send("", tmp_path / "mail", mail(subject="the same mail again"))
    assert [file.name for file in (tmp_path / "mail").iterdir()] == [path.name]


def test_an_id_cannot_name_a_file_elsewhere(tmp_path):
    path = send(None, tmp_path / "mail", mail(message_id="<../../etc/passwd@x>"))
    assert path.parent == tmp_path / "mail"


def test_a_directory_that_cannot_be_written_is_for_the_operator(tmp_path):
    (tmp_path / "mail").write_text("a file stands in the way")
    with pytest.raises(MailUnavailable, match="cannot write mail"):
        send(None, tmp_path / "mail", mail())
