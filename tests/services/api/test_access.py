"""Who may call what: deny by default (security A2, A23, A31)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from alerting.api.access import PERMISSIONS
from alerting.api.blueprint import ROUTES, Route
from alerting.runtime import Runtime
from core.accounts import service as accounts
from core.accounts import tokens
from core.accounts.permissions import ALLOWED, CUSTOMER, STAFF, Role
from service.app import create_app
from tests.services.api.conftest import ACTIVATION, Caller

# Routes of the application below /api and outside pages that are open to everybody, and why that is right.
OPEN_TO_ALL = {
    "health.healthz": "balancers have no token",
    "health.readyz": "alarms have no token",
    "health.metrics": "Prometheus has no token, and no customer is named",
    "openapi.doc_url": "how the API looks is no secret",
    "openapi.openapi": "likewise",
    "openapi.static": "likewise",
    "api_nothing_else.nothing": "answers 404 and 405 alone",
}
EVERYBODY = {
    "Ana": {Role.ENGINEER},
    "Clara": {Role.MANAGER},
    "the administrator": {Role.ADMIN},
    "Marta": {Role.OWNER, Role.ACTIVATOR, Role.REPORTER},
    "Luis": {Role.VIEWER},
    "Jon": {Role.ACTIVATOR},
}


@pytest.fixture
def dialect() -> str:
    """Nothing here depends on which database it is."""
    return "sqlite"


def is_refused(answer: TestResponse) -> bool:
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == answer.status_code == 401
    return answer.headers["WWW-Authenticate"].startswith("Bearer")


def address(route: Route) -> str:
    return "/api/v1" + route.rule.replace("<ref>", "ITS-0000013").replace("<id>", "backup-primary")


def test_nobody_asks_without_a_token(app: Flask) -> None:
    for route in ROUTES:
        assert is_refused(app.test_client().open(address(route), method=route.method, json={"no": "such field"}))


def test_a_header_without_a_token_that_counts_is_refused(app: Flask) -> None:
    asking = app.test_client()
    for given in ("", "Basic YTpi", "Bearer", "Bearer ", "Bearer gdt_wrong", "Bearer nonsense", "gdt_wrong"):
        headers = {"Authorization": given}
        assert is_refused(asking.get("/api/v1/tickets", headers=headers))
        assert is_refused(asking.post(ACTIVATION, json={"mode": "real"}, headers=headers))
        assert is_refused(asking.post(ACTIVATION, json={"mode": "none"}, headers=headers))
        assert is_refused(asking.post(ACTIVATION, data="{", headers=headers))


def test_a_token_in_the_url_is_refused_even_with_a_good_header(marta: Caller) -> None:
    for name in ("token", "access_token", "x"):
        assert is_refused(marta.get("/tickets", **{name: marta.token}))
        assert is_refused(marta.client.get(f"/api/v1/tickets?{name}={marta.token}"))


def test_a_revoked_token_and_one_of_an_archived_user_are_refused(marta: Caller, runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        user = accounts.find_user(session, "marta@hotelsol.example")
        assert user is not None
        (token,) = tokens.of_user(session, user.id)
        tokens.revoke(session, token.id, runtime.now(session))
    assert is_refused(marta.activate())
    assert is_refused(marta.get("/tickets"))


def test_a_token_is_used_at_the_hour_of_the_last_command(marta: Caller, runtime: Runtime) -> None:
    marta.activated()
    with runtime.database.reading() as session:
        user = accounts.find_user(session, "marta@hotelsol.example")
        assert user is not None
        assert tokens.of_user(session, user.id)[0].last_used_at == runtime.now(session)


def test_every_route_of_the_application_is_decided(app: Flask) -> None:
    undecided = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in ("api", "health", "openapi", "api_nothing_else")
        and not getattr(app.view_functions[rule.endpoint], PERMISSIONS, None)
    }
    assert undecided == set(OPEN_TO_ALL)


def test_a_route_without_permissions_is_open_to_nobody(runtime: Runtime, clara: Caller) -> None:
    app = create_app(runtime)
    app.add_url_rule("/api/v1/forgotten", "api.forgotten", lambda: {"secret": 1})
    answer = Caller(app, clara.token).get("/forgotten")
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")


def test_each_role_reaches_exactly_the_routes_that_the_table_gives_it(caller: Callable[[str], Caller]) -> None:
    for name, roles in EVERYBODY.items():
        somebody = caller(name)
        for route in ROUTES:
            # Fields that no model knows: whoever may ask is told so, and nothing happens.
            answer = somebody.client.open(
                address(route) + ("?no=such" if route.method == "GET" else ""),
                method=route.method,
                json={"no": "such"} if route.method == "POST" else None,
                headers=somebody.headers,
            )
            allowed = any(not ALLOWED[permission].isdisjoint(roles) for permission in route.permissions)
            assert (answer.status_code != 403) == allowed, f"{name}: {route.method} {route.rule}: {answer.status_code}"


def test_every_permission_of_a_route_is_given_to_somebody() -> None:
    for route in ROUTES:
        assert route.permissions
        assert any(ALLOWED[permission] & (STAFF | CUSTOMER) for permission in route.permissions)


def test_a_customer_with_a_staff_role_is_no_staff(runtime: Runtime, marta: Caller) -> None:
    with runtime.database.transaction() as session:
        user = accounts.find_user(session, "marta@hotelsol.example")
        assert user is not None
        user.roles = ["activator", "manager"]
    reference = marta.activated()
    assert marta.get(f"/tickets/{reference}/log").status_code == 403
