"""Spanish and English on every page, and nothing in between (product.md, point 10)."""

import re
from html.parser import HTMLParser

import pytest
from babel.messages.pofile import read_po

from alerting.web.language import CATALOGUES, chosen
from core.accounts import passwords
from tests.services.pages.catalogue import messages, templates
from tests.services.pages.people import MARTA

NAMES = {"PagerDuty", "Guardia", "Windows", "Linux", "UNIX", "Solaris", "macOS", "AIX", "min", "RTO", "RPO"}
FIELD = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def spanish():
    with (CATALOGUES / "es.po").open("rb") as file:
        return {message.id: message for message in read_po(file, locale="es") if message.id}


def test_every_text_of_the_pages_has_its_spanish_one_and_no_spanish_one_is_left_over(spanish):
    """S-F.3"""
    assert set(spanish) == messages()


def test_no_spanish_text_is_empty_doubtful_or_lacks_a_value(spanish):
    """S-F.3"""
    for english, message in spanish.items():
        originals = (english,) if isinstance(english, str) else english
        translated = (message.string,) if isinstance(message.string, str) else message.string
        assert all(translated), english
        assert not message.fuzzy, english
        for text in translated:
            assert set(FIELD.findall(text)) == set(FIELD.findall(originals[-1])), english


class _Literals(HTMLParser):
    """Words that stand in a template outside of a translated text."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found += [v for name, v in attributes if name in ("title", "alt", "placeholder", "aria-label") and v]

    def handle_data(self, data):
        self.found.append(data)


@pytest.mark.parametrize("path", templates(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_template_contains_words_of_its_own(path):
    bare = re.sub(r"\{[{%#].*?[}%#]\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    parser = _Literals()
    parser.feed(bare)
    words = re.findall(r"[^\W\d_]{2,}", " ".join(parser.found))
    assert set(words) <= NAMES


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [(None, None, "es"), (None, "en", "en"), ("en", "es", "en"), ("es", "en", "es"), ("fr", "en", "en")],
)
def test_ones_own_choice_comes_before_the_browsers_and_spanish_is_the_rule(cookie, accepted, language):
    """S-F.3"""
    assert chosen(cookie, accepted) == language


def test_the_browsers_language_decides_until_somebody_chooses(visit):
    browser = visit(MARTA, "en-GB,en;q=0.9").open("/portal")
    assert '<html lang="en">' in browser.source
    assert "Open tickets" in browser.text
    assert browser.follow("Español").path == "/portal"
    assert '<html lang="es">' in browser.source
    assert "Tickets abiertos" in browser.text


def test_a_language_we_do_not_speak_reads_spanish(visit):
    assert '<html lang="es">' in visit(None, "fr-FR,fr;q=0.9").open("/sign-in").source
    assert visit().open("/language/fr").status == 404


def test_choosing_a_language_never_leads_elsewhere(visit):
    assert visit().open("/language/en?next=https://evil.example").path.startswith("/sign-in")


@pytest.mark.parametrize("password", ["short", "x" * 129, "password", "ana@itsafer.example"])
def test_what_is_said_of_a_refused_password_is_translated(spanish, password):
    with pytest.raises(passwords.WeakPassword) as refused:
        passwords.check_strength(password, "ana@itsafer.example")
    assert str(refused.value) in spanish
