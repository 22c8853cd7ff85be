"""Rating by the API."""

from __future__ import annotations

import pytest

from tests.services.api.conftest import Caller
from tests.support.databases import AT_LENGTH


@pytest.fixture(params=AT_LENGTH)
def dialect(request: pytest.FixtureRequest) -> str:
    """On PostgreSQL as well when all is run at length."""
    given: str = request.param
    return given


@pytest.fixture
def reference(marta: Caller, clara: Caller) -> str:
    made = str(marta.post("/tickets", {"symptoms": "La copia no termina."}).json["reference"])
    assert clara.post(f"/tickets/{made}/closure", {"code": "resolved"}).status_code == 200
    return made


def test_the_customer_rates_a_closed_ticket_and_sees_their_own_rating_alone(
    reference: str, marta: Caller, clara: Caller
) -> None:
    """S-2.14, S-4.4"""
    answer = marta.post(f"/tickets/{reference}/rating", {"score": 4, "comment": "Bien."})
    assert answer.status_code == 200
    assert (answer.json["rating"]["score"], answer.json["reference"]) == (4, reference)
    assert "rating" not in marta.ticket(reference)
    assert "ticket.rated" in [entry["kind"] for entry in clara.items(f"/tickets/{reference}/log")]


@pytest.mark.parametrize("body", [{}, {"score": 0}, {"score": 6}, {"score": 4.5}, {"score": "5"}, {"score": True}])
def test_a_score_is_one_of_five_whole_numbers(reference: str, marta: Caller, body: dict[str, object]) -> None:
    answer = marta.post(f"/tickets/{reference}/rating", body)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "score"


def test_only_the_customers_own_people_rate_and_a_viewer_looks_only(
    reference: str, jon: Caller, luis: Caller, clara: Caller
) -> None:
    given = [caller.post(f"/tickets/{reference}/rating", {"score": 5}).status_code for caller in (jon, luis, clara)]
    assert given == [404, 403, 403]


def test_an_open_ticket_cannot_be_rated_and_the_answer_says_when(reference: str, marta: Caller) -> None:
    fresh = marta.post("/tickets", {"symptoms": "Otra cosa."}).json["reference"]
    answer = marta.post(f"/tickets/{fresh}/rating", {"score": 5})
    assert answer.status_code == 409
    assert "every closure offers a rating" in answer.json["detail"]
