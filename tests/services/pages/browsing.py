"""A browser without a screen: it looks at pages, follows links and presses buttons, with nothing but what the page
gives it. No JavaScript."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)
    choices: set[str] = field(default_factory=set)  # names of boxes, radios and buttons that may be chosen


class _Page(HTMLParser):
    def __init__(self, here: str) -> None:
        super().__init__()
        self.here = here
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._form: Form | None = None
        self._link: str | None = None
        self._words: list[str] | None = None
        self._select: str | None = None
        self._textarea: str | None = None

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in given}
        if tag == "form":
            self._form = Form(attributes.get("action") or self.here, attributes.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a" and "href" in attributes:
            self._link, self._words = attributes["href"], []
        elif tag == "button":
            self._words = []
        if self._form is not None:
            self._take_field(tag, attributes)

    def _take_field(self, tag: str, attributes: dict[str, str]) -> None:
        assert self._form is not None
        name = attributes.get("name")
        if name and (tag == "button" or attributes.get("type") in ("radio", "checkbox")):
            self._form.choices.add(name)
        if tag == "input" and name and (attributes.get("type") not in ("radio", "checkbox") or "checked" in attributes):
            self._form.fields[name] = attributes.get("value", "")
        elif tag == "textarea" and name:
            self._textarea, self._words = name, []
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and (self._select not in self._form.fields or "selected" in attributes):
            self._form.fields[self._select] = attributes.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._words is not None:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        words = " ".join(" ".join(self._words or []).split())
        if tag == "a" and self._link is not None:
            self.links.append((words, self._link))
            self._link = self._words = None
        elif tag == "button" and self._form is not None:
            self._form.buttons.append(words)
            self._words = None
        elif tag == "textarea" and self._form is not None and self._textarea:
            self._form.fields[self._textarea] = words
            self._textarea = self._words = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self._form = None


class Browser:
    """`text` is what a reader sees of the page, in one line."""

    def __init__(self, app: Flask, language: str = "es") -> None:
        self.client = app.test_client()
        self.language = language
        self.response: TestResponse | None = None
        self.path = ""

    def open(self, path: str, **headers: str) -> Browser:
        return self._went(self.client.get(path, headers=self._headers(headers)), path)

    def sign_in(self, email: str, password: str) -> Browser:
        return self.open("/sign-in").press(
            "Entrar" if self.language == "es" else "Sign in", email=email, password=password
        )

    def press(self, button: str, **filled: str) -> Browser:
        """The button by what stands on it, with these fields filled in and the others as the page gave them."""
        form = next((form for form in self.page.forms if button in form.buttons), None)
        assert form is not None, f"no button {button!r} among {[form.buttons for form in self.page.forms]}"
        unknown = set(filled) - set(form.fields) - form.choices
        assert not unknown, f"the form has no field {unknown}: {sorted(form.fields)}"
        return self.post(form.action, form.fields | filled)

    def post(self, path: str, data: dict[str, str], **headers: str) -> Browser:
        return self._went(self.client.post(path, data=data, headers=self._headers(headers)), path)

    def follow(self, link: str) -> Browser:
        found = [href for words, href in self.page.links if words == link]
        assert found, f"no link {link!r} among {[words for words, _ in self.page.links]}"
        return self.open(html.unescape(found[0]))

    @property
    def status(self) -> int:
        assert self.response is not None
        return self.response.status_code

    @property
    def headers(self) -> Any:
        assert self.response is not None
        return self.response.headers

    @property
    def source(self) -> str:
        assert self.response is not None
        return self.response.get_data(as_text=True)

    @property
    def text(self) -> str:
        body = re.sub(r"<(script|style|head)\b.*?</\1>", " ", self.source, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).replace(" .", ".").split())

    @property
    def sentence(self) -> str:
        """The one big sentence of a ticket's page."""
        found = re.search(r'class="sentence">(.*?)</p>', self.source, flags=re.DOTALL)
        assert found is not None
        return " ".join(html.unescape(re.sub(r"<[^>]+>", "", found[1])).split())

    @property
    def page(self) -> _Page:
        page = _Page(self.path)
        page.feed(self.source)
        return page

    @property
    def buttons(self) -> list[str]:
        return [button for form in self.page.forms for button in form.buttons]

    @property
    def links(self) -> list[str]:
        return [words for words, _ in self.page.links]

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name)
        return found.value if found else None

    def _headers(self, given: dict[str, str]) -> dict[str, str]:
        return {"Accept-Language": self.language} | {name.replace("_", "-"): value for name, value in given.items()}

    def _went(self, response: TestResponse, path: str) -> Browser:
        """Redirections are followed as a browser does: with a GET."""
        while response.status_code in (302, 303):
            path = response.headers["Location"]
            response = self.client.get(path, headers=self._headers({}))
        self.response, self.path = response, path
        return self
