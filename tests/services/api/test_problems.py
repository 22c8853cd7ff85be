"""What goes wrong is told as a problem (RFC 9457), whatever it is (security A31)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.test import TestResponse

from alerting.api import blueprint as api
from alerting.runtime import Runtime
from service.app import create_app
from tests.services.api.conftest import ACTIVATION, Caller

PHONE = "+34910000000"


@pytest.fixture
def dialect() -> str:
    """Nothing here depends on which database it is."""
    return "sqlite"


def is_problem(answer: TestResponse, status: int) -> bool:
    assert answer.mimetype == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= set(answer.json)
    assert answer.json["status"] == answer.status_code
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code == status


def post(marta: Caller, data: bytes, kind: str = "application/json") -> TestResponse:
    return marta.client.post(ACTIVATION, data=data, content_type=kind, headers=marta.headers)


def test_malformed_json_is_a_bad_request(marta: Caller) -> None:
    for data in (b"{", b'{"mode": real}', b"\xff\xfe", b"[" * 100_000, b'{"n": ' + b"9" * 5000 + b"}"):
        answer = post(marta, data)
        assert is_problem(answer, 400)
        assert answer.json["detail"] == "the body is not JSON"


def test_who_has_no_token_that_counts_is_told_that_before_anything_about_the_body(marta: Caller) -> None:
    stranger = {"Authorization": "Bearer gdt_nobody"}
    answer = marta.client.post(ACTIVATION, data=b"{", content_type="application/json", headers=stranger)
    assert is_problem(answer, 401)


def test_json_that_is_no_object_is_refused(marta: Caller) -> None:
    for data in (b"[]", b'"real"', b"7", b'"{\\"mode\\": \\"real\\"}"'):
        assert is_problem(post(marta, data), 422)


def test_an_empty_body_is_an_empty_object(marta: Caller, ana: Caller) -> None:
    assert [error["field"] for error in post(marta, b"").json["errors"]] == ["mode"]
    reference = marta.activated()
    answer = ana.client.post(f"/api/v1/tickets/{reference}/acknowledgement", headers=ana.headers)
    assert answer.status_code == 200


def test_another_type_of_body_is_not_read(marta: Caller) -> None:
    assert is_problem(post(marta, b"mode=real", "application/x-www-form-urlencoded"), 415)


def test_a_body_that_is_too_large_is_not_read(marta: Caller) -> None:
    assert is_problem(post(marta, b'{"mode": "real", "symptoms": "' + b"x" * 300_000 + b'"}'), 413)


def test_half_a_character_is_refused_and_not_stored(marta: Caller) -> None:
    assert is_problem(post(marta, b'{"mode": "real", "plan": "erp-restore", "symptoms": "\\ud800"}'), 422)


def test_characters_that_no_database_holds_are_replaced(marta: Caller) -> None:
    assert marta.ticket(marta.activated(symptoms="a\x00b"))["symptoms"] == "a\ufffdb"


def test_what_does_not_exist_is_not_found(marta: Caller) -> None:
    for path in ("/api", "/api/", "/api/v1/nothing", "/api/v2/tickets", "/api/v1/tickets/X/sla"):
        assert is_problem(marta.client.get(path, headers=marta.headers, follow_redirects=True), 404)


def test_another_method_is_told_which_ones_work(marta: Caller) -> None:
    works = {
        ("DELETE", "/api/v1/tickets"): "GET, POST",
        ("GET", ACTIVATION): "POST",
        ("PUT", "/api/v1/tickets/X"): "GET",
    }
    for (method, path), allowed in works.items():
        answer = marta.client.open(path, method=method, headers=marta.headers)
        assert is_problem(answer, 405)
        assert answer.headers["Allow"] == allowed


def test_a_bad_query_is_told_which_field(marta: Caller) -> None:
    for field, value in {"limit": "0", "state": "lost", "cursor": "x", "foo": "1"}.items():
        answer = marta.get("/tickets", **{field: value})
        assert is_problem(answer, 422)
        assert [error["field"] for error in answer.json["errors"]] == [field]


class Away:
    """Stands where the database was: the network between is cut."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def reading(self) -> object:
        raise self.error

    transaction = reading


def test_without_the_database_nothing_is_promised_and_the_phone_is_given(marta: Caller, runtime: Runtime) -> None:
    marta.get("/catalog")  # the phone is known since
    for kind in (OperationalError, InterfaceError):
        away = Away(kind("SELECT 1", {}, Exception("connection refused")))
        cut = Runtime(runtime.settings, away, runtime.configurations, runtime.carrier)  # type: ignore[arg-type]
        there = Caller(create_app(cut), marta.token)
        answer = there.get("/tickets")
        assert is_problem(answer, 503)
        assert answer.json["emergency_phone"] == PHONE
        assert PHONE in answer.json["detail"]
        assert "SELECT" not in answer.text


def test_a_fault_of_ours_tells_nothing_about_the_inside(
    marta: Caller, runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    with runtime.database.transaction() as session:
        session.execute(text("UPDATE documents SET body = '{}' WHERE section = 'customers'"))
        session.execute(text("UPDATE documents_version SET version = version + 1"))
    answer = marta.get("/tickets")
    assert is_problem(answer, 500)
    assert "pydantic" not in answer.text
    assert "Traceback" in caplog.text


def test_the_openapi_document_describes_every_route(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert described == {(r.method, "/api/v1" + r.rule.replace("<", "{").replace(">", "}")) for r in api.ROUTES}
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    referred = {part.partition('"')[0] for part in str(document).replace("'", '"').split("#/components/schemas/")[1:]}
    assert referred <= set(document["components"]["schemas"])
