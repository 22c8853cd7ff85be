"""Access by invitation, and by nothing else (S-2.2)."""

import re

import pytest

from core.accounts.service import find_user
from core.documents import store
from service.configuration.apply import apply
from service.configuration.document import SourceFile
from service.configuration.plan import Plan, plan_apply
from tests.conftest import WORLD
from tests.services.pages.conftest import PASSWORD
from tests.services.pages.people import ADMIN, ANA, CLARA, JON, LUIS, MARTA
from tests.services.pages.quiet import ask

NEW = "nueva@hotelsol.example"
CHOSEN = "la llave está en el tejado"
INVITE, AGAIN = "Enviar la invitación", "Enviar un enlace nuevo · "


@pytest.fixture
def marta(visit):
    return visit(MARTA).open("/portal/people")


def links(runtime, desk):
    """Of all invitations that were mailed, the oldest first."""
    desk.run_due()
    files = sorted(runtime.settings.mail_dir.glob("*.eml"))
    texts = [path.read_text().replace("=\n", "") for path in files]
    return [found for text in texts for found in dict.fromkeys(re.findall(r"/invitation/[A-Za-z0-9]{43}", text))]


def invited(runtime, desk, marta):
    assert marta.press(INVITE, email=NEW, roles="reporter").status == 200
    (link,) = links(runtime, desk)
    return link


def test_an_owner_invites_a_colleague_who_chooses_a_password_and_is_in(visit, runtime, desk, marta):
    """S-2.2"""
    link = invited(runtime, desk, marta)
    assert f"Invitación enviada. {NEW} tiene tres días" in marta.text
    for _ in range(3):  # mail scanners open every link
        assert NEW in visit().open(link).text
    page = visit().open(link).press("Guardar la contraseña", password=CHOSEN)
    assert (page.path, "Su contraseña está guardada." in page.text) == ("/portal", True)
    assert visit().sign_in(NEW, CHOSEN).path == "/portal"
    with runtime.database.reading() as session:
        user = find_user(session, NEW)
        assert (user.customer_id, user.roles) == ("hotel-sol", ["reporter"])


def test_the_link_of_an_invitation_works_once(visit, runtime, desk, marta):
    """S-2.2"""
    link = invited(runtime, desk, marta)
    second = visit().open(link)
    visit().open(link).press("Guardar la contraseña", password=CHOSEN)
    assert second.press("Guardar la contraseña", password="another sentence here").status == 404
    assert "ya se ha usado" in visit().open(link).text
    assert visit().sign_in(NEW, CHOSEN).path == "/portal"


def test_a_password_that_is_refused_leaves_the_link_as_good_as_it_was(visit, runtime, desk, marta):
    link = invited(runtime, desk, marta)
    page = visit().open(link).press("Guardar la contraseña", password="short")
    assert page.status == 422
    assert page.press("Guardar la contraseña", password=CHOSEN).path == "/portal"


def test_the_link_of_an_invitation_works_for_72_hours(visit, runtime, desk, marta, clock):
    """S-2.2"""
    link = invited(runtime, desk, marta)
    clock.advance(hours=71, minutes=59)
    assert visit().open(link).status == 200
    clock.advance(minutes=1)
    assert visit().open(link).status == 404
    assert "el enlace ha caducado" in visit(MARTA).open("/portal/people").text


def test_an_invitation_sent_again_voids_the_one_before(visit, runtime, desk, marta, clock):
    """S-2.2"""
    old = invited(runtime, desk, marta)
    assert "Hace menos de un minuto" in marta.press(f"{AGAIN}{NEW}").text
    clock.advance(minutes=2)
    assert "Va un enlace nuevo a nueva@hotelsol.example" in marta.press(f"{AGAIN}{NEW}").text
    (new,) = set(links(runtime, desk)) - {old}
    assert visit().open(old).status == 404
    assert visit().open(new).press("Guardar la contraseña", password=CHOSEN).path == "/portal"


def test_whoever_has_lost_the_password_gets_a_link_and_keeps_the_old_one_until_a_new_one_is_set(
    visit, runtime, desk, marta
):
    marta.press(f"{AGAIN}{LUIS}")
    assert visit().sign_in(LUIS, PASSWORD).path == "/portal"
    (link,) = links(runtime, desk)
    visit().open(link).press("Guardar la contraseña", password=CHOSEN)
    assert visit().sign_in(LUIS, PASSWORD).status == 422


@pytest.mark.parametrize(
    ("email", "roles", "said"),
    [
        (LUIS, "viewer", "ya tiene acceso"),
        (JON, "viewer", "No puede dar ni cambiar este acceso"),  # of another customer
        (ANA, "viewer", "No puede dar ni cambiar este acceso"),  # staff
        (NEW, "admin", "Elija al menos un rol"),
        (NEW, "integration", "No puede dar ni cambiar este acceso"),
        ("nueva", "viewer", "Escriba una dirección de correo"),
    ],
)
def test_what_an_owner_cannot_give_is_refused_and_no_mail_leaves(runtime, desk, marta, email, roles, said):
    page = marta.press(INVITE, email=email, roles=roles)
    assert page.status == 422
    assert said in page.text
    assert f'value="{email}"' in page.source  # what was typed is still there
    assert links(runtime, desk) == []


def test_an_owner_reaches_nobody_of_another_organisation(visit, runtime, desk, marta):
    with runtime.database.reading() as session:
        jon = find_user(session, JON).id
    token = marta.page.forms[0].fields["csrf_token"]
    for verb in ("invitation", "roles", "end"):
        page = marta.post(f"/portal/people/{jon}/{verb}", {"csrf_token": token, "roles": "viewer"})
        assert "No puede dar ni cambiar este acceso" in page.text
    assert "banconorte" not in visit(MARTA).open("/portal/people?customer=banco-norte").source
    assert visit().sign_in(JON, PASSWORD).path == "/portal"
    assert links(runtime, desk) == []


def test_access_that_is_ended_ends_at_once_and_comes_back_without_its_old_password(visit, runtime, desk, marta, clock):
    link = invited(runtime, desk, marta)
    new = visit().open(link).press("Guardar la contraseña", password=CHOSEN)
    marta.open("/portal/people").press(f"Quitar el acceso a {NEW}")
    assert "/sign-in" in new.open("/portal").path
    clock.advance(minutes=2)
    marta.open("/portal/people").press(INVITE, email=NEW, roles="viewer")
    assert visit().sign_in(NEW, CHOSEN).status == 422


def test_roles_of_invited_people_are_changed_and_those_of_the_file_stay_the_files(visit, runtime, desk, marta):
    invited(runtime, desk, marta)
    assert "Guardado" in marta.press("Guardar los roles", roles="viewer").text
    with runtime.database.reading() as session:
        assert find_user(session, NEW).roles == ["viewer"]
        luis = find_user(session, LUIS).id
    assert f"Quitar el acceso a {LUIS}" not in marta.buttons
    token = marta.page.forms[0].fields["csrf_token"]
    for verb in ("roles", "end"):
        page = marta.post(f"/portal/people/{luis}/{verb}", {"csrf_token": token, "roles": "owner"})
        assert "archivo de configuración del proveedor" in page.text


def test_an_apply_keeps_those_who_were_invited(runtime, desk, marta):
    invited(runtime, desk, marta)
    with runtime.database.transaction() as session:
        plan = plan_apply([SourceFile("world.yaml", WORLD.read_text())], store.load(session))
        assert isinstance(plan, Plan)
        apply(session, plan, runtime.now(session), runtime.settings)
        assert find_user(session, NEW) is not None


def test_managers_invite_for_every_customer_and_administrators_for_the_provider_too(visit, runtime, desk):
    clara = visit(CLARA).open("/console/people?customer=banco-norte")
    assert JON in clara.text
    clara.press(INVITE, email="nuevo@banconorte.example", roles="activator")
    with runtime.database.reading() as session:
        assert find_user(session, "nuevo@banconorte.example").customer_id == "banco-norte"
    assert visit(CLARA).open("/console/people?customer=-").status == 404
    admin = visit(ADMIN).open("/console/people?customer=-")
    admin.press(f"{AGAIN}{ANA}")
    assert len(links(runtime, desk)) == 2


def test_ten_wrong_passwords_are_slowed_down_and_never_lock_the_account(visit, clock):
    """S-2.2"""
    guessing = visit()
    answers = []
    for _ in range(10):
        answers.append(guessing.sign_in(MARTA, "wrong").status)
        clock.advance(seconds=1)
    assert 429 in answers
    clock.advance(minutes=6)
    assert visit().sign_in(MARTA, PASSWORD).path == "/portal"


def test_nobody_registers_themselves(visit):
    """S-2.2"""
    for path in ("/register", "/portal/register", "/sign-up", "/invitation"):
        assert visit().open(path).status == 404
    assert "/sign-in" in visit().open("/portal/people").path


def test_an_owner_chooses_what_a_viewer_sees_and_pages_of_hidden_tickets_are_no_pages(visit, runtime, marta):
    """S-5.1"""
    reference = ask(runtime)
    luis = visit(LUIS)
    assert reference in luis.open("/portal").text
    assert "Ve: todos los tickets de la organización" in marta.text
    marta.press("Guardar lo que ve", visibility="own")
    assert "Ve: los tickets que abrió o en los que figura" in marta.text
    assert reference not in luis.open("/portal").source
    for page in ("", "/status", "/attachments/01J0000000000000000000TEST"):
        assert luis.open(f"/portal/tickets/{reference}{page}").status == 404
    assert visit(MARTA).open(f"/portal/tickets/{reference}").status == 200  # an owner answers for all of them


def test_a_department_without_a_name_is_said_to_show_nothing_more(marta):
    page = marta.press("Guardar lo que ve", visibility="department")
    assert "no hay departamento, así que solo los suyos" in page.text
    page = marta.press("Guardar lo que ve", visibility="department", department="Almacén")
    assert "departamento o centro de coste (Almacén)" in page.text


def test_nobody_chooses_what_they_see_themselves(visit, runtime):
    with runtime.database.reading() as session:
        luis_id, marta_id = find_user(session, LUIS).id, find_user(session, MARTA).id
    page = visit(MARTA).open("/portal/people")
    fields = page.page.forms[0].fields | {"visibility": "own"}
    assert "lo cambia otra persona" in page.post(f"/portal/people/{marta_id}/visibility", fields).text
    luis = visit(LUIS).open("/portal")
    fields = luis.page.forms[0].fields | {"visibility": "organisation"}
    assert luis.post(f"/portal/people/{luis_id}/visibility", fields).status == 403
