"""What a reporter or viewer sees of their own organisation's tickets (S-5.1): own, department or all."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from alerting.api.blueprint import ROUTES
from alerting.notifications.models import AttemptRow
from alerting.runtime import Runtime
from core.accounts.models import User
from core.documents import store
from tests.services.api.conftest import Caller
from tests.services.api.test_isolation import UNKNOWN, sent

LUIS = "luis@hotelsol.example"


@pytest.fixture
def dialect() -> str:
    """The condition is of text and equality alone."""
    return "sqlite"


def limit(
    runtime: Runtime, visibility: str, department: str | None = None, roles: tuple[str, ...] = ("viewer",)
) -> None:
    with runtime.database.transaction() as session:
        luis = session.scalars(select(User).where(User.email == LUIS)).one()
        luis.visibility, luis.department, luis.roles = visibility, department, list(roles)


def told_everything(runtime: Runtime) -> None:
    """Luis is a contact with `mail: all`."""
    with runtime.database.transaction() as session:
        found = next(one for one in store.load(session) if (one.section, one.id) == ("customers", "hotel-sol"))
        contacts = [one | {"mail": "all"} for one in found.body["contacts"]]
        body = found.body | {"contacts": contacts}
        store.save(session, [store.Change("update", "customers", found.id, body, found.position)], runtime.now(session))


def opened(caller: Caller, **body: Any) -> str:
    answer = caller.post("/tickets", {"symptoms": "No termina"} | body)
    assert answer.status_code == 201, answer.text
    return str(answer.json["reference"])  # type: ignore[index]


def seen(caller: Caller) -> set[str]:
    return {one["reference"] for one in caller.items("/tickets")}


@pytest.fixture
def tickets(marta: Caller) -> dict[str, str]:
    """Marta's: of two departments and of none, and one that names Luis as its contact."""
    return {
        "sales": opened(marta, department="Ventas"),
        "stores": opened(marta, department="almacén"),
        "none": opened(marta),
        "named": opened(marta, contact={"name": "Luis Pérez", "email": "Luis@HotelSol.example"}),
    }


@pytest.mark.parametrize(
    ("visibility", "department", "roles", "expected"),
    [
        ("own", None, ("viewer",), {"named"}),
        ("own", "Ventas", ("viewer", "reporter"), {"named"}),
        ("department", "ventas", ("viewer",), {"named", "sales"}),
        ("department", "almacén", ("reporter",), {"named", "stores"}),
        ("department", None, ("viewer",), {"named"}),
        ("organisation", "Ventas", ("viewer",), {"sales", "stores", "none", "named"}),
        ("own", None, ("activator", "viewer"), {"sales", "stores", "none", "named"}),
        ("own", None, ("owner",), {"sales", "stores", "none", "named"}),
    ],
)
def test_reporters_and_viewers_see_their_own_their_departments_or_all(
    tickets: dict[str, str],
    luis: Caller,
    runtime: Runtime,
    visibility: str,
    department: str | None,
    roles: tuple[str, ...],
    expected: set[str],
) -> None:
    """S-5.1"""
    limit(runtime, visibility, department, roles)
    assert seen(luis) == {tickets[name] for name in expected}
    for name, reference in tickets.items():
        assert luis.get(f"/tickets/{reference}").status_code == (200 if name in expected else 404)


def test_all_is_what_somebody_sees_for_whom_nothing_was_chosen(tickets: dict[str, str], luis: Caller) -> None:
    """S-5.1"""
    assert seen(luis) == set(tickets.values())


def test_whoever_opened_a_ticket_sees_it(luis: Caller, marta: Caller, runtime: Runtime) -> None:
    """S-5.1"""
    limit(runtime, "own", roles=("reporter",))
    mine = opened(luis)
    opened(marta)
    assert seen(luis) == {mine}


def test_a_ticket_that_one_does_not_see_answers_like_one_that_does_not_exist(
    tickets: dict[str, str], luis: Caller, marta: Caller, runtime: Runtime
) -> None:
    """S-5.1: the ticket, its timeline, its clocks, its files, and every verb."""
    hidden = tickets["sales"]
    file = {"file": (io.BytesIO(b"09:00 error"), "copia.log")}
    added = marta.client.post(f"/api/v1/tickets/{hidden}/attachments", data=file, headers=marta.headers)
    assert added.status_code in (200, 201)
    limit(runtime, "own", roles=("reporter",))
    for route in ROUTES:
        if "<ref>" not in route.rule:
            continue
        answers = [
            luis.client.open(
                "/api/v1" + route.rule.replace("<ref>", reference), method=route.method, headers=luis.headers,
                **sent(route),
            )
            for reference in (hidden, UNKNOWN)
        ]  # fmt: skip
        assert answers[0].status_code in (403, 404), route.rule
        assert (answers[0].status_code, answers[0].data) == (answers[1].status_code, answers[1].data)


def test_who_is_told_everything_is_mailed_no_ticket_that_they_do_not_see(
    marta: Caller, luis: Caller, runtime: Runtime
) -> None:
    """S-5.1"""
    told_everything(runtime)
    seen_by_luis = opened(marta, department="Ventas")
    limit(runtime, "department", "Almacén")
    hidden = opened(marta, department="Ventas")
    own = opened(marta, department="Almacén")
    with runtime.database.reading() as session:
        rows = session.scalars(select(AttemptRow).where(AttemptRow.address == LUIS)).all()
        told = [row.facts["reference"] for row in rows]
    assert [f"ITS-{one}" for one in told] == [seen_by_luis, own]
    assert hidden not in told
