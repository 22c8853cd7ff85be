"""PagerDuty of the simulator, as tests use it, and what its published documents allow."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_schema_validator import OAS30Validator

EVENTS, REST = "pd_events_v2.json", "pd_rest.json"
WHERE = "GUARDIA_VENDOR_SPECS"
PATIENCE_SECONDS = 5.0
Json = dict[str, Any]


class PagerDutyDesk:
    """What PagerDuty's people see and do."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self) -> None:
        self._session.close()

    def reset(self) -> None:
        self._ask("POST", "reset")

    def incidents(self) -> list[Json]:
        """Oldest first."""
        found: list[Json] = self._ask("GET", "state")["incidents"]
        return found

    def incident(self) -> Json:
        """The only one."""
        found = self.incidents()
        assert len(found) == 1, [one["title"] for one in found]
        return found[0]

    def act(self, incident_id: str, action: str, user: str | None = None) -> None:
        self._ask("POST", f"incidents/{incident_id}/act", {"action": action, "user": user})

    def put_on_call(self, *turns: Json) -> None:
        """`user`, and as they are wanted `start`, `end`, `schedule`, `escalation_policy`, `level`."""
        self._ask("PUT", "oncalls", {"oncalls": list(turns)})

    def order(self, kind: str, times: int = 1, api: str = "events", seconds: float = 1.0) -> None:
        fault = {"kind": kind, "times": times, "api": api, "seconds": seconds}
        self._ask("PUT", "faults", {"faults": [fault]})

    def settle(self) -> None:
        assert self._ask("POST", "settle")["settled"], "PagerDuty's webhooks have not arrived"

    def wait(self, until: Callable[[], bool]) -> None:
        """A moment that no event announces."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not until():
            assert time.monotonic() < give_up, "waited in vain"
            time.sleep(0.005)

    def events(self, kind: str) -> list[Json]:
        answer = self._session.get(f"{self.base_url}/_sim/events", params={"after": 0, "timeout": 0}, timeout=5)
        return [event for event in answer.json()["events"] if event["type"] == kind]

    def _ask(self, method: str, path: str, body: Json | None = None) -> Any:
        answer = self._session.request(method, f"{self.base_url}/_sim/pagerduty/{path}", json=body or {}, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()


def valid_event(event: Json) -> None:
    """What was sent to /v2/enqueue, against PagerDuty's document; skips where that is not at hand."""
    document = specification(EVENTS)
    schema = document["paths"]["/enqueue"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    _check(EVENTS, schema, event)
    for given, known in (
        (event, schema["properties"].keys()),
        (event.get("payload", {}), document["components"]["schemas"]["Payload"]["properties"].keys()),
    ):
        assert set(given) <= set(known), f"unknown fields {set(given) - set(known)}"


def valid_rest_answer(path: str, body: Json) -> None:
    """`path` as in the document: /incidents/{id}/alerts."""
    answer = _resolved(REST, specification(REST)["paths"][path]["get"]["responses"]["200"])
    _check(REST, answer["content"]["application/json"]["schema"], body)


@cache
def specification(name: str) -> Json:
    here = os.environ.get(WHERE)
    folder = Path(here) if here else Path(__file__).resolve().parents[2].parent / "shared" / "specs"
    if not (folder / name).is_file():
        pytest.skip(f"no {name} in {folder}: name its folder in {WHERE}")
    document: Json = json.loads((folder / name).read_text(encoding="utf-8"))
    return document


def _resolved(name: str, schema: Mapping[str, Any]) -> Any:
    target: Any = schema
    while "$ref" in target:
        steps = target["$ref"].removeprefix("#/").split("/")
        target = specification(name)
        for step in steps:
            target = target[step.replace("~1", "/")]
    return target


def _check(name: str, schema: Json, value: Any) -> None:
    document = specification(name)
    whole = {"allOf": [schema], "components": document["components"], "paths": document["paths"]}
    faults = [f"{error.json_path}: {error.message}" for error in OAS30Validator(whole).iter_errors(value)]
    assert not faults, faults
