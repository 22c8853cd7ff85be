"""What was typed into the form of a new ticket survives a page that failed or was closed."""

from playwright.sync_api import expect

MARTA = "marta@hotelsol.example"
NEW = "/portal/tickets/new"
KEPT = """() => Object.keys(localStorage).filter(name => name.startsWith('guardia-draft:'))
    .map(name => localStorage[name]).join()"""


def typed(page, text):
    page.get_by_label("¿Qué observa? (obligatorio)").fill(text)
    page.wait_for_function("text => (" + KEPT + ")().includes(text)", arg=text)


def test_a_draft_is_offered_after_the_page_was_closed_and_gone_when_it_is_sent(open_page, site):
    page = open_page(MARTA, NEW)
    typed(page, "El ERP no arranca.")
    page.locator("summary").nth(3).click()
    page.get_by_label("Entorno: red, almacenamiento, versiones").fill("VLAN 3")
    again = page.context.new_page()
    page.close()
    again.goto(site + NEW)
    again.get_by_role("button", name="Continuar con él").click()
    expect(again.get_by_label("Entorno: red, almacenamiento, versiones")).to_have_value("VLAN 3")
    again.get_by_role("button", name="Abrir el ticket").click()
    again.wait_for_url("**/portal/tickets/ITS-*")
    assert again.evaluate(KEPT) == ""
    again.goto(site + NEW)
    expect(again.locator("[data-draft-offer]")).to_be_hidden()


def test_an_answer_that_was_lost_leads_to_the_same_ticket(open_page, site):
    page = open_page(MARTA, NEW)
    typed(page, "El ERP no arranca.")
    page.route("**/portal/tickets", lambda route: (route.fetch(max_redirects=0), route.fulfill(status=204)))
    page.get_by_role("button", name="Abrir el ticket").click()
    page.wait_for_function("(" + KEPT + ')().includes(\'"sent":"\')')
    page.unroute("**/portal/tickets")
    page.context.clear_cookies(name="guardia-form")  # what came with the answer is lost as well
    page.goto(site + NEW)
    page.get_by_role("button", name="Continuar con él").click()
    page.get_by_role("button", name="Abrir el ticket").click()
    page.wait_for_url("**/portal/tickets/ITS-*")
    page.goto(site + "/portal")
    assert page.locator(".tickets li").count() == 1


def test_what_looks_like_a_secret_is_not_kept_and_signing_out_leaves_nothing(open_page):
    page = open_page(MARTA, NEW)
    page.locator("summary").nth(3).click()
    page.get_by_label("Entorno: red, almacenamiento, versiones").fill("password: hunter22")
    typed(page, "No entra")
    assert "hunter22" not in page.evaluate(KEPT)
    page.get_by_role("button", name="Salir").click()
    page.wait_for_url("**/sign-in*")
    assert page.evaluate(KEPT) == ""
