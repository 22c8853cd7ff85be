"""Requests that another site makes in our user's browser (security.md A4)."""

import pytest

from alerting.web.addresses import local_path
from alerting.web.forgery import same_origin
from tests.services.pages.people import MARTA

OURS = {"https://guardia.example", "http://localhost"}


@pytest.mark.parametrize(
    ("origin", "fetch_site", "accepted"),
    [
        ("https://guardia.example", "same-origin", True),
        ("https://GUARDIA.example", None, True),
        ("http://localhost", None, True),
        (None, None, True),
        (None, "none", True),
        ("null", "same-origin", True),
        ("null", None, False),
        ("null", "cross-site", False),
        ("https://evil.example", None, False),
        ("https://evil.example", "cross-site", False),
        ("https://guardia.example", "cross-site", False),
        ("https://guardia.example", "same-site", False),
        ("https://guardia.example.evil.example", None, False),
        ("http://guardia.example", None, False),
        ("https://guardia.example:8443", None, False),
        ("", None, False),
    ],
)
def test_only_requests_of_our_own_pages_are_taken(origin, fetch_site, accepted):
    assert same_origin(origin, fetch_site, OURS) is accepted


@pytest.mark.parametrize("address", [None, "", "portal", "https://x", "//x", "/\\x", "/a\nb", "/" + "a" * 600])
def test_an_address_that_is_not_a_path_of_ours_leads_nowhere(address):
    assert local_path(address) is None


def test_a_path_of_ours_is_kept_with_its_query():
    assert local_path("/portal?before=abc") == "/portal?before=abc"


def post_routes(app):
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods and rule.endpoint.split(".")[0] in ("web", "portal", "desk", "console"):
            yield "/" + "/".join("x" if part.startswith("<") else part for part in rule.rule.strip("/").split("/"))


def test_no_form_is_taken_from_another_site_not_even_with_a_good_token(app, visit):
    marta = visit(MARTA).open("/portal")
    token = marta.page.forms[0].fields["csrf_token"]
    paths = list(post_routes(app))
    assert len(paths) > 10
    for path in paths:
        answer = marta.post(path, {"csrf_token": token}, Origin="https://evil.example")
        assert (path, answer.status) == (path, 403)


def test_no_form_is_taken_without_its_token(app, visit):
    marta = visit(MARTA).open("/portal")
    for path in post_routes(app):
        assert (path, marta.post(path, {}).status) == (path, 400)


def test_the_page_of_a_refused_form_says_what_to_do_and_gives_the_telephone(visit):
    marta = visit(MARTA).post("/portal/activate/erp-restore", {})
    assert "Vuelva atrás, recargue la página y envíela de nuevo." in marta.text
    assert "+34 910 000 000" in marta.text


def test_programs_with_a_proof_of_their_own_need_no_form_token(app):
    client = app.test_client()
    assert client.post("/api/v1/catalog/contingency-activation/requests", json={}).status_code == 401
    assert client.post("/webhooks/twilio/sms", data={}).status_code == 403  # its own refusal: no signature
