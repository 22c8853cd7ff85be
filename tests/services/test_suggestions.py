"""Suggestions are kept apart from tickets, and answered; on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from alerting.notifications.models import AttemptRow
from alerting.suggestions import queries, service
from alerting.suggestions.models import SuggestionRow
from alerting.suggestions.service import AnsweredMeanwhile, Suggestion, UnknownSuggestion
from alerting.suggestions.states import NotPossible, SuggestionState
from alerting.tickets.models import TicketRow
from core.audit import log
from core.audit.chain import LogActor
from tests.support.desk import MARTA, Desk

CLARA = LogActor("person", "clara")


def suggest(desk: Desk, text: str = "Un resumen semanal.", author: str = MARTA) -> str:
    with desk.runtime.work() as work:
        said = Suggestion("hotel-sol", author, text, "portal", LogActor("user", "marta"))
        return service.suggest(work, said).reference


def answer(desk: Desk, reference: str, state: str, text: str, seen: int | None = None) -> None:
    with desk.runtime.work() as work:
        service.answer(work, reference, CLARA, "clara", SuggestionState(state), text, seen)


def mails(desk: Desk) -> list[tuple[str | None, str, str | None]]:
    with desk.runtime.database.reading() as session:
        rows = session.scalars(
            select(AttemptRow).where(AttemptRow.template.like("suggestion%")).order_by(AttemptRow.id)
        )
        return [(row.address, row.template, row.facts.get("answer")) for row in rows]


def test_a_suggestion_is_no_ticket_and_gets_a_code_and_a_mail(desk: Desk) -> None:
    """S-4.5"""
    reference = suggest(desk)
    assert reference.startswith("SUG-")
    assert mails(desk) == [(MARTA, "suggestion_received_mail", None)]
    with desk.runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(TicketRow)) == 0
        (row,) = queries.own(session, MARTA.upper())
        assert (row.reference, row.state, row.author_name) == (reference, "open", "Marta Ruiz")


def test_it_is_tracked_to_an_answer_that_its_author_is_told(desk: Desk) -> None:
    """S-4.5"""
    reference = suggest(desk)
    answer(desk, reference, "planned", "Para el trimestre que viene.")
    answer(desk, reference.lower(), "done", "Ya lo tiene.")
    assert [said for _, _, said in mails(desk)] == [None, "Para el trimestre que viene.", "Ya lo tiene."]
    with desk.runtime.database.reading() as session:
        entries = [entry.link for entry in log.read(session, reference)]
        assert [(e.kind, e.data.get("to")) for e in entries] == [
            ("suggestion.opened", None),
            ("suggestion.answered", "planned"),
            ("suggestion.answered", "done"),
        ]
        assert log.verify(session, reference) == []


def test_said_twice_at_once_it_is_one_and_a_week_later_another(desk: Desk) -> None:
    first = suggest(desk)
    assert suggest(desk) == first
    desk.clock.advance(days=7)
    assert suggest(desk) != first


def test_nobody_sees_anothers(desk: Desk) -> None:
    suggest(desk)
    suggest(desk, "Otra cosa.", "luis@hotelsol.example")
    with desk.runtime.database.reading() as session:
        assert [row.text for row in queries.own(session, "luis@hotelsol.example")] == ["Otra cosa."]
        page = queries.register(session, None, None, 1)
        assert [row.text for row in page.items] == ["Otra cosa."]
        assert [row.text for row in queries.register(session, None, page.following, 1).items] == ["Un resumen semanal."]


def test_of_two_managers_who_answer_at_once_the_second_is_told(desk: Desk) -> None:
    reference = suggest(desk)
    answer(desk, reference, "answered", "Gracias.", seen=1)
    answer(desk, reference, "answered", "Gracias.", seen=1)  # the button pressed twice
    with pytest.raises(AnsweredMeanwhile):
        answer(desk, reference, "planned", "Lo haremos.", seen=1)
    with desk.runtime.database.reading() as session:
        assert session.scalars(select(SuggestionRow.answer)).one() == "Gracias."
    assert len(mails(desk)) == 2


def test_what_is_done_is_not_planned_again_and_an_unknown_one_is_unknown(desk: Desk) -> None:
    reference = suggest(desk)
    answer(desk, reference, "done", "Hecho.")
    with pytest.raises(NotPossible, match="allowed: done"):
        answer(desk, reference, "planned", "Otra vez.")
    for wrong in ("SUG-0000000", "nothing", "ITS-0000013"):
        with pytest.raises(UnknownSuggestion):
            answer(desk, wrong, "done", "Hecho.")


def test_a_password_in_a_suggestion_is_not_kept(desk: Desk) -> None:
    suggest(desk, "Mi password=Sol2026! no debería caducar")
    with desk.runtime.database.reading() as session:
        assert "Sol2026!" not in session.scalars(select(SuggestionRow.text)).one()
