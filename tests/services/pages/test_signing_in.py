"""Who gets in, and who does not (security.md A4, A18, A20)."""

from dataclasses import replace

import pytest

from core.accounts import service as accounts
from service.app import create_app
from tests.services.pages.browsing import Browser
from tests.services.pages.conftest import PASSWORD
from tests.services.pages.people import ADMIN, ANA, CLARA, LUIS, MARTA

WRONG = "El correo o la contraseña no son correctos."


@pytest.fixture
def stranger(visit):
    return visit()


@pytest.mark.parametrize(
    ("email", "first_page"),
    [
        (MARTA, "/portal"),
        (LUIS, "/portal"),
        (ANA, "/desk"),
        (CLARA, "/console/escalations"),
        (ADMIN, "/console/escalations"),
    ],
)
def test_everybody_begins_where_their_work_is(stranger, email, first_page):
    assert stranger.sign_in(email, PASSWORD).path == first_page
    assert stranger.status == 200


@pytest.mark.parametrize("path", ["/", "/portal", "/portal/tickets", "/desk", "/console/escalations"])
def test_a_stranger_is_asked_to_sign_in_or_finds_nothing(stranger, path):
    """S-2.2"""
    stranger.open(path)
    assert stranger.path.startswith("/sign-in") or stranger.status == 404


def test_there_is_no_way_to_register_oneself(stranger):
    """S-2.2"""
    assert stranger.open("/register").status == 404


def test_after_signing_in_one_gets_to_the_page_one_wanted(stranger):
    stranger.open("/portal/activate/erp-restore")
    assert "/sign-in?next=" in stranger.path
    assert stranger.press("Entrar", email=MARTA, password=PASSWORD).path == "/portal/activate/erp-restore"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example"],
)
def test_signing_in_never_leads_to_another_site(stranger, elsewhere):
    stranger.open("/sign-in")
    token = stranger.page.forms[0].fields["csrf_token"]
    fields = {"csrf_token": token, "email": MARTA, "password": PASSWORD, "next": elsewhere}
    assert stranger.post("/sign-in", fields).path == "/portal"


def test_a_wrong_password_and_an_unknown_address_look_the_same(visit):
    known = visit().sign_in(MARTA, "not her password")
    unknown = visit().sign_in("nobody@example.com", "not her password")
    assert (known.status, unknown.status) == (422, 422)
    assert WRONG in known.text
    assert known.text == unknown.text


def test_after_many_wrong_guesses_one_waits_and_is_told_until_when(stranger, clock):
    """S-2.2"""
    for _ in range(5):
        assert stranger.sign_in(MARTA, "wrong").status == 422
    stranger.sign_in(MARTA, PASSWORD)
    assert stranger.status == 429
    assert "Demasiados intentos. El siguiente se mirará a partir de las 03:00:01 (+01:00)." in stranger.text
    assert int(stranger.headers["Retry-After"]) >= 1
    clock.advance(minutes=6)
    assert stranger.sign_in(MARTA, PASSWORD).path == "/portal"  # never a lock: it would lock the panic button too


def test_the_session_is_another_one_after_signing_in(visit):
    browser = visit()
    browser.client.set_cookie("guardia", "planted-by-somebody-else")
    browser.sign_in(MARTA, PASSWORD)
    first = browser.cookie("guardia")
    browser.press("Salir")
    browser.sign_in(MARTA, PASSWORD)
    assert browser.cookie("guardia") not in (None, first, "planted-by-somebody-else")


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(app, stranger):
    stranger.sign_in(MARTA, PASSWORD)
    thief = Browser(app)
    thief.client.set_cookie("guardia", stranger.cookie("guardia"))
    assert thief.open("/portal").path == "/portal"
    stranger.press("Salir")
    assert stranger.cookie("guardia") is None
    assert "/sign-in" in thief.open("/portal").path


def test_a_form_from_before_the_sign_in_is_worth_nothing_after_it(stranger):
    stranger.open("/sign-in")
    old = stranger.page.forms[0].fields["csrf_token"]
    stranger.sign_in(MARTA, PASSWORD)
    assert stranger.post("/sign-out", {"csrf_token": old}).status == 400


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app):
    client = app.test_client()
    browser = Browser(app)
    browser.client = client
    browser.open("/sign-in")
    fields = browser.page.forms[0].fields | {"email": MARTA, "password": PASSWORD}
    cookies = client.post("/sign-in", data=fields).headers.getlist("Set-Cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("guardia="))
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session
    assert "Path=/" in session


def test_over_https_the_cookies_are_bound_to_this_host_alone(runtime, app):
    settings = runtime.settings.model_copy(update={"public_url": "https://guardia.itsafer.example"})
    secure = create_app(replace(runtime, settings=settings))
    client = secure.test_client()
    origin = "https://guardia.itsafer.example"
    page = client.get("/sign-in", base_url=origin)
    assert page.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    browser = Browser(secure)
    browser.response = page
    fields = browser.page.forms[0].fields | {"email": MARTA, "password": PASSWORD}
    answer = client.post("/sign-in", base_url=origin, data=fields, headers={"Origin": origin})
    cookies = {cookie.partition("=")[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}
    assert "Secure" in cookies["__Host-guardia"]
    assert "Domain" not in cookies["__Host-guardia"]
    assert all(name.startswith("__Host-") for name in cookies)


@pytest.fixture
def link(runtime, app):
    with runtime.database.transaction() as session:
        token = accounts.sign_in_link(session, MARTA, runtime.now(session))
    return f"/sign-in/{token}"


def test_a_link_signs_in_once_and_only_by_its_button(visit, link):
    for _ in range(5):  # mail scanners open every link
        assert visit().open(link).status == 200
    marta = visit().open(link).press("Entrar")
    assert marta.path == "/password"
    again = visit().open(link)
    assert again.status == 404
    assert "ya se ha usado" in again.text


def test_a_link_leads_to_a_password_of_ones_own(visit, link):
    """S-2.2"""
    marta = visit().open(link).press("Entrar")
    assert "La contraseña tiene al menos 8 caracteres" in marta.press("Guardar la contraseña", password="short").text
    assert marta.press("Guardar la contraseña", password="la llave está en el tejado").path == "/portal"
    assert "Su contraseña está guardada." in marta.text
    assert visit().sign_in(MARTA, "la llave está en el tejado").path == "/portal"
    assert visit().sign_in(MARTA, PASSWORD).status == 422


def test_a_browser_left_open_does_not_give_the_account_away(visit):
    marta = visit(MARTA)
    assert marta.open("/password").status == 404
    token = marta.open("/portal").page.forms[0].fields["csrf_token"]
    assert marta.post("/password", {"csrf_token": token, "password": "mine from now on"}).status == 403
