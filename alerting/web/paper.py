"""A report on paper: title, paragraphs and tables on A4, page by page, as PDF.

The letters are those that every PDF reader has by itself (Latin-1); what is not among them is written as near as they
can, so that no name makes a report fail.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

FONT = "Helvetica"
MARGIN_MM = 18
COLUMNS_UPRIGHT = 6
TITLE_PT, HEADING_PT, TEXT_PT, SMALL_PT = 18, 13, 10, 8
HEAD_FILL = (232, 236, 242)
NEAR = str.maketrans({"–": "-", "—": "-", "−": "-", "…": "...", "“": '"', "”": '"', "‘": "'", "’": "'", "€": "EUR"})


@dataclass(frozen=True)
class Paragraph:
    text: str
    small: bool = False


@dataclass(frozen=True)
class Table:
    """`rows` as wide as `heading`; columns after the first `words` are figures and stand to the right."""

    caption: str
    heading: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    sum_last: bool = False


Part = Paragraph | Table


def pdf(title: str, parts: Sequence[Part], *, language: str, at: datetime, footer: str) -> bytes:
    """The file; the same for the same arguments. `at`: when it was made; `footer` stands before the page's number."""
    wide = any(isinstance(part, Table) and len(part.heading) > COLUMNS_UPRIGHT for part in parts)
    sheet = _Sheet(footer, "landscape" if wide else "portrait")
    sheet.set_title(title)
    sheet.set_lang(language)
    sheet.set_creation_date(at)
    sheet.set_margin(MARGIN_MM)
    sheet.set_auto_page_break(True, MARGIN_MM + 6)
    sheet.add_page()
    sheet.say(title, TITLE_PT, bold=True, after=3)
    for part in parts:
        if isinstance(part, Paragraph):
            sheet.say(part.text, SMALL_PT if part.small else TEXT_PT, after=2)
        else:
            sheet.tell(part)
    return bytes(sheet.output())


class _Sheet(FPDF):
    def __init__(self, footer: str, orientation: Literal["portrait", "landscape"]) -> None:
        super().__init__(orientation, format="A4")
        self._footer = footer

    def footer(self) -> None:
        self.set_y(-MARGIN_MM)
        self.set_font(FONT, size=SMALL_PT)
        self.cell(0, 5, printable(f"{self._footer} · {self.page_no()}/{{nb}}"), align="C")

    def say(self, text: str, size: int, *, bold: bool = False, after: float = 0) -> None:
        self.set_font(FONT, "B" if bold else "", size)
        self.multi_cell(0, size * 0.5, printable(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
        self.ln(after)

    def tell(self, table: Table) -> None:
        """The heading stands again on each page that the table goes on to."""
        self.ln(2)
        self.say(table.caption, HEADING_PT, bold=True, after=1)
        self.set_font(FONT, size=TEXT_PT)
        head = FontFace(emphasis="BOLD", fill_color=HEAD_FILL)
        align = tuple("LEFT" if at < table.words else "RIGHT" for at in range(len(table.heading)))
        widths = tuple(_width([line[at] for line in [table.heading, *table.rows]]) for at in range(len(align)))
        with self.table(text_align=align, headings_style=head, col_widths=widths, line_height=5.5, padding=1) as lines:
            lines.row([printable(text) for text in table.heading])
            for row in table.rows:
                last = table.sum_last and row is table.rows[-1]
                lines.row([printable(text) for text in row], style=FontFace(emphasis="BOLD") if last else None)
        self.ln(3)


def _width(column: Sequence[str]) -> int:
    """In letters: no word is broken as long as there is room for the longest of each column."""
    return max(len(word) for text in column for word in text.split() or [""]) + 2


def printable(text: str) -> str:
    """In Latin-1; a letter with a mark that is not there loses the mark, and what has no likeness becomes a question
    mark."""
    return "".join(_near(letter) for letter in text.translate(NEAR))


def _near(letter: str) -> str:
    if ord(letter) < 256:
        return letter
    plain = unicodedata.normalize("NFKD", letter)[0]
    return plain if ord(plain) < 256 else "?"
