"""Mails as they come over the wire, and what is read in them."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerting.mailbox.parsing import message_id_of, parse
from alerting.mailbox.received import Attachment

TRUSTED = "mx.itsafer.example"


def composed(text: str = "No arranca el servidor.", **headers: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in {
        "From": "Marta Ruiz <Marta@HotelSol.example>",
        "To": "soporte@itsafer.example",
        "Subject": "Fallo en la copia",
        "Message-ID": "<1@hotelsol.example>",
    }.items():
        made[name] = headers.pop(name.replace("-", "_"), value)
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def read(text: str = "No arranca el servidor.", **headers: str) -> Any:
    return parse(composed(text, **headers).as_bytes())


@given(raw=st.binary(max_size=2000))
@example(b"")
@example(b"From: \x00\nSubject: =?utf-8?b?//?=\n\n\xff")
@example(b"Content-Type: multipart/mixed; boundary=\n\n--\n--\n")
@example(b"Content-Type: text/plain; charset=\xff\xfe\nFrom: a@b, c@d\n\nx")
@example(b"Subject: =?foo?q?x?= =?utf-8?q?=ff?=\nDate: 99\nFrom: <<<@\n\n")
@example(b"Content-Type: multipart/report\n\nContent-Type: message/delivery-status\n\n")
@example(b"Content-Transfer-Encoding: base64\n\n!!!a")
def test_no_bytes_make_the_reader_fail(raw: bytes) -> None:
    read = parse(raw, trusted_host=TRUSTED)
    message_id_of(raw)
    for text in (read.subject, read.whole_text, read.sender, read.sender_name):
        text.encode()
        assert "\x00" not in text


HEADERS = st.sampled_from(
    ["From", "To", "Subject", "Message-ID", "References", "Content-Type", "Content-Transfer-Encoding", "Return-Path",
     "Authentication-Results", "Auto-Submitted", "Content-Disposition", "Precedence"]
)  # fmt: skip
VALUES = st.text(max_size=60) | st.sampled_from(
    ["multipart/mixed; boundary=x", "multipart/report; report-type=delivery-status; boundary=x", "base64", "text/html",
     "message/rfc822", "message/delivery-status", "attachment; filename*=utf-8''%ff", "=?utf-16?b?2AA=?=", "<>", "a@b"]
)  # fmt: skip


@given(headers=st.lists(st.tuples(HEADERS, VALUES), max_size=8), body=st.text(alphabet="-x\n<>=aé\x00", max_size=200))
def test_no_headers_and_bodies_make_the_reader_fail(headers: list[tuple[str, str]], body: str) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    raw = (head + "\r\n" + body).encode("utf-8", "surrogatepass")
    assert parse(raw, trusted_host=TRUSTED).readable


def test_sender_subject_and_text_are_read_in_every_encoding() -> None:
    made = composed("Árbol, niño, €", Subject="Restauración de la contabilidad — ñandú")
    got = parse(made.as_bytes())
    assert (got.sender, got.sender_name) == ("marta@hotelsol.example", "Marta Ruiz")
    assert got.subject == "Restauración de la contabilidad — ñandú"
    assert got.text == "Árbol, niño, €"
    latin = b"From: a@b.example\nContent-Type: text/plain; charset=iso-8859-1\n\ncami\xf3n"
    assert parse(latin).text == "camión"
    lying = b"From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\ncami\xf3n"
    assert parse(lying).text == "camión"


def test_two_senders_are_none() -> None:
    assert read(From="a@b.example, c@d.example").sender == ""


def test_html_alone_becomes_text_without_what_runs_or_hides_and_says_where_links_lead() -> None:
    made = composed()
    made.set_content(
        "<html><head><style>p{}</style><title>t</title></head><body><script>alert(1)</script><p>No&nbsp;arranca</p>"
        "<ul><li>uno<li>dos</ul><a href='https://evil.example/x'>https://itsafer.example</a><br>fin</body></html>",
        subtype="html",
    )
    text = parse(made.as_bytes()).text
    assert text.splitlines() == [
        "No arranca", "", "- uno", "- dos", "", "https://itsafer.example <https://evil.example/x>", "fin",
    ]  # fmt: skip
    assert "alert" not in text


def test_of_two_versions_the_plain_one_is_read_and_attachments_are_named_with_their_size() -> None:
    made = composed("El texto")
    made.add_alternative("<p>El HTML</p>", subtype="html")
    made.add_attachment(b"x" * 1500, maintype="image", subtype="png", filename="captura ñ.png")
    got = parse(made.as_bytes())
    assert got.whole_text == "El texto"
    assert got.attachments == (Attachment("captura ñ.png", 1500),)


AUTOMATIC = [
    ({"Auto_Submitted": "auto-replied (vacation)"}, "auto_replied"),
    ({"Auto_Submitted": "auto-generated"}, "auto_generated"),
    ({"Auto_Submitted": "no"}, None),
    ({"X_Autoreply": "yes"}, "auto_replied"),
    ({"X_Autorespond": "1"}, "auto_replied"),
    ({"Precedence": "auto_reply"}, "auto_replied"),
    ({"Precedence": "bulk"}, "bulk"),
    ({"Precedence": "list"}, "list"),
    ({"List_Id": "<backup.lists.example>"}, "list"),
    ({"List_Unsubscribe": "<mailto:x@y>"}, "list"),
    ({"Subject": "Respuesta automática: [ITS-0000013] Ticket cerrado"}, "vacation"),
    ({"Subject": "Automatic reply: hello"}, "vacation"),
    ({"Subject": "Re: Out of Office"}, "vacation"),
    ({"Subject": "Fuera de la oficina"}, "vacation"),
    ({"Subject": "Ausente hasta el lunes"}, "vacation"),
    ({"Subject": "RE: Ausencia de copias esta noche"}, None),
    ({"Subject": "Re: la oficina está fuera de servicio"}, None),
    ({"From": "no-reply@hotelsol.example"}, "no_reply"),
    ({"From": "noreply+7@hotelsol.example"}, "no_reply"),
    ({"Return_Path": "<>"}, "null_sender"),
    ({}, None),
]


@pytest.mark.parametrize(("headers", "why"), AUTOMATIC, ids=[str(case[0]) for case in AUTOMATIC])
def test_machines_are_told_from_people(headers: dict[str, str], why: str | None) -> None:
    assert read(**headers).automatic == why


VERDICTS = [
    (f"{TRUSTED}; dmarc=pass (p=reject) header.from=hotelsol.example; spf=fail", "pass"),
    (f"{TRUSTED}; spf=pass smtp.mailfrom=marta@hotelsol.example; dmarc=fail header.from=hotelsol.example", "fail"),
    (f"{TRUSTED} 1; dkim=pass header.d=hotelsol.example header.s=s1", "pass"),
    (f"{TRUSTED}; dkim=pass header.d=evil.example", None),
    (f"{TRUSTED}; spf=pass smtp.mailfrom=bounce@evil.example", None),
    (f"{TRUSTED}; dkim=pass header.d=example", None),
    (f"{TRUSTED}; none", None),
    ("mx.evil.example; dmarc=pass header.from=hotelsol.example", None),
    ("mx.evil.example (mx.itsafer.example; dmarc=pass); dmarc=pass", None),
]


@pytest.mark.parametrize(("header", "verdict"), VERDICTS)
def test_only_the_server_that_we_trust_vouches_for_a_sender(header: str, verdict: str | None) -> None:
    raw = f"Authentication-Results: {header}\r\n".encode() + composed().as_bytes()
    assert parse(raw, trusted_host=TRUSTED).verdict == verdict
    assert parse(raw).verdict is None


def test_a_forged_verdict_below_the_topmost_counts_for_nothing() -> None:
    forged = f"Authentication-Results: {TRUSTED}; dmarc=pass\r\n".encode() + composed().as_bytes()
    raw = f"Authentication-Results: {TRUSTED}; dmarc=none; spf=none\r\n".encode() + forged
    assert parse(raw, trusted_host=TRUSTED).verdict is None


BOUNCE = b"""Return-Path: <>\r
From: Mail Delivery System <MAILER-DAEMON@mx.hotelsol.example>\r
To: soporte+abc@itsafer.example\r
Subject: Undelivered Mail Returned to Sender\r
Auto-Submitted: auto-replied\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
Sorry.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.hotelsol.example\r
\r
Final-Recipient: rfc822; marta@hotelsol.example\r
Action: ACTION\r
Status: 5.2.2\r
Diagnostic-Code: smtp; 552 5.2.2 Mailbox full\r
\r
--b\r
Content-Type: message/rfc822\r
\r
From: guardia@itsafer.example\r
Message-ID: <01ABC@itsafer.example>\r
\r
text\r
--b--\r
"""


@pytest.mark.parametrize("action", ["failed", "delayed", "delivered"])
def test_a_report_tells_what_became_of_which_mail_and_why(action: str) -> None:
    report = parse(BOUNCE.replace(b"ACTION", action.encode())).report
    assert report is not None
    assert (report.action, report.status) == (action, "5.2.2")
    assert "<01ABC@itsafer.example>" in report.message_ids


def test_a_bounce_without_a_form_is_told_by_the_mailbox_it_comes_from() -> None:
    raw = (
        b"Return-Path: <>\nFrom: MAILER-DAEMON@old.example\nSubject: failure notice\n\n"
        b"<marta@hotelsol.example>: 550 5.1.1 no such user\n\n--- A copy\n\nMessage-ID: <01X@itsafer.example>\n"
    )
    report = parse(raw).report
    assert report is not None
    assert (report.status, report.message_ids) == ("5.1.1", ("<01X@itsafer.example>",))
    assert parse(composed("Un mailer-daemon 5.1.1").as_bytes()).report is None


def test_the_envelope_says_where_it_came_from_and_to() -> None:
    got = parse(composed().as_bytes(), envelope_from="", envelope_to=("Soporte+T@itsafer.example",))
    assert got.return_path == ""
    assert got.recipients == ("soporte+t@itsafer.example", "soporte@itsafer.example")
