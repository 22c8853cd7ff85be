"""What only a browser can tell: the keyboard, no JavaScript, live status, small screens, the content policy."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, PHONE

MARTA, ANA, CLARA = "marta@hotelsol.example", "ana@itsafer.example", "clara@itsafer.example"
SENTENCE = ".now .sentence"
FIRST = re.compile("Estamos llamando al primer ingeniero de guardia")
MANY_TABS = 40


def tab_to(page, words):
    """Presses Tab until what has the focus reads so; its outline must be seen."""
    for _ in range(MANY_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText || ''").strip() == words:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            return
    raise AssertionError(f"{words!r} cannot be reached with Tab")


def test_the_plan_is_activated_with_the_keyboard_alone(open_page, desk):
    page = open_page(None, "/sign-in")
    page.focus("#email")
    page.keyboard.type(MARTA)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal")
    tab_to(page, "Restauración del ERP")
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal/activate/erp-restore")
    tab_to(page, "Activar ahora")
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal/tickets/ITS-*")
    expect(page.locator(SENTENCE)).to_have_text(FIRST)
    desk.run_due()
    assert desk.paged(page.url.rpartition("/")[2]) == ["ana"]


def test_the_skip_link_is_first_and_leads_to_the_content(open_page):
    page = open_page(MARTA, "/portal")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Ir al contenido"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_everything_works_without_javascript(open_page, desk):
    page = open_page(MARTA, "/portal", java_script_enabled=False)
    page.get_by_role("link", name="Restauración del ERP").click()
    page.get_by_label("¿Qué está pasando?").fill("El ERP no arranca")
    page.get_by_role("button", name="Activar ahora").click()
    expect(page.locator(SENTENCE)).to_have_text(FIRST)
    reference = page.url.rpartition("/")[2]
    desk.acknowledge(reference, "ana")
    page.get_by_role("link", name="Mirar de nuevo").click()
    expect(page.locator(SENTENCE)).to_have_text("Ana García ha aceptado a las 03:00; le llamará antes de las 03:10.")
    page.get_by_role("button", name="Sí", exact=True).click()
    assert desk.ticket(reference).contact_state == "reached"


def test_the_status_changes_before_the_customers_eyes(open_page, desk):
    reference = desk.activate().reference
    page = open_page(MARTA, f"/portal/tickets/{reference}")
    expect(page.locator(SENTENCE)).to_have_text(FIRST)
    page.evaluate("window.untouched = true")
    desk.acknowledge(reference, "ana")
    expect(page.locator(SENTENCE)).to_have_text("Ana García ha aceptado a las 03:00; le llamará antes de las 03:10.")
    assert page.evaluate("window.untouched")  # the page itself was never loaded again
    page.get_by_role("button", name="Sí", exact=True).click()  # a button that came with the news works
    expect(page.locator(SENTENCE)).to_contain_text("ha hablado con usted")


def test_what_a_screen_reader_hears_is_the_sentence_and_the_focus_stays(open_page, desk):
    reference = desk.activate().reference
    page = open_page(MARTA, f"/portal/tickets/{reference}")
    region = page.get_by_role("status")
    expect(region).to_have_attribute("aria-live", "polite")
    page.focus("#stand-down")
    desk.advance(minutes=3)
    expect(page.locator(SENTENCE)).to_contain_text("segundo ingeniero")
    assert page.evaluate("document.activeElement.id") == "stand-down"


def test_the_button_pressed_twice_in_a_hurry_makes_one_ticket(open_page, runtime, desk):
    page = open_page(MARTA, "/portal/activate/erp-restore")
    page.get_by_role("button", name="Activar ahora").dblclick()
    page.wait_for_url("**/portal/tickets/ITS-*")
    assert desk.ticket(page.url.rpartition("/")[2]).state == "new"
    page.goto(page.url.partition("/portal")[0] + "/portal")
    assert page.locator(".tickets li").count() == 1


@pytest.fixture
def worked(desk):
    """A ticket with a history: two engineers paged, one accepted, the customer tried and reached."""
    reference = desk.activate(symptoms="X" * 300).reference
    desk.advance(minutes=4)
    desk.acknowledge(reference, "borja")
    desk.contact(reference, "borja", "no_answer", "+34611000001")
    return reference


@pytest.mark.parametrize(("language", "scheme"), [("es-ES", "light"), ("en-GB", "dark")])
def test_no_page_is_wider_than_a_small_telephone_and_everything_can_be_hit(open_page, site, worked, language, scheme):
    pages = {
        None: ["/sign-in"],
        MARTA: [
            *("/portal", "/portal/activate/erp-restore", f"/portal/tickets/{worked}"),
            *(f"/portal/tickets/{worked}/stand-down", "/portal/tickets/new"),
        ],
        ANA: ["/desk", f"/desk/tickets/{worked}", "/desk/shifts", "/desk/swaps", "/desk/methods", "/desk/handover"],
        CLARA: [
            *("/console/escalations", f"/console/escalations/{worked}", "/console/schedules", "/console/activate"),
            *("/console/activate/hotel-sol/erp-restore", "/console/schedules/backup-primary", "/console/simulate"),
            *("/console/readiness", "/console/swaps"),
        ],
    }
    for email, paths in pages.items():
        page = open_page(email, "/sign-in", viewport=PHONE, locale=language, color_scheme=scheme)
        for path in paths:
            assert page.goto(site + path).status == 200, path
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
            assert page.evaluate(TOO_SMALL) == [], path
            assert page.evaluate(UNNAMED) == [], path
            assert page.locator("h1").count() == 1, path
            assert page.evaluate(HEADING_JUMPS) == [], path


# WCAG 2.2, 2.5.8: 24 by 24 CSS pixels, or enough space around; links inside a sentence are exempt.
TOO_SMALL = """() => [...document.querySelectorAll('button, input:not([type=hidden]), select, textarea, .button')]
    .filter(e => e.offsetParent !== null)
    .filter(e => { const r = e.getBoundingClientRect(); return r.width < 24 || r.height < 24; })
    .map(e => e.outerHTML.slice(0, 80))"""

# 1.3.1 and 4.1.2: every field has its label, every button and link its words.
UNNAMED = """() => [
    ...[...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter(e => !e.labels.length),
    ...[...document.querySelectorAll('a, button')].filter(e => !e.innerText.trim() && !e.classList.contains('skip')),
].map(e => e.outerHTML.slice(0, 80))"""

HEADING_JUMPS = """() => [...document.querySelectorAll('h1, h2, h3, h4')].map(h => [Number(h.tagName[1]), h.innerText])
    .filter(([level], n, all) => n > 0 && level > all[n - 1][0] + 1)"""


def test_what_customers_write_is_never_run(open_page, desk):
    payload = "<img src=x onerror=document.title='run'><script>document.title='run'</script>"
    reference = desk.activate(symptoms=payload).reference
    for email, path in (
        (MARTA, f"/portal/tickets/{reference}"),
        (ANA, f"/desk/tickets/{reference}"),
        (CLARA, f"/console/escalations/{reference}"),
    ):
        assert open_page(email, path).title() != "run"


def test_screenshots_are_pasted_files_dropped_and_any_of_them_taken_out_again(open_page):
    """S-3.A6"""
    page = open_page(MARTA, "/portal/tickets/new")
    page.get_by_label("¿Qué observa?").fill("La copia no termina.")
    hand_over = """([kind, name]) => {
        const carried = new DataTransfer();
        carried.items.add(new File(["linea\\n"], name, { type: "image/png" }));
        const init = { bubbles: true, cancelable: true, clipboardData: carried, dataTransfer: carried };
        const event = kind === "paste" ? new ClipboardEvent(kind, init) : new DragEvent(kind, init);
        document.querySelector("#symptoms").dispatchEvent(event);
    }"""
    for kind, name in (("paste", "image.png"), ("drop", "uno.log"), ("drop", "dos.log")):
        page.evaluate(hand_over, [kind, name])
    expect(page.locator(".chosen li")).to_have_count(3)
    page.get_by_role("button", name="Quitar: dos.log").click()
    page.get_by_role("button", name="Abrir el ticket").click()
    page.wait_for_url("**/portal/tickets/ITS-*")
    expect(page.locator(".attachments a")).to_have_text(["captura-1.png.txt", "uno.log"])
