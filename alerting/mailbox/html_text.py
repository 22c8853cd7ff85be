"""HTML of a mail as plain text: nobody else's HTML is ever shown. What was a quotation becomes lines with `>`, so that
an answer can be told from what it answers."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BLOCKS = frozenset(
    {"address", "article", "blockquote", "div", "dl", "dd", "dt", "fieldset", "figure", "footer", "form", "h1", "h2"}
    | {"h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul"}
)
_APART = frozenset({"p", "blockquote", "h1", "h2", "h3", "ul", "ol", "table", "pre"})
_SPACE = re.compile(r"[^\S\n]+")
DEEPEST = 20  # levels of quotation that are told apart


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._line: list[str] = []
        self._silent = 0
        self._quoted = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self._end_line()
        elif tag == "a":
            self._links.append((given.get("href") or "", len(self._line)))
        elif tag == "img" and (alt := given.get("alt")):
            self._line.append(f"[{alt}]")
        elif tag in _BLOCKS:
            self._break(tag)
            if tag == "blockquote":
                self._quoted = min(self._quoted + 1, DEEPEST)
            if tag == "li":
                self._line.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag in ("td", "th"):
            self._line.append(" ")
        elif tag in _BLOCKS:
            self._break(tag)
            if tag == "blockquote":
                self._quoted = max(self._quoted - 1, 0)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._line.append(data)

    def close(self) -> None:
        super().close()
        self._end_line()

    def _end_link(self, href: str, since: int) -> None:
        """Where it leads is told beside what it claims to be."""
        shown = "".join(self._line[since:]).strip()
        if href.startswith(("http://", "https://")) and href.rstrip("/") != shown.rstrip("/"):
            self._line.append(f" <{href}>")

    def _break(self, tag: str) -> None:
        if "".join(self._line).strip():
            self._end_line()
        if tag in _APART and self.lines and self.lines[-1].strip("> "):
            self.lines.append(self._mark().rstrip())

    def _end_line(self) -> None:
        text = _SPACE.sub(" ", "".join(self._line).replace("\n", " ").replace("\xa0", " ")).strip()
        self.lines.append((self._mark() + text).rstrip())
        self._line = []
        self._links = [(href, 0) for href, _ in self._links]

    def _mark(self) -> str:
        return "> " * self._quoted


def text_of(html: str) -> str:
    """As text, one line for each line; "" for HTML that shows nothing."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(reader.lines)).strip()
