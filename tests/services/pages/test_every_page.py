"""What holds for every address, whoever looks: headers, declared permissions, and that looking changes nothing."""

import hashlib
import re

import pytest
from sqlalchemy import select

from alerting.rota import standing
from alerting.surveys.models import SurveyRow
from core.accounts.permissions import ALLOWED, Permission
from core.db import Base
from core.ids import ulid
from oncall.schema import StandingTemporary
from tests.services.pages.people import ANA, CLARA, EVERYBODY, JON, LUIS, MARTA
from tests.services.pages.quiet import accept, ask, attach, rehearse

PICTURE = "01J0000000000000000000TEST"
DRILL = "01J0000000000000000000DRIL"
ROOMS = ("web", "portal", "desk", "console", "feedback")


def rules(app, method="GET"):
    found = [r for r in app.url_map.iter_rules() if method in r.methods and r.endpoint.split(".")[0] in ROOMS]
    assert len(found) > 5
    return found


def paths(app, reference):
    """Every address that can be looked at, with things that exist in it."""
    known = {
        "reference": [reference],
        "plan": ["erp-restore", "files-restore", "-"],
        "customer": ["hotel-sol"],
        "token": ["unknown-token"],
        "chosen": ["en"],
        "schedule": ["backup-primary"],
        "rotation": ["backup-weekly"],
        "section": ["absences"],
        "entry": ["borja-summer"],
        "temporary": ["migration"],
        "heartbeat": ["sol-erp-nightly"],
        "integration": ["sol-prometheus"],
        "start": ["20261104T170000Z"],
        "end": ["20261105T080000Z"],
        "calendar": ["madrid"],
        "attachment": [PICTURE],
        "year": ["2025"],
        "drill": [DRILL],
        "name": ["guardia.css", "guardia.js", "icon.svg"],
    }
    found = []
    for rule in rules(app):
        filled = [rule.rule]
        for name in rule.arguments:
            filled = [re.sub(rf"<{name}>", value, path) for path in filled for value in known[name]]
        found += filled
    return found


@pytest.fixture
def ticket(runtime):
    """Accepted by Ana; with a drill and another customer's ticket besides."""
    reference = ask(runtime, symptoms="El ERP no arranca")
    accept(runtime, reference, "ana")
    attach(runtime, reference, PICTURE)
    replace_a_day(runtime)
    ask(runtime, "files-restore", mode="drill")
    ask(runtime, "core-restore", customer="banco-norte", by=JON)
    rehearse(runtime, DRILL)
    publish(runtime)
    return reference


def publish(runtime):
    """Last year's survey, which nobody answered."""
    with runtime.work() as work:
        times = dict.fromkeys(("opened_at", "closes_at", "published_at"), work.now)
        row = SurveyRow(id=ulid(), year=2025, state="published", opened_by="-", reminders=0, **times)
        work.session.add(row)


@pytest.mark.parametrize("email", [None, MARTA, LUIS, JON, ANA, CLARA])
def test_looking_changes_nothing(app, visit, runtime, ticket, email):
    browser = visit(email)
    before = fingerprint(runtime.database)
    for path in paths(app, ticket):
        assert browser.open(path).status < 500, path
        assert browser.client.head(path).status_code < 500, path
    assert fingerprint(runtime.database) == before


def replace_a_day(runtime):
    """By a temporary schedule beside the file."""
    body = {"id": "migration", "schedule": "backup-primary", "gaps": "empty",
            "from": "2026-11-20T09:00+01:00", "to": "2026-11-21T09:00+01:00"}  # fmt: skip
    with runtime.database.transaction() as session:
        found = StandingTemporary.model_validate(body)
        standing.enter(session, [found], runtime.settings, runtime.now(session))


def fingerprint(database):
    """Every row of every table."""
    digest = hashlib.sha256()
    with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in sorted(map(repr, session.execute(select(table)))):
                digest.update(row.encode())
    return digest.hexdigest()


@pytest.mark.parametrize("email", [None, MARTA, CLARA])
def test_every_answer_forbids_foreign_scripts_frames_and_guessing(app, visit, ticket, email):
    browser = visit(email)
    wrong = ["/nothing", "/portal/tickets/ITS-9999999", "/api/v1/nothing", "/webhooks/nothing", "/healthz"]
    for path in [*paths(app, ticket), *wrong]:
        answer = browser.client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
            assert part in policy, path
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer"), path
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", path


def test_what_a_signed_in_user_sees_is_kept_by_no_cache(app, visit, ticket):
    marta = visit(MARTA)
    for path in ("/portal", "/portal/activate/erp-restore", f"/portal/tickets/{ticket}", "/portal/nothing"):
        assert "no-store" in marta.open(path).headers["Cache-Control"], path


def test_the_style_sheet_is_kept_for_ever_under_the_address_of_its_content(visit):
    browser = visit().open("/sign-in")
    address = re.search(r'href="(/static/guardia\.css\?v=[0-9a-f]+)"', browser.source)
    assert address is not None
    assert "immutable" in browser.open(address[1]).headers["Cache-Control"]
    assert "immutable" not in browser.open("/static/guardia.css?v=other").headers["Cache-Control"]


@pytest.mark.parametrize("name", ["..%2fvisitor.py", "%2e%2e/visitor.py", "guardia.py", ".css", "nothing.css"])
def test_nothing_but_our_own_files_is_given_out(visit, name):
    assert visit().open(f"/static/{name}").status == 404


def test_every_page_says_who_may_see_it(app):
    for method in ("GET", "POST"):
        for rule in rules(app, method):
            declared = getattr(app.view_functions[rule.endpoint], "declared", None)
            assert declared == "public" or declared in Permission, rule.endpoint


def test_everybody_sees_their_own_pages_and_is_refused_the_others(app, visit, ticket):
    side = {"portal": {MARTA, LUIS}, "desk": {ANA, CLARA}, "console": {ANA, CLARA}}
    browsers = {email: visit(email) for email in (MARTA, LUIS, ANA, CLARA)}
    roles = {MARTA: {"owner", "activator", "reporter"}, LUIS: {"viewer"}, ANA: {"engineer"}, CLARA: {"manager"}}
    for rule in rules(app):
        room, declared = rule.endpoint.split(".")[0], app.view_functions[rule.endpoint].declared
        if room in ("web", "feedback") or rule.endpoint in ("portal.ticket", "portal.tickets"):  # these lead elsewhere
            continue
        path = next(p for p in paths(app, ticket) if app.url_map.bind("localhost").match(p)[0] == rule.endpoint)
        for email, browser in browsers.items():
            allowed = email in side[room] and bool(ALLOWED[declared] & roles[email])
            assert (path, email, browser.client.get(path).status_code) == (path, email, 200 if allowed else 403)


def test_a_link_in_a_mail_leads_staff_to_the_desk(visit, ticket):
    assert visit(ANA).open(f"/portal/tickets/{ticket}").path == f"/desk/tickets/{ticket}"


def test_the_pages_say_that_no_real_telephone_rings(visit):
    for email in (None, *EVERYBODY):
        browser = visit(email).open("/")
        assert "TELEFONÍA SIMULADA" in browser.text
        assert re.search(r'href="http://127\.0\.0\.1:\d+/simulator/phones"', browser.source)
