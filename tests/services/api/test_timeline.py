"""What a customer is told of each kind of log entry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from alerting.notifications.wording import LANGUAGES, Language, Provider
from alerting.tickets.timeline import TELLERS, Telling, told
from core.audit.chain import Link
from core.audit.kinds import KINDS

AT = datetime(2026, 10, 27, 2, 0, tzinfo=UTC)
PROVIDER = Provider("Itsafer", "ITSAFER", emergency_phone="+34910000000")
NAMES = {"ana": "Ana García", None: ""}


def said(
    kind: str, data: dict[str, Any] | None = None, language: Language = "es", personal: dict[str, Any] | None = None
) -> list[tuple[str, str]]:
    link = Link(1, AT, kind, {"type": "system", "id": None}, data or {}, "", "")
    telling = Telling(PROVIDER, language, "Restauración del ERP", NAMES.__getitem__)
    return [(item.kind, item.text) for item in told([(link, personal)], telling)]


def test_only_kinds_that_are_ever_logged_are_told() -> None:
    assert set(TELLERS) <= KINDS


def test_what_is_not_listed_is_never_told() -> None:
    for kind in KINDS - set(TELLERS):
        assert said(kind, {"person": "ana", "attempt": "x", "why": "absent"}) == []


def test_every_sentence_exists_in_both_languages() -> None:
    data = {"until": "2026-10-27T08:00:00+00:00", "person": "ana", "step": 2, "why": "declined", "code": "resolved"}
    data |= {"public": True, "from": "P3", "to": "P1", "reason": "customer"}
    data |= {"purpose": "customer", "metric": "resolution", "due_at": "2026-10-27T08:00:00+00:00"}
    for kind in TELLERS:
        spanish, english = (said(kind, data, language, {"causes": "un disco"}) for language in LANGUAGES)
        assert [told_kind for told_kind, _ in spanish] == [told_kind for told_kind, _ in english]
        assert spanish
        assert spanish != english


def test_a_drill_says_so_and_whether_anybody_is_called() -> None:
    assert said("drill.started", {"drills": "page"}) == [("drill", "Es un simulacro: se avisa a las mismas personas.")]
    assert "nadie" in said("drill.started", {"drills": "rehearse"})[0][1]


def test_the_owner_who_gives_it_back_is_followed_by_a_search_and_overdue_contact_by_its_own_sentence() -> None:
    assert said("escalation.resumed", {"why": "declined"})[0][0] == "looking_again"
    assert said("escalation.resumed", {"why": "contact_overdue"}) == []


def test_contact_that_the_customer_confirms_before_anybody_answered_names_the_provider() -> None:
    assert said("contact.made", {"person": None}) == [("contacted", "Itsafer ha hablado con usted.")]


def test_an_unknown_close_code_is_still_a_closure() -> None:
    assert said("ticket.closed", {"code": "something_new"}) == [("closed", "Cerrada.")]
