"""The language of a page: chosen by a cookie, else by the browser, else Spanish. Catalogues are gettext's .po files,
compiled in memory when first used: there is no build step and no binary to commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request

LANGUAGES = ("es", "en")
DEFAULT = "es"
COOKIE = "guardia-language"
CATALOGUES = Path(__file__).parent.parent / "translations"


def install(app: Flask) -> None:
    """`_()` and `ngettext()` in templates; values put into a text are escaped."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        lambda text: catalogue(current()).gettext(text),
        lambda one, many, n: catalogue(current()).ngettext(one, many, n),
        newstyle=True,
    )


def current() -> str:
    """Of this request; Spanish where there is none."""
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        g.language = chosen(request.cookies.get(COOKIE), request.accept_languages.best_match(LANGUAGES))
    return str(g.language)


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Within it texts are in this language: for words that somebody else will read."""
    before = current()
    g.language = language if language in LANGUAGES else DEFAULT
    yield
    g.language = before


def chosen(cookie: str | None, accepted: str | None) -> str:
    return next((choice for choice in (cookie, accepted) if choice in LANGUAGES), DEFAULT)


@cache
def catalogue(language: str) -> NullTranslations:
    """The texts themselves are English, so English has no file."""
    source = CATALOGUES / f"{language}.po"
    if not source.exists():
        return NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def gettext(message: str, **values: object) -> str:
    """`message` in the language of the request, with `%(name)s` filled in."""
    text: str = catalogue(current()).gettext(message)
    return text % values if values else text


def marked(message: str) -> str:
    """Notes a text for the catalogue where it is written; it is translated where it is shown."""
    return message
