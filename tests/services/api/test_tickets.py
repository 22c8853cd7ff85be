"""Reading tickets: the list, one of them, what the customer may see of it, and what staff see besides."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
import rfc8785

from alerting.escalation import queries as escalations
from alerting.notifications import queries as notifications
from alerting.notifications.models import AttemptStatusRow
from alerting.runtime import Runtime
from alerting.tickets import queries
from core.accounts.permissions import Actor
from core.ids import ulid
from tests.services.api.conftest import Caller
from tests.support.databases import AT_LENGTH
from tests.support.time import SteppedClock


@pytest.fixture(params=AT_LENGTH)
def dialect(request: pytest.FixtureRequest) -> str:
    """On PostgreSQL as well when all is run at length."""
    given: str = request.param
    return given


CONTRACT_FIELDS = {
    *("reference", "kind", "state", "priority", "mode", "plan", "opened_at", "acknowledged_at", "acknowledged_by"),
    *("owner", "contact_state", "contact_due_at", "contacted_at", "closed_at", "close_code", "episode"),
    *("reopen_count", "terms_version", "sla_policy_version", "sla", "escalation"),
}
ATTEMPT_FIELDS = {
    *("id", "person", "channel", "address", "purpose", "step", "round", "state", "failure", "why", "due_at"),
    *("handed_over_at", "carrier", "carrier_sid", "reply_code", "message", "statuses"),
}
CLARA = Actor("u", "clara@itsafer.example", "clara", None, frozenset({"manager"}))


def texts(caller: Caller, reference: str, language: str = "es") -> list[tuple[str, str]]:
    answer = caller.client.get(
        f"/api/v1/tickets/{reference}/timeline", headers=caller.headers | {"Accept-Language": language}
    )
    return [(item["kind"], item["text"]) for item in answer.json["items"]]


def test_a_ticket_has_every_field_of_the_contract_and_no_telephone_of_an_engineer(marta: Caller, ana: Caller) -> None:
    reference = marta.activated()
    ana.post(f"/tickets/{reference}/acknowledgement")
    answer = marta.get(f"/tickets/{reference}")
    assert set(answer.json) >= CONTRACT_FIELDS
    assert answer.json["acknowledged_by"] == {"id": "ana", "name": "Ana García"}
    assert "+346000000" not in answer.text


def test_a_reference_is_found_in_any_spelling(marta: Caller) -> None:
    reference = marta.activated()
    for spelling in (reference.lower(), reference.partition("-")[2], reference.replace("-", "")):
        assert marta.ticket(spelling)["reference"] == reference


def test_the_list_is_newest_first_and_goes_on_at_its_cursor(marta: Caller, clara: Caller, clock: SteppedClock) -> None:
    made = []
    for _ in range(5):
        made.append(marta.activated())
        clara.post(f"/tickets/{made[-1]}/closure", {"code": "resolved"})
        clock.advance(minutes=1) if len(made) % 2 else None  # some of them share their instant
    seen: list[str] = []
    query = {"limit": "2"}
    while True:
        page = marta.get("/tickets", **query).json
        seen += [item["reference"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == made[::-1]


def test_the_list_can_be_narrowed_to_a_state_and_searched(marta: Caller, clara: Caller) -> None:
    closed = marta.activated(symptoms="100% de disco")
    clara.post(f"/tickets/{closed}/closure", {"code": "resolved"})
    open_ = marta.activated(plan="files-restore")

    def found(**query: str) -> list[str]:
        return [item["reference"] for item in marta.get("/tickets", **query).json["items"]]

    assert found(state="open") == found(state="new") == [open_]
    assert found(state="closed") == [closed]
    assert found(q="0% de") == [closed]
    assert found(q="restauración de fich") == [open_]
    assert found(q=open_.partition("-")[2]) == [open_]
    assert found(q="a\x00b") == found(q="%")[1:] == []


def test_the_customer_reads_each_step_in_their_language(marta: Caller, ana: Caller, clock: SteppedClock) -> None:
    reference = marta.activated()
    ana.post(f"/tickets/{reference}/acknowledgement")
    ana.post(f"/tickets/{reference}/contact", {"outcome": "no_answer", "channel": "voice", "note": "CANARY"})
    clock.advance(minutes=1)
    ana.post(f"/tickets/{reference}/contact", {"outcome": "reached", "channel": "voice"})
    ana.post(f"/tickets/{reference}/closure", {"code": "not_our_responsibility", "explanation": "Era la red."})
    assert texts(marta, reference) == [
        ("requested", "Hemos recibido su solicitud: Restauración del ERP."),
        ("paging", "Estamos avisando al equipo de guardia (paso 1)."),
        ("acknowledged", "Ana García ha aceptado su solicitud y le llamará."),
        ("contact_attempted", "Ana García ha intentado hablar con usted sin conseguirlo."),
        ("contacted", "Ana García ha hablado con usted."),
        ("closed", "Cerrada: no corresponde al servicio contratado. Era la red."),
    ]
    english = texts(marta, reference, "en")
    assert english[2] == ("acknowledged", "Ana García has taken your request and will call you.")
    assert "CANARY" not in str(english)


def test_the_customer_reads_when_a_queued_request_begins_and_whom_to_call_before(jon: Caller) -> None:
    queued = dict(texts(jon, jon.activated(plan="core-restore"), "en"))["queued"]
    assert "Tue 27/10 09:00" in queued
    assert "+34910000000" in queued


def test_the_customer_reads_that_the_request_was_withdrawn_or_joined(marta: Caller) -> None:
    reference = marta.activated()
    marta.activate()
    marta.post(f"/tickets/{reference}/stand-down", {"reason": "Falsa alarma"})
    assert [kind for kind, _ in texts(marta, reference)][-2:] == ["joined", "stood_down"]


def test_the_log_is_the_chain_as_anybody_can_verify_it(marta: Caller, ana: Caller) -> None:
    reference = marta.activated()
    ana.post(f"/tickets/{reference}/acknowledgement")
    entries = ana.items(f"/tickets/{reference}/log")
    previous = "0" * 64
    for number, entry in enumerate(entries, start=1):
        content = {key: entry[key] for key in ("seq", "at", "kind", "actor", "data")}
        assert (entry["seq"], entry["prev_hash"]) == (number, previous)
        previous = hashlib.sha256(previous.encode() + rfc8785.dumps(content)).hexdigest()
        assert entry["hash"] == previous
    page = ana.get(f"/tickets/{reference}/log", limit="3").json
    assert page["next_cursor"] == "3"
    assert ana.get(f"/tickets/{reference}/log", cursor="3").json["items"] == entries[3:]


def test_customers_read_neither_the_log_nor_the_attempts(marta: Caller) -> None:
    reference = marta.activated()
    assert marta.get(f"/tickets/{reference}/log").status_code == 403
    assert marta.get(f"/tickets/{reference}/attempts").status_code == 403


def test_every_attempt_shows_with_what_the_carrier_said_and_skipped_ones_too(
    marta: Caller, ana: Caller, runtime: Runtime
) -> None:
    reference = marta.activated()
    first = ana.items(f"/tickets/{reference}/attempts")[0]
    assert set(first) >= ATTEMPT_FIELDS
    assert (first["person"], first["step"], first["round"]) == ({"id": "ana", "name": "Ana García"}, 1, 1)
    with runtime.database.transaction() as session:
        now = runtime.now(session)
        for applied, status in ((True, "sent"), (False, "queued")):
            session.add(
                AttemptStatusRow(
                    id=ulid(), attempt_id=first["id"], at=now, received_at=now, status=status, sequence=None,
                    error_code=None, applied=applied,
                )
            )  # fmt: skip
    (shown,) = (one for one in ana.items(f"/tickets/{reference}/attempts") if one["id"] == first["id"])
    assert [(status["status"], status["applied"]) for status in shown["statuses"]] == [
        ("sent", True),
        ("queued", False),
    ]
    mail = [one for one in ana.items(f"/tickets/{reference}/attempts") if one["channel"] == "email"]
    assert (mail[0]["person"], mail[0]["recipient"], mail[0]["step"]) == (None, "Marta Ruiz", None)


def test_the_manager_reads_how_long_each_episode_took(
    marta: Caller, ana: Caller, runtime: Runtime, clock: SteppedClock
) -> None:
    reference = marta.activated()
    clock.advance(minutes=2)
    ana.post(f"/tickets/{reference}/acknowledgement")
    clock.advance(minutes=3)
    ana.post(f"/tickets/{reference}/contact", {"outcome": "reached", "channel": "voice"})
    clock.advance(minutes=5)
    marta.activate()  # paged again: a second episode that nobody has answered
    with runtime.database.reading() as session:
        second, first = escalations.listing(session).items
        assert (first.time_to_acknowledge, first.time_to_contact) == (timedelta(minutes=2), timedelta(minutes=5))
        assert (first.acknowledged_by, second.acknowledged_by) == ("ana", None)
        assert (second.escalation.episode, second.began_at, second.time_to_contact) == (2, clock.at, None)
        page = escalations.listing(session, limit=1)
        rest = escalations.listing(session, cursor=page.next_cursor, limit=1)
        assert [one.escalation.episode for one in (*page.items, *rest.items)] == [2, 1]
        assert rest.next_cursor is None
        assert [one.escalation.episode for one in escalations.listing(session, state="running").items] == [2]
        assert escalations.listing(session, mode="drill").items == []
        ticket = queries.find(session, reference, CLARA, "ITS")
        assert ticket is not None
        assert escalations.escalated(session, ticket) == [first, second]
        assert escalations.current(session, [ticket.id])[ticket.id].episode == 2
        assert [one.outcome for one in escalations.contact_tries(session, ticket.id)] == ["reached"]


def test_the_manager_reads_who_was_on_call_at_each_step_and_why(marta: Caller, ana: Caller, runtime: Runtime) -> None:
    reference = marta.activated()
    ana.post(f"/tickets/{reference}/decline")
    with runtime.database.reading() as session:
        ticket = queries.find(session, reference, CLARA, "ITS")
        assert ticket is not None
        steps = escalations.paged_steps(notifications.of_ticket(session, ticket.id))
    assert [(step.round, step.step, step.last_resort) for step in steps] == [(1, 1, False), (1, 2, False)]
    assert [[fact.person_name for fact in step.people] for step in steps] == [["Ana García"], ["Borja Ruiz"]]
    (first,) = steps[0].people
    assert first.why is None
    assert first.reason is not None
    assert (first.reason["kind"], first.reason["id"]) == ("rotation", "backup-weekly")


def test_an_activation_without_a_plan_is_named_in_the_readers_language(marta: Caller) -> None:
    reference = marta.activated(plan=None)
    assert texts(marta, reference)[0][1] == "Hemos recibido su solicitud: plan de contingencia."
    assert texts(marta, reference, "en")[0][1] == "We have received your request: contingency plan."
