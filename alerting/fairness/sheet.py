"""A table as a file that spreadsheets open. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

Cell = str | int | float
BOM = "\ufeff"  # without it Excel reads UTF-8 as the code page of the machine
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_of(heading: Sequence[str], rows: Iterable[Sequence[Cell]], language: str) -> str:
    """Spanish spreadsheets want semicolons between the columns and a comma in numbers. A text that a spreadsheet would
    take for a formula has an apostrophe before it (OWASP, CSV injection)."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, delimiter=";" if language == "es" else ",", lineterminator="\r\n")
    writer.writerow([_text(name) for name in heading])
    writer.writerows([_written(cell, language) for cell in row] for row in rows)
    return out.getvalue()


def _written(cell: Cell, language: str) -> str:
    if isinstance(cell, str):
        return _text(cell)
    if isinstance(cell, float):
        return f"{cell:.2f}".replace(".", "," if language == "es" else ".")
    return str(cell)


def _text(text: str) -> str:
    """A spreadsheet passes over spaces before a formula, so they do not hide one."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA) or text.startswith(FORMULA) else text
