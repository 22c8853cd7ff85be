"""Whatever the API's own document allows, and what it does not: no request is answered by a fault of ours, and every
refusal is a problem that a program can read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.api.conftest import Caller

# Of each operation; `make explore` tries many more.
EXAMPLES = settings().max_examples // 33


@pytest.fixture
def dialect() -> str:
    """What a database would refuse is refused before it."""
    return "sqlite"


@pytest.fixture
def tickets(marta: Caller, jon: Caller, ana: Caller) -> list[str]:
    """References in several states, and one that does not exist."""
    closed = marta.activated()
    marta.post(f"/tickets/{closed}/stand-down")
    taken = marta.activated()
    ana.post(f"/tickets/{taken}/acknowledgement")
    asked = jon.post("/tickets", {"symptoms": "No arranca."}).json
    return [taken, closed, str(asked and asked["reference"]), "ITS-0000000"]


def test_no_request_is_answered_by_a_fault_of_ours(
    app: Flask, caller: Callable[[str], Caller], tickets: list[str]
) -> None:
    asking = [caller(name).headers for name in ("Clara", "Ana", "Marta")]
    document: Any = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for found in document.get_all_operations():
        ask(found.ok(), asking, tickets)


def ask(operation: Any, asking: Sequence[dict[str, str]], tickets: Sequence[str]) -> None:
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(), st.sampled_from(tickets))
    def answered(case: Any, ticket: str) -> None:
        if "ref" in case.path_parameters:
            case.path_parameters["ref"] = ticket
        for headers in asking:
            answer = case.call(headers=headers)
            assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"
            if answer.status_code >= 400:
                assert answer.headers["content-type"][0] == "application/problem+json", case.as_curl_command()

    answered()
