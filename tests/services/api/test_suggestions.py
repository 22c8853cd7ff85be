"""Suggestions by the API."""

from __future__ import annotations

from tests.services.api.conftest import Caller


def test_the_author_sees_it_with_its_answer_and_nobody_else_of_the_customers_does(
    marta: Caller, luis: Caller, jon: Caller, clara: Caller
) -> None:
    """S-4.5"""
    made = marta.post("/suggestions", {"text": "Un resumen semanal."})
    assert made.status_code == 201
    reference = made.json["reference"]
    assert made.json["state"] == "open"
    answered = clara.post(f"/suggestions/{reference}/answer", {"state": "planned", "text": "En enero."})
    assert answered.status_code == 200
    (seen,) = marta.items("/suggestions")
    assert (seen["state"], seen["answer"]) == ("planned", "En enero.")
    assert "author" not in seen
    assert luis.items("/suggestions") == jon.items("/suggestions") == []
    assert clara.items("/suggestions")[0]["author"] == "marta@hotelsol.example"


def test_managers_answer_and_customers_suggest(marta: Caller, ana: Caller, clara: Caller) -> None:
    reference = marta.post("/suggestions", {"text": "Un resumen."}).json["reference"]
    body = {"state": "done", "text": "Hecho."}
    assert [one.post(f"/suggestions/{reference}/answer", body).status_code for one in (marta, ana)] == [403, 403]
    assert clara.post("/suggestions", {"text": "Algo."}).status_code == 403
    assert clara.post("/suggestions/SUG-0000000/answer", body).status_code == 404
    assert clara.post(f"/suggestions/{reference}/answer", body).status_code == 200
    again = clara.post(f"/suggestions/{reference}/answer", body | {"state": "planned"})
    assert again.status_code == 409
    assert again.json["allowed"] == ["done"]


def test_an_empty_suggestion_is_refused(marta: Caller, clara: Caller) -> None:
    for body in ({}, {"text": "  "}, {"text": "x" * 4001}):
        assert marta.post("/suggestions", body).status_code == 422
    assert clara.get("/suggestions", cursor="\0").status_code == 422
