"""Mails as they leave: nobody's name or subject can add a recipient."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from core.mail import MailRefused, OutgoingMail, compose, one_line

INJECTIONS = [
    "\r\nBcc: eve@example.com",
    "\nBcc: eve@example.com",
    "\u2028Bcc: eve@example.com",
    "\x00",
    "\x85Bcc: e@e",
]


def mail(**changes):
    given = {
        "to": "marta@hotelsol.example",
        "sender": "guardia@itsafer.example",
        "subject": "[ITS-0048217] Activación del plan de contingencia",
        "text": "Hemos recibido su petición.\n",
        "message_id": "<01J.1@itsafer.example>",
    }
    return OutgoingMail(**(given | changes))


def received(message):
    """What a mail program reads."""
    return message_from_bytes(compose(message).as_bytes(), policy=policy.default)


def test_a_mail_arrives_as_it_was_written():
    got = received(
        mail(
            html="<p>Hemos recibido su petición.</p>",
            to_name="Marta Ruiz",
            sender_name="Guardia · Itsafer",
            reply_to="soporte@itsafer.example",
            at=datetime(2026, 11, 23, 3, 0, tzinfo=UTC),
        )
    )
    assert got["Subject"] == "[ITS-0048217] Activación del plan de contingencia"
    assert str(got["To"]) == "Marta Ruiz <marta@hotelsol.example>"
    assert got["From"].addresses[0].display_name == "Guardia · Itsafer"
    assert got["Reply-To"] == "soporte@itsafer.example"
    assert got["Date"].datetime == datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    assert got["Content-Language"] == "es"
    assert got.get_body(("plain",)).get_content().splitlines() == ["Hemos recibido su petición."]
    assert "petición" in got.get_body(("html",)).get_content()


def test_a_mail_by_the_service_says_so_and_robots_do_not_answer_it():
    assert received(mail())["Auto-Submitted"] == "auto-generated"
    assert received(mail(auto_submitted=False))["Auto-Submitted"] is None


def test_answers_stay_in_the_customers_thread_even_with_very_long_ids():
    long_id = f"<{'x' * 150}@outlook.example>"
    raw = compose(mail(in_reply_to=long_id, references=("<01J.0@itsafer.example>", long_id))).as_bytes()
    got = message_from_bytes(raw, policy=policy.default)
    assert got["In-Reply-To"] == long_id
    assert got["References"].split() == ["<01J.0@itsafer.example>", long_id]
    assert b"=?" not in raw.partition(b"References:")[2].partition(b"Auto")[0]


@pytest.mark.parametrize("injection", INJECTIONS)
@pytest.mark.parametrize("field", ["subject", "to_name", "sender_name", "language"])
def test_a_line_break_in_a_name_or_subject_becomes_a_space(field, injection):
    got = received(mail(**{field: f"Hotel{injection} Sol"}))
    assert got["Bcc"] is None
    assert [a.addr_spec for a in got["To"].addresses] == ["marta@hotelsol.example"]
    assert [a.addr_spec for a in got["From"].addresses] == ["guardia@itsafer.example"]


@pytest.mark.parametrize("injection", INJECTIONS)
@pytest.mark.parametrize("field", ["to", "sender", "reply_to", "message_id", "in_reply_to"])
def test_a_line_break_in_an_address_or_id_makes_the_mail_refused(field, injection):
    good = "<01J.1@itsafer.example>" if field.endswith(("_id", "reply_to")) else "marta@hotelsol.example"
    with pytest.raises(MailRefused, match="cannot compose"):
        compose(mail(**{field: good + injection}))


@pytest.mark.parametrize("address", ["", "marta", "a@b, c@d", "a@b c@d", "<a@b>", "Marta <a@b>", "a@@b", "a@b@c", "@b"])
def test_only_one_plain_address_is_taken(address):
    with pytest.raises(MailRefused):
        compose(mail(to=address))


def test_a_name_cannot_pose_as_an_address():
    got = received(mail(to_name='"Marta", eve@example.com <eve@example.com>'))
    assert [a.addr_spec for a in got["To"].addresses] == ["marta@hotelsol.example"]


def test_half_a_character_in_the_text_does_not_stop_the_mail():
    assert received(mail(text="uno \ud83d dos")).get_content().splitlines() == ["uno ? dos"]


def test_one_line_keeps_words_apart():
    assert one_line("a\r\n\tb\u2029c\x00d ñ") == "a b c d ñ"


def test_a_long_subject_begins_where_filters_look_for_it():
    subject = "DRILL [ITS-0048217] Activation recorded outside service hours: Restore"
    assert received(mail(subject=subject))["Subject"] == subject
    assert b"Subject: DRILL [ITS-0048217]" in compose(mail(subject=subject)).as_bytes()
