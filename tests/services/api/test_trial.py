"""A trial exercises; when it becomes a contract, what was there stays (S-6.1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alerting.runtime import Runtime
from core.audit import log
from tests.services.api.conftest import Caller


@pytest.fixture
def dialect() -> str:
    """Nothing here depends on which database it is."""
    return "sqlite"


def test_a_trial_that_becomes_a_contract_keeps_its_drills_tickets_and_log_and_activates_for_real(
    marta: Caller, clara: Caller, runtime: Runtime, amend_contract: Callable[..., None]
) -> None:
    """S-6.1"""
    amend_contract("hotel-sol", status="trial", drills="rehearse")
    drill = marta.activated(mode="drill")
    question = str(marta.post("/tickets", {"symptoms": "¿Cómo se restaura?"}).json["reference"])  # type: ignore[index]
    assert marta.activate({"mode": "real"}).status_code == 422
    assert {one["person"] for one in clara.items(f"/tickets/{drill}/attempts")} == {None}  # no engineer is called
    before = {reference: marta.ticket(reference) for reference in (drill, question)}
    told = {reference: marta.get(f"/tickets/{reference}/timeline").json for reference in before}

    amend_contract("hotel-sol", status="active", drills="page")

    assert {reference: marta.ticket(reference) for reference in before} == before
    assert {reference: marta.get(f"/tickets/{reference}/timeline").json for reference in before} == told
    with runtime.database.reading() as session:
        assert [log.verify(session, reference) for reference in before] == [[], []]
    real = marta.activated(mode="real")
    assert real != drill
    assert marta.ticket(drill)["mode"] == "drill"  # an exercise never turns into the real thing
    assert {one["reference"] for one in marta.items("/tickets")} == {drill, question, real}
