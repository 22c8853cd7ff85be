"""A rating is offered at every closure, asked for once, and taken when it is given; on both databases."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from alerting.handling import reopening
from alerting.handling.service import Author
from alerting.notifications.models import AttemptRow
from alerting.ratings import opt_outs, queries, service
from alerting.ratings.models import RatingOfferRow, RatingRow
from alerting.ratings.offers import NotOffered, Standing
from alerting.ratings.service import Rater
from alerting.tickets import service as tickets
from core.audit import log
from core.audit.chain import LogActor
from tests.support.databases import AT_LENGTH
from tests.support.desk import MARTA, Desk


@pytest.fixture(params=AT_LENGTH)
def dialect(request: pytest.FixtureRequest) -> str:
    """On PostgreSQL as well when all is run at length."""
    given: str = request.param
    return given


BY_MARTA = Rater(MARTA, LogActor("user", "marta"), "portal")


def rate(desk: Desk, reference: str, score: int, comment: str | None = None, rater: Rater = BY_MARTA) -> None:
    with desk.runtime.work() as work:
        service.rate(work, tickets.locked(work, reference), rater, score, comment)


def reopen(desk: Desk, reference: str) -> None:
    with desk.runtime.work() as work:
        reopening.reopen(work, tickets.locked(work, reference), Author(LogActor("user", "marta"), None, MARTA))
    desk.run_due()


def remind(desk: Desk) -> int:
    with desk.runtime.work() as work:
        sent = sum(service.remind(work, offer) for offer in service.due(work))
    desk.run_due()
    return sent


def closed(desk: Desk, code: str = "resolved", explanation: str | None = None) -> str:
    reference = desk.activate().reference
    desk.close(reference, code, explanation)
    return reference


def mails_asking(desk: Desk, reference: str) -> list[AttemptRow]:
    return [one for one in desk.attempts(reference, channel="email") if one.facts.get("rating_url")]


def scores(desk: Desk) -> list[tuple[str, int, str | None]]:
    with desk.runtime.database.reading() as session:
        return [
            (row.rater, row.score, row.comment) for row in session.scalars(select(RatingRow).order_by(RatingRow.id))
        ]


def sent_links(desk: Desk) -> list[str]:
    """The tokens of the links in the mails that have left, in their order."""
    folder = desk.runtime.settings.mail_dir
    bodies = [path.read_text() for path in sorted(folder.glob("*.eml"))]
    return list(dict.fromkeys(re.findall(r"/rate/([A-Za-z0-9]{43})", "".join(bodies).replace("=\n", ""))))


@pytest.mark.parametrize("code", ["resolved", "not_our_responsibility", "duplicate"])
def test_every_closure_offers_a_rating_in_its_mail(desk: Desk, code: str) -> None:
    """S-2.14"""
    reference = closed(desk, code, "El disco es de otro.")
    assert [mail.template for mail in mails_asking(desk, reference)] == ["closed_mail"]
    with desk.runtime.database.reading() as session:
        asked = queries.asked(session, desk.ticket(reference), MARTA, desk.clock.at)
    assert asked is not None
    assert asked.standing is Standing.OPEN


def test_a_request_that_is_withdrawn_can_be_rated_too(desk: Desk) -> None:
    """S-2.14"""
    reference = desk.activate().reference
    desk.stand_down(reference)
    assert [mail.template for mail in mails_asking(desk, reference)] == ["stood_down_mail"]
    rate(desk, reference, 4)
    assert scores(desk) == [(MARTA, 4, None)]


def test_reopened_and_closed_again_it_is_offered_again(desk: Desk) -> None:
    """S-2.14"""
    reference = closed(desk)
    rate(desk, reference, 2)
    reopen(desk, reference)
    with pytest.raises(NotOffered, match="open again"):
        rate(desk, reference, 1)
    desk.close(reference)
    rate(desk, reference, 5)
    assert [score for _, score, _ in scores(desk)] == [2, 5]
    assert len(mails_asking(desk, reference)) == 2


def test_the_last_word_counts_and_each_is_logged(desk: Desk) -> None:
    reference = closed(desk)
    rate(desk, reference, 3, "Tarde.")
    rate(desk, reference, 3, "Tarde.")  # the button pressed twice
    rate(desk, reference, 4)
    assert scores(desk) == [(MARTA, 4, None)]
    with desk.runtime.database.reading() as session:
        said = [e.link.data for e in log.read(session, reference) if e.link.kind == "ticket.rated"]
        assert [(data["score"], data["changed"]) for data in said] == [(3, False), (4, True)]
        assert log.verify(session, reference) == []


def test_pressed_twice_at_one_moment_it_is_one_rating(desk: Desk) -> None:
    reference = closed(desk)
    together = Barrier(2)

    def press(score: int) -> None:
        together.wait()
        rate(desk, reference, score)

    with ThreadPoolExecutor(2) as people:
        list(people.map(press, (4, 4)))
    assert scores(desk) == [(MARTA, 4, None)]
    assert desk.kinds(reference).count("ticket.rated") == 1


def test_two_people_of_the_customer_rate_each_for_themselves(desk: Desk) -> None:
    reference = closed(desk)
    rate(desk, reference, 5)
    rate(desk, reference, 1, rater=Rater("luis@hotelsol.example", LogActor("user", "luis"), "api"))
    assert [(who, score) for who, score, _ in scores(desk)] == [(MARTA, 5), ("luis@hotelsol.example", 1)]


def test_a_password_in_a_comment_is_not_kept(desk: Desk) -> None:
    reference = closed(desk)
    rate(desk, reference, 5, "password=Sol2026! y gracias")
    assert "Sol2026!" not in str(scores(desk))


def test_an_offer_ends_and_then_nothing_is_taken(desk: Desk) -> None:
    reference = closed(desk)
    desk.clock.advance(days=30)
    with pytest.raises(NotOffered, match="is over"):
        rate(desk, reference, 5)


def test_the_link_of_a_mail_is_known_by_its_digest_alone(desk: Desk) -> None:
    reference = closed(desk)
    (token,) = sent_links(desk)
    with desk.runtime.database.reading() as session:
        found = queries.behind(session, token, desk.clock.at)
        everything = str(
            [[getattr(row, c.name) for c in AttemptRow.__table__.columns] for row in desk.attempts(reference)]
        )
        assert queries.behind(session, token[:-1] + ("a" if token[-1] != "a" else "b"), desk.clock.at) is None
    assert found is not None
    assert (found[0].ticket.reference, found[1]) == (reference, MARTA)
    assert token not in everything


def test_who_has_not_answered_is_reminded_once(desk: Desk) -> None:
    """S-4.2"""
    reference = closed(desk)
    desk.clock.advance(days=2, hours=23)
    assert remind(desk) == 0
    desk.clock.advance(hours=1)
    assert remind(desk) == 1
    desk.clock.advance(days=20)
    assert remind(desk) == 0
    assert [mail.template for mail in mails_asking(desk, reference)] == ["closed_mail", "rating_reminder_mail"]
    assert len(sent_links(desk)) == 2


@pytest.mark.parametrize("why", ["rated", "reopened", "opted out"])
def test_nobody_is_reminded_who_needs_no_reminder(desk: Desk, why: str) -> None:
    """S-4.2"""
    reference = closed(desk)
    if why == "rated":
        rate(desk, reference, 5)
    elif why == "reopened":
        reopen(desk, reference)
    else:
        with desk.runtime.work() as work:
            opt_outs.opt_out(work, MARTA, "hotel-sol", LogActor("contact"))
    desk.clock.advance(days=4)
    assert remind(desk) == 0


def test_who_wants_no_more_surveys_is_asked_no_more_until_they_say_otherwise(desk: Desk) -> None:
    """S-4.2"""
    with desk.runtime.work() as work:
        opt_outs.opt_out(work, MARTA.upper(), "hotel-sol", LogActor("contact"))
        opt_outs.opt_out(work, MARTA, "hotel-sol", LogActor("contact"))
    reference = closed(desk)
    assert mails_asking(desk, reference) == []
    assert [one.template for one in desk.attempts(reference, channel="email")][-1] == "closed_mail"
    rate(desk, reference, 5)  # the page takes their word all the same
    with desk.runtime.work() as work:
        opt_outs.opt_in(work, MARTA, "hotel-sol", LogActor("user", "marta"))
    reopen(desk, reference)
    desk.close(reference)
    assert len(mails_asking(desk, reference)) == 1


def test_closing_waits_for_no_rating(desk: Desk) -> None:
    """S-4.2"""
    reference = closed(desk)
    assert desk.ticket(reference).state == "closed"
    with desk.runtime.database.reading() as session:
        offer = session.scalars(select(RatingOfferRow)).one()
    assert offer.remind_at == desk.clock.at + timedelta(days=3)
